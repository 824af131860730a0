"""
Restricted likelihood and posterior of a squared-exponential process in spectral features.

Points are in [-1, 1]; parameters are `theta = [log length scale, log noise ratio]`.
"""
module SpectralLikelihood

using LinearAlgebra: BLAS, LAPACK, diag, dot
using ..SpectralFeatures: Frequencies, amplitudes, features

export Fit, centre!, fit, mean_of, posterior

"""
    Fit

Likelihood and posterior at one `theta`: `objective` is the negative logarithm of the restricted
likelihood up to a constant of the data, with its `gradient` and `hessian`; `grid` and `a` are
the features' frequencies and amplitudes, `centre` their means over the samples; `c` is the
posterior mean of the coefficients and `noise_variance * inv(factor' * factor)` their covariance
(`factor` is upper triangular; what lies below its diagonal is to be ignored).
"""
struct Fit
    theta::Vector{Float64}
    objective::Float64
    gradient::Vector{Float64}
    hessian::Matrix{Float64}
    grid::Frequencies
    a::Vector{Float64}
    centre::Vector{Float64}
    c::Vector{Float64}
    factor::Matrix{Float64}
    signal_variance::Float64
    noise_variance::Float64
end

mean_of(v) = sum(v) / length(v)

# Subtracts from each column its mean, and returns the means.
function centre!(A::Matrix{Float64})
    centre = Vector{Float64}(undef, size(A, 2))
    for j in axes(A, 2)
        centre[j] = mean_of(view(A, :, j))
        for i in axes(A, 1)
            A[i, j] -= centre[j]
        end
    end
    return centre
end

"""
    fit(x, y, theta, grid) -> Fit

Likelihood, its derivatives and the posterior. `x` (n) lies in [-1, 1] and `y` (n) has mean zero.
Removing means from samples and features is the projection that makes the likelihood the
restricted one of an unknown constant mean (Patterson & Thompson 1971); the signal variance has
been maximised out.
"""
function fit(x::Vector{Float64}, y::Vector{Float64}, theta::Vector{Float64}, grid::Frequencies)
    n = length(x)
    r = exp(theta[2])
    a, squares = amplitudes(grid, exp(theta[1]))
    A = features(x, grid, a, 0)
    centre = centre!(A)
    m = size(A, 2)
    stacked = zeros(n + m, m + 1)
    copyto!(view(stacked, 1:n, 1:m), A)
    copyto!(view(stacked, 1:n, m + 1), y)
    for j in 1:m
        stacked[n+j, j] = sqrt(r)
    end
    LAPACK.geqrf!(stacked)
    factor = stacked[1:m, 1:m]
    c = BLAS.trsv('U', 'N', 'N', factor, stacked[1:m, m+1])
    Q = stacked[m+1, m+1]^2 / r  # y' K^-1 y, where K = A A' + r I on centred vectors
    log_det = (n - 1 - m) * theta[2] + 2sum(log(abs(factor[j, j])) for j in 1:m)
    residual = y - BLAS.gemv('N', A, c)
    gradient, hessian = derivatives(n, r, squares, factor, c, Q, dot(residual, residual) / r)
    s2 = Q / (n - 1)
    objective = ((n - 1) * log(s2) + log_det) / 2
    return Fit(theta, objective, gradient, hessian, grid, a, centre, c, factor, s2, s2 * r)
end

# Gradient and Hessian of the objective (Rasmussen & Williams 2006, eq. 5.9, profiled), written
# with B = r inv(R'R) and S = A' K^-1 A = I - B, in which no large numbers cancel: both lie
# between 0 and I. Names: q for quadratic forms y' K^-1 K_i K^-1 y, t for traces of K^-1 K_i; l
# is the log length scale, r the log noise ratio.
function derivatives(
    n::Int, r::Float64, squares::Vector{Float64}, factor::Matrix{Float64}, c::Vector{Float64},
    Q::Float64, q_r::Float64,
)
    m = length(c)
    B = LAPACK.potri!('U', copy(factor))  # its upper triangle is inv(R'R)
    for j in 1:m, i in 1:j
        B[i, j] *= r
        B[j, i] = B[i, j]
    end
    both = vcat(squares, squares[2:end])
    d = [(1 - s) / 2 for s in both]  # d log a / d l, so that K_l = 2 A diag(d) A'
    dd = [4d[j]^2 - 2both[j] for j in 1:m]  # K_ll = A diag(dd) A'
    s = [1 - B[j, j] for j in 1:m]
    rows = zeros(m)  # row sums of the squares of S
    weighted = zeros(m)  # the same, each square weighted by d
    for j in 1:m, i in 1:m
        square = (i == j ? s[j] : B[i, j])^2
        rows[i] += square
        weighted[i] += square * d[j]
    end
    dc, ddc = d .* c, dd .* c
    Bc, Bdc = BLAS.gemv('N', B, c), BLAS.gemv('N', B, dc)
    q_l, q_lr = 2dot(dc, c), 2dot(dc, Bc)
    q_l_l, q_r_r = 4 * (dot(dc, dc) - dot(dc, Bdc)), q_r - dot(c, Bc)
    t_l, t_r = 2dot(d, s), n - 1 - m + sum(diag(B))
    t_l_l, t_l_r = 4dot(d, weighted), 2dot(d, s) - 2dot(d, rows)
    t_r_r = n - 1 - 2sum(s) + sum(rows)
    k = (n - 1) / Q
    gradient = [(t_l - k * q_l) / 2, (t_r - k * q_r) / 2]
    h_ll = k * (2q_l_l - dot(ddc, c) - q_l^2 / Q) + dot(dd, s) - t_l_l
    h_lr = k * (2q_lr - q_l * q_r / Q) - t_l_r
    h_rr = k * (2q_r_r - q_r - q_r^2 / Q) + t_r - t_r_r
    return gradient, [h_ll/2 h_lr/2; h_lr/2 h_rr/2]
end

"""
    posterior(model, x, n, orders) -> (mean, deviation)

Mean and standard deviation of the derivatives at `x`. Order 0 is measured from the samples' mean,
whose own uncertainty it includes.
"""
function posterior(model::Fit, x::Vector{Float64}, n::Int, orders::Vector{Int})
    mean, deviation = zeros(length(orders), length(x)), zeros(length(orders), length(x))
    for (row, order) in enumerate(orders)
        J = features(x, model.grid, model.a, order)
        if order == 0
            for j in axes(J, 2), i in axes(J, 1)
                J[i, j] -= model.centre[j]
            end
        end
        mean[row, :] = BLAS.gemv('N', J, model.c)
        Z = BLAS.trsm('R', 'U', 'N', 'N', 1.0, model.factor, J)  # J R^-1
        variance = fill(order == 0 ? 1 / n : 0.0, length(x))
        for j in axes(Z, 2), i in axes(Z, 1)
            variance[i] += Z[i, j]^2
        end
        for i in eachindex(x)
            deviation[row, i] = sqrt(model.noise_variance * variance[i])
        end
    end
    return mean, deviation
end

end
