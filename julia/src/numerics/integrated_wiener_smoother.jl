"""
Square-root Rauch-Tung-Striebel smoother on the filter of `IntegratedWiener`, whose docstring has
the model and its scaling.
"""
module IntegratedWienerSmoother

using ..IntegratedWiener: Filter, Transitions, diffuse_gains, fact, move_mean!, multiply!,
    observe!, predict!, transitions, triangularise!

export smooth

"""
    smooth(t, y, t_eval, q, log_ratio) -> (mean, deviation)

Posterior mean and standard deviation of the derivatives of order 0 to q (rows) at `t_eval`, in
[signal / time^i]; deviations in units of the noise's.

The filter starts from an unknown state, so its early states are less certain than the smoothed ones
by many orders of magnitude. Each half of the record is therefore smoothed by the filter that starts
at the other end. At least `2q + 3` samples are needed.
"""
function smooth(t::Vector{Float64}, y::Vector{Float64}, t_eval::Vector{Float64}, q::Int,
    log_ratio::Float64)
    n, count = length(t), length(t_eval)
    n >= 2q + 3 ||
        throw(ArgumentError("q = $q needs at least $(2q + 3) samples, got $n; lower q"))
    unit = (t[end] - t[1]) / (n - 1)
    a, b = t[(n + 1) ÷ 2], t[n ÷ 2 + 1]
    early = searchsortedfirst(t_eval, a + 0.5 * (b - a)) - 1
    mean, deviation = zeros(q + 1, count), zeros(q + 1, count)
    if early < count
        smooth_late!(mean, deviation, early + 1, t, y, t_eval[(early + 1):count], q, log_ratio,
            unit)
    end
    if early > 0
        smooth_late!(mean, deviation, 1, mirror(t, n), reverse(y), mirror(t_eval, early), q,
            log_ratio, unit)
        turn_back!(mean, deviation, early)
    end
    for j in 1:count, i in 0:q
        to_time = fact(i) / unit^i
        mean[i + 1, j] *= to_time
        deviation[i + 1, j] *= to_time
    end
    return mean, deviation
end

"Negatives of the first `count` times, in reverse."
mirror(t::Vector{Float64}, count::Int) = Float64[-t[i] for i in count:-1:1]

"Undo `mirror` for the first `count` columns: reverse them, and change the sign of odd orders."
function turn_back!(mean::Matrix{Float64}, deviation::Matrix{Float64}, count::Int)
    for i in axes(mean, 1)
        sign = isodd(i) ? 1.0 : -1.0  # row i has order i - 1
        for j in 1:(count ÷ 2)
            k = count + 1 - j
            mean[i, j], mean[i, k] = mean[i, k], mean[i, j]
            deviation[i, j], deviation[i, k] = deviation[i, k], deviation[i, j]
        end
        for j in 1:count
            mean[i, j] *= sign
        end
    end
    return mean
end

"Smoothed scaled states at `t_eval`, all later than half of the samples, from column `column` on."
function smooth_late!(mean::Matrix{Float64}, deviation::Matrix{Float64}, column::Int,
    t::Vector{Float64}, y::Vector{Float64}, t_eval::Vector{Float64}, q::Int, log_ratio::Float64,
    unit::Float64)
    m = q + 1
    times = merged(t, t_eval)  # times of evaluation enter as missing samples
    moves = transitions(q, Float64[(times[i] - times[i - 1]) / unit for i in 2:length(times)])
    f = Filter(log_ratio, diffuse_gains(t, unit, m), 1)
    first = searchsortedfirst(times, t_eval[1])
    passes = length(times) - first
    filtered, predicted = zeros(m, passes), zeros(m, passes)
    gains, left = zeros(m, m, passes), zeros(m, m, passes)
    joint, samples, e, seen = zeros(2m, 2m), reshape(y, :, 1), zeros(1), 0
    for i in eachindex(times)
        if i > first
            s = i - first
            copyto!(filtered, (s - 1) * m + 1, f.x, 1, m)
            predict_reversibly!(f, joint, gains, left, s, moves, i - 1)
            copyto!(predicted, (s - 1) * m + 1, f.x, 1, m)
        elseif i > 1
            predict!(f, moves, i - 1)
        end
        if seen < length(t) && times[i] == t[seen + 1]
            seen += 1
            observe!(f, e, samples, seen)
        end
    end
    next = length(t_eval)
    for s in (passes + 1):-1:1
        s <= passes && pass_back!(f, filtered, predicted, gains, left, s)
        times[first + s - 1] == t_eval[next] || continue
        write_state!(mean, deviation, column + next - 1, f)
        next -= 1
        next == 0 && break
    end
    return mean
end

"All times of two increasing vectors, each once."
function merged(a::Vector{Float64}, b::Vector{Float64})
    out, i, j = Float64[], 1, 1
    while i <= length(a) || j <= length(b)
        time = min(i <= length(a) ? a[i] : Inf, j <= length(b) ? b[j] : Inf)
        push!(out, time)
        i <= length(a) && a[i] == time && (i += 1)
        j <= length(b) && b[j] == time && (j += 1)
    end
    return out
end

"""
Move over step `step` and keep, as slice `s`, the gain and factor for the backward pass (Rauch, Tung
& Striebel 1965).

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

"Replace the filter's state and factor, those of the next slice, by the smoothed ones of slice `s`."
function pass_back!(f::Filter, filtered::Matrix{Float64}, predicted::Matrix{Float64},
    gains::Array{Float64,3}, left::Array{Float64,3}, s::Int)
    m, R, out = size(f.x, 1), f.R, f.stacked
    copyto!(f.before, f.x)
    @inbounds for j in 1:m
        total = filtered[j, s]
        for k in 1:m
            total += (f.before[k, 1] - predicted[k, s]) * gains[k, j, s]
        end
        f.x[j, 1] = total
        for i in 1:m
            total = 0.0
            for k in i:m
                total += R[i, k] * gains[k, j, s]
            end
            out[i, j], out[m + i, j] = left[i, j, s], total
        end
    end
    triangularise!(out, 2m, m)
    @inbounds for j in 1:m, i in 1:m
        R[i, j] = out[i, j]
    end
    return f
end

"Write the filter's state and its standard deviations into a column."
function write_state!(mean::Matrix{Float64}, deviation::Matrix{Float64}, column::Int, f::Filter)
    m = size(f.x, 1)
    for j in 1:m
        square = 0.0
        for i in 1:m
            square += f.R[i, j]^2
        end
        mean[j, column] = f.x[j, 1]
        deviation[j, column] = sqrt(square)
    end
    return mean
end

end
