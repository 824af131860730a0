"""
Square-root Kalman filter and smoother for a signal that is a q-times integrated Wiener process.

The signal's derivative of order q is a Wiener process, so that the state (the derivatives of order
0 to q) is a Markov process and smoothing takes time linear in the number of samples. The posterior
mean is the smoothing spline of degree `2q + 1` (Wahba 1978).

Three things keep q = 10 accurate for noise from 1e-8 to 1 of the signal:

- The state holds scaled derivatives, `unit^i * x^(i) / i!` with the mean sample step as unit
  (Nordsieck's vector; Krämer & Hennig 2020, sec. 3). Transitions then have binomial entries.
- Covariances appear only as triangular factors R with `P = R'R`, updated by orthogonal
  transformations.
- The prior is diffuse exactly: its directions of infinite variance are Newton's polynomials on the
  sample times, of which each of the first q + 1 samples fixes one.

All variances here are in units of the noise's; `log_ratio` is the logarithm of the process
intensity in these units, `intensity * unit^(2q + 1) / (q!^2 * noise_variance)`.
"""
module IntegratedWiener

export Transitions, transitions, innovations, smooth

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
basis of Newton's polynomials `N_j(s) = prod_(i < j) (s - times[i])` sample j is the first to see
N_j and sees none of the later ones; it fixes the state along N_j, but for the noise. Its gain
holds the Taylor coefficients of `N_j / N_j(times[j])` at its own time: sums and products of
positive numbers, hence exact to rounding.
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
and how many samples it has seen.
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

"Move over step `s`."
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

"""
    smooth(t, y, t_eval, q, log_ratio) -> (mean, deviation)

Posterior mean and standard deviation of the derivatives of order 0 to q (rows) at `t_eval`, in
[signal / time^i]; deviations in units of the noise's.

The filter starts from nothing, so that its early states are uncertain by many orders of magnitude
more than the smoothed ones. Each half of the record is therefore smoothed by the filter that
starts at the other end. At least `2q + 3` samples are needed.
"""
function smooth(t::Vector{Float64}, y::Vector{Float64}, t_eval::Vector{Float64}, q::Int,
    log_ratio::Float64)
    n = length(t)
    n >= 2q + 3 ||
        throw(ArgumentError("q = $q needs at least $(2q + 3) samples, got $n; lower q"))
    unit = (t[end] - t[1]) / (n - 1)
    a, b = t[(n + 1) ÷ 2], t[n ÷ 2 + 1]
    late = t_eval .>= a + 0.5 * (b - a)
    mean, deviation = zeros(q + 1, length(t_eval)), zeros(q + 1, length(t_eval))
    if any(late)
        states, deviations = smooth_late(t, y, t_eval[late], q, log_ratio, unit)
        mean[:, late], deviation[:, late] = states, deviations
    end
    if !all(late)
        early = .!late
        states, deviations =
            smooth_late(-reverse(t), reverse(y), -reverse(t_eval[early]), q, log_ratio, unit)
        mean[:, early] = reverse(states; dims=2) .* (-1.0) .^ (0:q)
        deviation[:, early] = reverse(deviations; dims=2)
    end
    for i in 0:q
        mean[i + 1, :] .*= factorial(i) / unit^i
        deviation[i + 1, :] .*= factorial(i) / unit^i
    end
    return mean, deviation
end

"Smoothed scaled states (columns) at `t_eval`, all later than half of the samples."
function smooth_late(t::Vector{Float64}, y::Vector{Float64}, t_eval::Vector{Float64}, q::Int,
    log_ratio::Float64, unit::Float64)
    m = q + 1
    times = sort!(union(t, t_eval))  # times of evaluation enter as missing samples
    moves = transitions(q, diff(times) ./ unit)
    samples, e, seen = reshape(y, :, 1), zeros(1), 0
    f = Filter(log_ratio, diffuse_gains(t, unit, m), 1)
    first = searchsortedfirst(times, t_eval[1])
    count = length(times) - first
    filtered, predicted = zeros(m, count), zeros(m, count)
    gains, left = zeros(m, m, count), zeros(m, m, count)
    joint = zeros(2m, 2m)
    for i in eachindex(times)
        if i > first
            s = i - first
            filtered[:, s] .= @view f.x[:, 1]
            predict_reversibly!(f, joint, gains, left, s, moves, i - 1)
            predicted[:, s] .= @view f.x[:, 1]
        elseif i > 1
            predict!(f, moves, i - 1)
        end
        if seen < length(t) && times[i] == t[seen + 1]
            seen += 1
            observe!(f, e, samples, seen)
        end
    end
    mean, deviation = zeros(m, count + 1), zeros(m, count + 1)
    mean[:, end] .= @view f.x[:, 1]
    stacked = zeros(2m, m)
    R = f.R
    write_deviation!(deviation, count + 1, R, m)
    for s in count:-1:1
        pass_back!(mean, s, filtered, predicted, gains)
        multiply_full!(stacked, m, R, gains, s)
        stacked[1:m, :] .= @view left[:, :, s]
        triangularise!(stacked, 2m, m)
        R[1:m, :] .= @view stacked[1:m, :]
        write_deviation!(deviation, s, R, m)
    end
    at = [searchsortedfirst(times, time) - first + 1 for time in t_eval]
    return mean[:, at], deviation[:, at]
end

"""
Move over step `step` and keep as slice `s` what the way back needs (Rauch, Tung & Striebel 1965).

Rotation turns `[R F', R; L', 0]` into `[Rp, X; 0, C]`: the factor Rp of the prediction, the
smoother's gain `inv(Rp) X`, and the factor C of the covariance that is left when the next state is
known.
"""
function predict_reversibly!(f::Filter, joint::Matrix{Float64}, gains::Array{Float64,3},
    left::Array{Float64,3}, s::Int, moves::Transitions, step::Int)
    m = size(f.x, 1)
    fill!(joint, 0.0)
    multiply!(joint, f.R, m, moves.F, step)
    @inbounds for j in 1:m, i in 1:m
        joint[i, m + j] = f.R[i, j]
        joint[m + i, j] = f.root * moves.L[i, j, step]
    end
    triangularise!(joint, 2m, 2m)
    @inbounds for j in 1:m, i in m:-1:1
        total = joint[i, m + j]
        for k in (i + 1):m
            total -= joint[i, k] * gains[k, j, s]
        end
        gains[i, j, s] = total / joint[i, i]
        left[i, j, s] = joint[m + i, m + j]
        f.R[i, j] = joint[i, j]
    end
    return move_mean!(f, moves.F, step)
end

"Smoothed mean of slice `s` from that of the next."
function pass_back!(mean::Matrix{Float64}, s::Int, filtered::Matrix{Float64},
    predicted::Matrix{Float64}, gains::Array{Float64,3})
    m = size(mean, 1)
    @inbounds for j in 1:m
        total = filtered[j, s]
        for k in 1:m
            total += (mean[k, s + 1] - predicted[k, s]) * gains[k, j, s]
        end
        mean[j, s] = total
    end
    return mean
end

"`R * gains[:, :, s]`, R upper triangular, into the rows of `out` after `offset`."
function multiply_full!(out::Matrix{Float64}, offset::Int, R::Matrix{Float64},
    gains::Array{Float64,3}, s::Int)
    m = size(R, 2)
    @inbounds for j in 1:m, i in 1:m
        total = 0.0
        for k in i:m
            total += R[i, k] * gains[k, j, s]
        end
        out[offset + i, j] = total
    end
    return out
end

function write_deviation!(deviation::Matrix{Float64}, column::Int, R::Matrix{Float64}, m::Int)
    for j in 1:m
        deviation[j, column] = sqrt(sum(abs2, @view R[1:m, j]))
    end
    return deviation
end

end
