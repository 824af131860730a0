"""
Polynomials fitted in a window that moves along evenly spaced samples, and the noise variance.

A window of 2m + 1 samples is centred where the record allows it, otherwise it is the outermost
full one (Savitzky & Golay 1964, extended to the ends by Gram polynomials as in Gorry 1990).
"""
module MovingPolynomial

using LinearAlgebra: BLAS
using ..GramPolynomials: gram_basis, gram_derivatives

export Windows, windows_of, noise_variance, moving_fit, even_step, position, geometric

# Number of window sizes, and highest degree.
const SIZES = 40
const MAX_DEGREE = 60
# Grid of the geometric decays tau_j^2 = a rho^j.
const RATIOS = [1e-4 * (0.98 / 1e-4)^(i / 39) for i in 0:39]
const AMPLITUDES = [1e-3 * (10 / 1e-3)^(i / 39) for i in 0:39]

"All windows of one size: half-width m, highest degree P, and their coefficients."
struct Windows
    half::Int
    degree::Int
    coefficients::Matrix{Float64}  # row i: window centred at sample i + m
    power::Vector{Float64}         # (P + 1) mean square of each coefficient
    beyond::Float64                # mean over windows of the sum of squares that degree P leaves
    freedom::Float64               # independent windows: n samples among 2m + 1 coefficients
end

"""
Step between the evenly spaced times `t`; `name` is the estimator's, for the message. Throws an
`ArgumentError` if the steps differ by more than rounding.
"""
function even_step(t::Vector{Float64}, name::String)
    n = length(t)
    step = (t[end] - t[1]) / (n - 1)
    deviation = maximum(abs((t[i] - t[1]) - step * (i - 1)) for i in 1:n)
    # The second term allows for the rounding of times with a large offset.
    deviation <= 1e-6 * step + 4 * eps() * maximum(abs, t) || throw(ArgumentError(
        "$name needs evenly spaced times; they deviate by $deviation from a " *
        "step of $step: use a method for uneven times, such as local_polynomial"))
    return step
end

"Position of `t_eval` in steps from the first sample; exactly whole at the samples."
function position(t::Vector{Float64}, t_eval::Vector{Float64})
    return map(t_eval) do s
        low = clamp(searchsortedlast(t, s), 1, length(t) - 1)
        low - 1 + (s - t[low]) / (t[low + 1] - t[low])
    end
end

"About `count` distinct integers from `first` to `last`, in geometric progression."
function geometric(first::Int, last::Int, count::Int)
    ratio = last / first
    return unique([floor(Int, first * ratio^(i / (count - 1)) + 0.5) for i in 0:(count - 1)])
end

function windows_of(z::Vector{Float64}, half::Int)
    size = 2 * half + 1
    degree = min(2 * half, MAX_DEGREE)
    basis = gram_basis(size, degree)
    count = length(z) - 2 * half
    slices = zeros(count, size)
    for j in 1:size, i in 1:count
        slices[i, j] = z[i + j - 1]
    end
    coefficients = slices * basis
    beyond = 0.0
    if degree < 2 * half
        BLAS.gemm!('N', 'T', -1.0, coefficients, basis, 1.0, slices)
        beyond = sum(abs2, slices) / count
    end
    power = Float64[sum(abs2, view(coefficients, :, j)) / count for j in 1:(degree + 1)]
    return Windows(half, degree, coefficients, power, beyond, length(z) / size)
end

"""
    noise_variance(windows)

Noise variance: the mean power of the highest coefficients of some window size. Size and first
coefficient are those with the least upper bound (mean plus two standard deviations, at least 8
degrees of freedom). Where even those powers still fall geometrically the signal is not resolved
and the mean is only an upper bound; then a decay `a rho^j + s` is fitted, and s is taken if it
raises the log likelihood by more than 2.
"""
function noise_variance(windows::Vector{Windows})
    bound, best, first, variance = Inf, windows[1], 1, 0.0
    for w in windows
        total = w.freedom * w.beyond
        freedom = w.freedom * (2 * w.half - w.degree)
        upper, place, average = Inf, 1, 0.0
        for j in (w.degree + 1):-1:1
            total += w.freedom * w.power[j]
            freedom += w.freedom
            freedom < 8 && continue
            bound_here = total / freedom * (1 + 2 * sqrt(2 / freedom))
            # Of equal bounds the one from the first coefficient counts.
            bound_here <= upper && ((upper, place, average) = (bound_here, j, total / freedom))
        end
        upper < bound && ((bound, best, first, variance) = (upper, w, place, average))
    end
    power = best.power[max(1, first - 10):end]
    top = maximum(power[1:min(3, end)])
    floors = [variance * 10.0^(-i / 4) for i in 0:32]
    likelihood = [maximum(decay_likelihood(power, best.freedom, s, top)) for s in floors]
    i = argmax(likelihood)
    return likelihood[i] > likelihood[1] + 2 ? floors[i] : variance
end

"Log-likelihood of mean squares `power` for `a rho^j + variance`: (amplitudes, ratios)."
function decay_likelihood(power::Vector{Float64}, freedom::Float64, variance::Float64, top::Float64)
    likelihood = zeros(length(AMPLITUDES), length(RATIOS))
    for (r, ratio) in enumerate(RATIOS), (a, amplitude) in enumerate(AMPLITUDES)
        tau, total = top * amplitude, 0.0
        for p in power
            v = tau + variance
            total += log(v) + p / v
            tau *= ratio
        end
        likelihood[a, r] = -freedom / 2 * total
    end
    return likelihood
end

"""
    moving_fit(z, position, order, half, degree) -> Vector

Derivatives of one order of the moving polynomial at `position`, in units of one step. Between two
samples the estimates of the windows that belong to either are mixed in proportion to the distance.
"""
function moving_fit(
    z::Vector{Float64}, position::Vector{Float64}, order::Int, half::Int, degree::Int
)
    n, size = length(z), 2 * half + 1
    basis = gram_basis(size, degree)
    values, slice = zeros(length(position)), zeros(size)
    for (m, x) in enumerate(position)
        low = clamp(floor(Int, x), 0, n - 1)
        share = x - low
        for (sample, weight) in ((low, 1 - share), (min(low + 1, n - 1), share))
            weight > 0 || continue
            centre = clamp(sample, half, n - 1 - half)
            copyto!(slice, 1, z, centre - half + 1, size)
            coefficients = BLAS.gemv('T', basis, slice)
            b = gram_derivatives(size, degree, order, [x - centre])
            for j in 1:(degree + 1)
                values[m] += weight * coefficients[j] * b[1, j, order + 1]
            end
        end
    end
    return values
end

end
