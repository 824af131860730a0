"""
Gaussian processes with Fourier features: likelihood, its derivatives, and the posterior.

Samples are `y = b + A c + e` with an unknown constant b (Patterson & Thompson 1971), features
A = F diag(a) of frequencies `2pi k / period`, c ~ N(0, s2 I) and e ~ N(0, s2 r I). On a circle of
circumference `period` such a process has the spectral density a_k^2, and its covariance matrix
A A' is never formed. With one factorisation

    [A'; sqrt(r) I] = [Q1; Q2] R,   R'R = A A' + r I,

the posterior mean of c is `Q1 w` with `R' w = y` (the stable way to a solution of least norm),
and with `K_i = A diag(g_i) A'` the derivative of the covariance by parameter i, all that
likelihood, gradient and Hessian need are the matrices `M_i = R^-T K_i R^-1 = Q1' diag(g_i) Q1`
and `M_r = Q2' Q2`: sums of products in which nothing large cancels, however small r is.
"""
module ProcessFit

using LinearAlgebra: BLAS, LAPACK, diag, dot
using ..MaternSpectrum: Density, Matern, density, parameters

export Grid, Samples, Fit, frequencies, amplitudes, reduce_samples, fit, posterior, left_out

"Angular frequencies `2pi k / period`, k = 0 … highest."
struct Grid
    period::Float64
    highest::Int
end

frequencies(grid::Grid) = [2pi / grid.period * k for k in 0:grid.highest]

"""
    Samples

Samples `y` (k) and features `F` (k, m) of amplitude 1, their means removed, rotated to k = min(n,
m) coordinates; `rest` is the sum of squares of the samples outside of these, `freedom` n - 1,
`centre` the features' means.
"""
struct Samples
    grid::Grid
    F::Matrix{Float64}
    y::Vector{Float64}
    rest::Float64
    freedom::Int
    centre::Vector{Float64}
end

"""
    Fit

Likelihood and posterior at one `theta` (parameters of the spectrum, log noise ratio): `objective`
is the negative log of the restricted likelihood up to a constant; `a` are the features' amplitudes,
`c` the posterior mean of their coefficients, of which `s2 (I - Q1 Q1')` is the covariance.
"""
struct Fit
    theta::Vector{Float64}
    objective::Float64
    gradient::Vector{Float64}
    hessian::Matrix{Float64}
    a::Vector{Float64}
    c::Vector{Float64}
    Q::Matrix{Float64}
    signal_variance::Float64
    noise_variance::Float64
end

"Features of amplitude 1: derivatives of all cosines, then of the sines of frequencies > 0."
function unit_features(x::Vector{Float64}, w::Vector{Float64}, order::Int)
    count = length(w)
    F = Matrix{Float64}(undef, length(x), 2count - 1)
    exchanged = isodd(order)  # d/dx takes (cos, sin) to (-sin, cos)
    cos_sign = order % 4 in (0, 3) ? 1.0 : -1.0
    sin_sign = order % 4 in (0, 1) ? 1.0 : -1.0
    for k in 1:count
        scale = w[k]^order
        for i in eachindex(x)
            s, c = sincos(x[i] * w[k])
            F[i, k] = cos_sign * scale * (exchanged ? s : c)
            k > 1 && (F[i, count+k-1] = sin_sign * scale * (exchanged ? c : s))
        end
    end
    return F
end

"Roots of density times spacing: each twice, for cosine and sine, but at frequency 0."
function amplitudes(grid::Grid, logarithm::Vector{Float64})
    half = [exp(s / 2) * sqrt(4pi / grid.period) for s in logarithm]
    half[1] *= sqrt(0.5)
    return vcat(half, half[2:end])
end

"Features and samples (which have mean zero) in as few coordinates as there are features."
function reduce_samples(x::Vector{Float64}, y::Vector{Float64}, grid::Grid)
    n = length(x)
    F = unit_features(x, frequencies(grid), 0)
    m = size(F, 2)
    centre = Vector{Float64}(undef, m)
    for j in 1:m
        centre[j] = sum(view(F, :, j)) / n
        for i in 1:n
            F[i, j] -= centre[j]
        end
    end
    m >= n && return Samples(grid, F, copy(y), 0.0, n - 1, centre)
    Q, R = orthonormal(F)
    inside = BLAS.gemv('T', Q, y)
    outside = y - BLAS.gemv('N', Q, inside)
    return Samples(grid, R, inside, dot(outside, outside), n - 1, centre)
end

# Economic QR factorisation; overwrites its argument.
function orthonormal(A::Matrix{Float64})
    k = size(A, 2)
    _, tau = LAPACK.geqrf!(A)
    R = zeros(k, k)
    for j in 1:k, i in 1:j
        R[i, j] = A[i, j]
    end
    LAPACK.orgqr!(A, tau)
    return A, R
end

"""
    fit(samples, spectrum, theta) -> Fit

Likelihood, its derivatives and the posterior at `theta`.
"""
function fit(samples::Samples, spectrum::Matern, theta::Vector{Float64})
    k, m = size(samples.F)
    N = samples.freedom
    r = exp(theta[end])
    shape = density(spectrum, theta, frequencies(samples.grid))
    a = amplitudes(samples.grid, shape.log)
    stacked = zeros(m + k, k)
    for i in 1:k
        for j in 1:m
            stacked[j, i] = samples.F[i, j] * a[j]
        end
        stacked[m+i, i] = sqrt(r)
    end
    Q, R = orthonormal(stacked)
    w = BLAS.trsv('U', 'T', 'N', R, samples.y)
    Q1, Q2 = Q[1:m, :], Q[m+1:end, :]
    c = BLAS.gemv('N', Q1, w)
    form = dot(w, w) + samples.rest / r  # y' K^-1 y
    log_det = 2sum(log(abs(R[i, i])) for i in 1:k) + (N - k) * theta[end]
    gradient, hessian = derivatives(Q1, Q2, w, c, shape, form, samples.rest / r, N)
    s2 = form / N
    objective = (N * log(s2) + log_det) / 2
    return Fit(theta, objective, gradient, hessian, a, c, Q, s2, s2 * r)
end

# Gradient and Hessian of the objective (Rasmussen & Williams 2006, eq. 5.9, profiled).
function derivatives(
    Q1::Matrix{Float64}, Q2::Matrix{Float64}, w::Vector{Float64}, c::Vector{Float64},
    shape::Density, form::Float64, rest::Float64, N::Int,
)
    k, m, q = length(w), length(c), size(shape.gradient, 2)
    half = size(shape.gradient, 1)
    at(j) = j <= half ? j : j - half + 1  # sines follow cosines
    M = Matrix{Float64}[]
    for i in 1:q
        scaled = Matrix{Float64}(undef, m, k)
        for column in 1:k, j in 1:m
            scaled[j, column] = shape.gradient[at(j), i] * Q1[j, column]
        end
        push!(M, BLAS.gemm('T', 'N', Q1, scaled))
    end
    push!(M, BLAS.gemm('T', 'N', Q2, Q2))
    Mw = [BLAS.gemv('N', one, w) for one in M]
    # The coordinates without features have covariance r I.
    forms = [dot(w, Mw[i]) + (i > q ? rest : 0.0) for i in 1:q+1]
    traces = [sum(diag(M[i])) + (i > q ? N - k : 0) for i in 1:q+1]
    squares = zeros(m)  # sums of the squares of the rows of Q1
    for column in 1:k, j in 1:m
        squares[j] += Q1[j, column]^2
    end
    gradient = [(traces[i] - N / form * forms[i]) / 2 for i in 1:q+1]
    hessian = Matrix{Float64}(undef, q + 1, q + 1)
    for i in 1:q+1, j in 1:q+1
        corner = i > q && j > q
        pair = dot(Mw[i], Mw[j]) + (corner ? rest : 0.0)
        product = dot(M[i], M[j]) + (corner ? N - k : 0)
        second_form, second_trace = corner ? (forms[i], traces[i]) : (0.0, 0.0)
        if i <= q && j <= q
            for f in 1:m  # K_ij = A diag(second) A'
                h = at(f)
                second =
                    shape.gradient[h, i] * shape.gradient[h, j] + shape.hessian[h, i, j]
                second_form += second * c[f]^2
                second_trace += second * squares[f]
            end
        end
        curvature = (2pair - second_form) / form - forms[i] * forms[j] / form^2
        hessian[i, j] = (N * curvature + second_trace - product) / 2
    end
    return gradient, hessian
end

"""
    posterior(samples, model, n, x, orders) -> (mean, variance)

Posterior means and variances of the derivatives at `x`, each of size (orders, points).
"""
function posterior(
    samples::Samples, model::Fit, n::Int, x::Vector{Float64}, orders::Vector{Int}
)
    w, m = frequencies(samples.grid), length(model.a)
    mean, variance = zeros(length(orders), length(x)), zeros(length(orders), length(x))
    Q1 = model.Q[1:m, :]
    for (row, order) in enumerate(orders)
        J = unit_features(x, w, order)
        for j in 1:m, i in eachindex(x)
            order == 0 && (J[i, j] -= samples.centre[j])
            J[i, j] *= model.a[j]
        end
        mean[row, :] = BLAS.gemv('N', J, model.c)
        # The samples do not determine the part of [J'; 0] outside the columns of Q; its norm,
        # rather than a difference of variances, keeps 1e-16 of the prior deviation.
        free = BLAS.gemm('N', 'T', model.Q, BLAS.gemm('N', 'N', J, Q1))
        for i in eachindex(x)
            total = 0.0
            for j in axes(free, 1)
                total += (free[j, i] - (j <= m ? J[i, j] : 0.0))^2
            end
            variance[row, i] = model.signal_variance * total
            order == 0 && (variance[row, i] += model.noise_variance / n)
        end
    end
    return mean, variance
end

"Variances, in units of s2, that frequencies above the grid's would add to the derivatives."
function left_out(grid::Grid, spectrum::Matern, theta::Vector{Float64}, orders::Vector{Int})
    w = [2pi / grid.period * k for k in grid.highest+1:32grid.highest]
    logarithm = density(spectrum, theta, w).log
    total = zeros(length(orders))
    for k in eachindex(w)
        square = exp(logarithm[k]) * 4pi / grid.period
        for (row, order) in enumerate(orders)
            total[row] += square * w[k]^(2order)
        end
    end
    return total
end

end
