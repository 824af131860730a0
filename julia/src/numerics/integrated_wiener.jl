"""
Square-root Kalman filter for a signal that is a q-times integrated Wiener process.

The signal's derivative of order q is a Wiener process, so that the state (the derivatives of order
0 to q) is a Markov process and smoothing takes time linear in the number of samples. The posterior
mean is the smoothing spline of degree `2q + 1` (Wahba 1978).

Three things keep q = 10 accurate for noise from 1e-8 to 1 of the signal:

- The state holds scaled derivatives, `unit^i * x^(i) / i!` with the mean sample step as unit
  (Nordsieck's vector; Krämer & Hennig 2024). Transitions then have binomial entries.
- Covariances appear only as triangular factors R with `P = R'R`, updated by orthogonal
  transformations.
- The prior is diffuse exactly: its directions of infinite variance are Newton's polynomials on the
  sample times, of which each of the first q + 1 samples fixes one.

All variances here are in units of the noise's; `log_ratio` is the logarithm of the process
intensity in these units, `intensity * unit^(2q + 1) / (q!^2 * noise_variance)`.
"""
module IntegratedWiener

export Transitions, transitions, innovations, triangularise!

"Transposed transition matrices and noise factors of the scaled state, one slice a step."
struct Transitions
    F::Array{Float64,3}
    L::Array{Float64,3}
end

"""
    transitions(q, steps) -> Transitions

Over a step r, in units of the state's scale, the state moves by `x -> F x + w` with
`F[i, j] = C(j, i) r^(j - i)` and `w = L u`, u standard normal times the root of the process
intensity. Row i of L holds the coefficients of `C(q, i) (r - s)^(q - i)` in orthonormal shifted
Legendre polynomials of s on [0, r]: the closed form of the Cholesky factor of the Hilbert-like
covariance.
"""
function transitions(q::Int, steps::Vector{Float64})
    m = q + 1
    F, L = zeros(m, m, length(steps)), zeros(m, m, length(steps))
    for s in eachindex(steps), i in 0:q
        p, r = q - i, steps[s]
        for j in i:q
            F[j + 1, i + 1, s] = binomial(j, i) * r^(j - i)
        end
        for k in 0:p
            legendre = fact(p)^2 / (fact(p - k) * fact(p + k + 1))
            L[k + 1, i + 1, s] =
                binomial(q, i) * (-1)^k * sqrt(2k + 1) * legendre * r^(p + 0.5)
        end
    end
    return Transitions(F, L)
end

"Factorial in floating point: exact up to 22!, where integers overflow at 21!."
fact(k::Int) = prod(1.0:k)

"""
    diffuse_gains(times, unit, m) -> Matrix

Gains (columns) of the first m samples, at `times[1:m]`.

The state starts with infinite variance in all directions, for which any basis will do. In the
basis of Newton's polynomials `N_j(s) = prod_(i < j) (s - times[i])` sample j is the first at which
N_j does not vanish, and all later ones vanish there; so it fixes the state along N_j, but for the
noise. Its gain holds the Taylor coefficients of `N_j / N_j(times[j])` at `times[j]`: sums and
products of positive numbers, hence exact to rounding.
"""
function diffuse_gains(times::Vector{Float64}, unit::Float64, m::Int)
    gains = zeros(m, m)
    for j in 1:m
        gains[1, j] = 1.0
        for i in 1:(j - 1), k in j:-1:2
            gains[k, j] += gains[k - 1, j] / ((times[j] - times[i]) / unit)
        end
    end
    return gains
end

"""
Filter of one record: scaled states x (m, a column for each column of samples), the factor R of
the finite part of their covariance (in the first `rows` rows; triangular after every `predict!`),
and the number of samples observed.
"""
mutable struct Filter
    root::Float64
    gains::Matrix{Float64}
    x::Matrix{Float64}
    R::Matrix{Float64}
    rows::Int
    seen::Int
    before::Matrix{Float64}
    stacked::Matrix{Float64}
end

function Filter(log_ratio::Float64, gains::Matrix{Float64}, columns::Int)
    m = size(gains, 1)
    return Filter(exp(log_ratio / 2), gains, zeros(m, columns), zeros(m + 1, m), 0, 0,
        zeros(m, columns), zeros(2m + 1, m))
end

"Move the filter over step `s`."
function predict!(f::Filter, moves::Transitions, s::Int)
    F, L, m = moves.F, moves.L, size(f.x, 1)
    multiply!(f.stacked, f.R, f.rows, F, s)
    @inbounds for j in 1:m, i in 1:m
        f.stacked[f.rows + i, j] = f.root * L[i, j, s]
    end
    triangularise!(f.stacked, f.rows + m, m)
    f.rows = m
    @inbounds for j in 1:m, i in 1:m
        f.R[i, j] = f.stacked[i, j]
    end
    move_mean!(f, F, s)
    return f
end

"The first `rows` rows of `R * F[:, :, s]`, F lower triangular, into `out`."
function multiply!(out::Matrix{Float64}, R::Matrix{Float64}, rows::Int, F::Array{Float64,3}, s::Int)
    m = size(R, 2)
    @inbounds for j in 1:m
        for i in 1:rows
            out[i, j] = 0.0
        end
        for k in j:m, i in 1:rows
            out[i, j] += R[i, k] * F[k, j, s]
        end
    end
    return out
end

function move_mean!(f::Filter, F::Array{Float64,3}, s::Int)
    copyto!(f.before, f.x)
    m, d = size(f.x)
    @inbounds for c in 1:d, j in 1:m
        total = 0.0
        for k in j:m
            total += F[k, j, s] * f.before[k, c]
        end
        f.x[j, c] = total
    end
    return f
end

"""
Condition on the samples `Y[row, :]`, whose innovations are written to `e`; returns the innovations'
standard deviation, infinite while the sample fixes a direction of infinite variance.
"""
function observe!(f::Filter, e::Vector{Float64}, Y::Matrix{Float64}, row::Int)
    m, d = size(f.x)
    f.seen += 1
    for c in 1:d
        e[c] = Y[row, c] - f.x[1, c]
    end
    if f.seen <= m
        observe_diffuse!(f, e)
        return Inf
    end
    # R is triangular and the value comes first: a sample scales one row of R.
    variance = 1.0 + f.R[1, 1]^2
    factor = f.R[1, 1] / variance
    deviation = sqrt(variance)
    for c in 1:d, k in 1:m
        f.x[k, c] += f.R[1, k] * factor * e[c]
    end
    for k in 1:m
        f.R[1, k] /= deviation
    end
    return deviation
end

"Fix one direction of infinite variance (the limit in Koopman 1997, as factors)."
function observe_diffuse!(f::Filter, e::Vector{Float64})
    m, d = size(f.x)
    for i in f.rows:-1:1
        value = f.R[i, 1]
        for k in 1:m
            f.R[i + 1, k] = f.R[i, k] - value * f.gains[k, f.seen]
        end
    end
    for k in 1:m
        gain = f.gains[k, f.seen]
        f.R[1, k] = gain
        for c in 1:d
            f.x[k, c] += gain * e[c]
        end
    end
    f.rows += 1
    return f
end

"Upper triangular R with `R'R = A'A` in place, A the first rows and columns, by reflections."
function triangularise!(A::Matrix{Float64}, rows::Int, columns::Int)
    @inbounds for j in 1:min(columns, rows)
        square = 0.0
        for i in (j + 1):rows
            square += A[i, j]^2
        end
        square == 0.0 && continue
        pivot = A[j, j]
        norm = -copysign(sqrt(pivot^2 + square), pivot)
        head = pivot - norm
        scale = -1.0 / (norm * head)
        for k in (j + 1):columns
            product = head * A[j, k]
            for i in (j + 1):rows
                product += A[i, j] * A[i, k]
            end
            product *= scale
            A[j, k] -= product * head
            for i in (j + 1):rows
                A[i, k] -= product * A[i, j]
            end
        end
        A[j, j] = norm
        for i in (j + 1):rows
            A[i, j] = 0.0
        end
    end
    return A
end

"""
    innovations(t, Y, q, log_ratio, moves) -> (E, log_determinant)

Standardised innovations of the columns of `Y` after the first q + 1 samples, which under the model
are independent and have the noise's variance, and the sum of the logarithms of the innovations'
variances in units of the noise's: the model's restricted likelihood is that of `E`, times
`exp(-log_determinant / 2)`. `moves` are the `transitions` between samples in units of the mean
step.
"""
function innovations(t::Vector{Float64}, Y::Matrix{Float64}, q::Int, log_ratio::Float64,
    moves::Transitions)
    (n, d), m = size(Y), q + 1
    f = Filter(log_ratio, diffuse_gains(t, (t[end] - t[1]) / (n - 1), m), d)
    E, e, log_determinant = zeros(n - m, d), zeros(d), 0.0
    for i in 1:n
        i > 1 && predict!(f, moves, i - 1)
        deviation = observe!(f, e, Y, i)
        i > m || continue
        log_determinant += 2 * log(deviation)
        for c in 1:d
            E[i - m, c] = e[c] / deviation
        end
    end
    return E, log_determinant
end

end
