"""
Cosine and sine features whose inner products are the squared-exponential covariance.

The covariance `exp(-(x - x')^2 / 2l^2)` is the integral of `S(w) cos(w (x - x'))` over its
spectral density `S(w) = l / sqrt(2pi) exp(-(w l)^2 / 2)` (Rasmussen & Williams 2006, eq. 4.15).
The trapezoidal rule with step `2pi / period` has two errors only, the copies of the covariance
one period away and the frequencies left out; both fall like a Gaussian and are put below a
tolerance. So covariances of any condition number have a factor with entries of order one.
"""
module SpectralFeatures

export Frequencies, frequencies, amplitudes, features

"Angular frequencies `spacing * k`, k = 0 … highest [1 / unit of x]."
struct Frequencies
    spacing::Float64
    highest::Int
end

"""
    frequencies(shortest, longest, tolerance) -> Frequencies

For points in [-1, 1], every length scale in `[shortest, longest]`, and covariances with an error
of at most `tolerance` where the variance is 1.
"""
function frequencies(shortest::Float64, longest::Float64, tolerance::Float64)
    reach = sqrt(-2log(tolerance))  # exp(-reach^2 / 2) = tolerance
    period = 2 + longest * reach
    return Frequencies(2pi / period, ceil(Int, reach / shortest * period / 2pi))
end

"""
    amplitudes(grid, length_scale) -> (a, squares)

Amplitudes `a_k` and the squares `(w_k l)^2`, for k = 0 … highest.
"""
function amplitudes(grid::Frequencies, length_scale::Float64)
    squares = [(grid.spacing * length_scale * k)^2 for k in 0:grid.highest]
    weight = sqrt(grid.spacing * length_scale * sqrt(2 / pi))
    a = [weight * exp(-s / 4) for s in squares]
    a[1] *= sqrt(0.5)  # frequency zero is met once, the others as +w and -w
    return a, squares
end

"""
    features(x, grid, a, order) -> Matrix

Features at `x`, differentiated `order` times: cosines 0 … highest, then sines 1 … highest. The
matrix has size `(length(x), 2highest + 1)`.
"""
function features(x::Vector{Float64}, grid::Frequencies, a::Vector{Float64}, order::Int)
    count = grid.highest + 1
    A = Matrix{Float64}(undef, length(x), 2count - 1)
    # d/dx takes (cos, sin) to (-sin, cos): every second order exchanges them.
    exchanged = isodd(order)
    cos_sign = order % 4 in (0, 3) ? 1.0 : -1.0
    sin_sign = order % 4 in (0, 1) ? 1.0 : -1.0
    for k in 1:count
        w = grid.spacing * (k - 1)
        scale = a[k] * w^order
        for i in eachindex(x)
            s, c = sincos(x[i] * w)
            A[i, k] = cos_sign * scale * (exchanged ? s : c)
            k > 1 && (A[i, count+k-1] = sin_sign * scale * (exchanged ? c : s))
        end
    end
    return A
end

end
