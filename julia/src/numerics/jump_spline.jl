"""
Splines of degree k as chains that jump in their k-th derivative, solved in blocks; Python's
`jump_spline` explains it.
"""
module JumpSplines

using ..InformationSmoother: triangular!, back_substitute!

export JumpSpline, Solution, jump_spline, difference_spline, solve, evaluate

const BLOCK = 10  # samples

"Samples after `first` up to `last`, and the knots from `first` up to before `last`."
struct Block
    first::Int
    last::Int
    jumps::UnitRange{Int}
    shift::Matrix{Float64}
    start_jumps::Matrix{Float64}
    rows::Matrix{Float64}
    sample_jumps::Matrix{Float64}
end

"The geometry of a spline of `degree` on samples at times `x`; `knots` are indices of samples."
struct JumpSpline
    x::Vector{Float64}
    degree::Int
    knots::Vector{Int}
    blocks::Vector{Block}
end

"""
Jumps, their duals X'(y - f), values at the samples, and states (p, blocks) at the blocks' ends
before a jump there.
"""
struct Solution
    jumps::Vector{Float64}
    duals::Vector{Float64}
    fitted::Vector{Float64}
    ends::Matrix{Float64}
end

"Matrix that moves states of length p by `distance`."
function taylor(distance::Float64, p::Int)
    A = zeros(p, p)
    for b in 1:p, a in 1:b
        A[a, b] = binomial(b - 1, a - 1) * distance^(b - a)
    end
    return A
end

"""
Spline of odd `degree` with knots at all but the first and last (degree + 1) / 2 samples; of
several samples within half a step of the same multiple of the mean step only the nearest.
"""
function jump_spline(x::Vector{Float64}, degree::Int)
    n, apart = length(x), div(degree + 1, 2)
    knots, i = Int[], 1
    while i <= n
        cell, nearest = round(x[i]), i
        while i < n && round(x[i + 1]) == cell
            i += 1
            abs(x[i] - cell) < abs(x[nearest] - cell) && (nearest = i)
        end
        apart < nearest <= n - apart && push!(knots, nearest)
        i += 1
    end
    blocks = Block[]
    for first in 1:BLOCK:(n - 1)
        push!(blocks, block(x, degree, knots, first, min(first + BLOCK, n)))
    end
    return JumpSpline(x, degree, knots, blocks)
end

function block(x::Vector{Float64}, k::Int, knots::Vector{Int}, first::Int, last::Int)
    low, high = searchsortedfirst(knots, first), searchsortedfirst(knots, last) - 1
    p, count, samples = k + 1, high - low + 1, last - first
    start_jumps = zeros(p, count)
    rows, sample_jumps = zeros(samples, p), zeros(samples, count)
    for j in 1:count
        at = x[knots[low + j - 1]]
        for a in 0:k
            start_jumps[a + 1, j] = -binomial(k, a) * (x[first] - at)^(k - a)
        end
        for i in 1:samples
            sample_jumps[i, j] = -min(x[first + i] - at, 0.0)^k
        end
    end
    for a in 0:k, i in 1:samples
        rows[i, a + 1] = (x[first + i] - x[last])^a
    end
    shift = taylor(x[first] - x[last], p)
    return Block(first, last, low:high, shift, start_jumps, rows, sample_jumps)
end

"Generalised binomial coefficient C(m, j) for any integer m."
function choose_coefficient(m::Int, j::Int)
    value = 1.0
    for i in 0:(j - 1)
        value *= (m - i) / (i + 1)
    end
    return value
end

"""
The discrete form of `jump_spline`, for `solve` only: n samples whose forward differences of order
`degree` jump. Python's `difference_spline` explains it.
"""
function difference_spline(n::Int, degree::Int)
    knots = collect(2:(n - degree))
    blocks = Block[]
    for first in 1:BLOCK:(n - 1)
        push!(blocks, difference_block(degree, knots, first, min(first + BLOCK, n)))
    end
    return JumpSpline(collect(0.0:(n - 1)), degree, knots, blocks)
end

function difference_block(k::Int, knots::Vector{Int}, first::Int, last::Int)
    low, high = searchsortedfirst(knots, first), searchsortedfirst(knots, last) - 1
    p, count, samples = k + 1, high - low + 1, last - first
    start_jumps, shift = zeros(p, count), zeros(p, p)
    rows, sample_jumps = zeros(samples, p), zeros(samples, count)
    for j in 1:count
        at = knots[low + j - 1]
        for a in 0:k
            start_jumps[a + 1, j] = -choose_coefficient(first - at, k - a)
        end
        for i in 1:samples
            sample_jumps[i, j] = -choose_coefficient(min(first + i - at, 0), k)
        end
    end
    for a in 0:k
        for i in 1:samples
            rows[i, a + 1] = choose_coefficient(first + i - last, a)
        end
        for b in a:k
            shift[a + 1, b + 1] = choose_coefficient(first - last, b - a)
        end
    end
    return Block(first, last, low:high, shift, start_jumps, rows, sample_jumps)
end

"Minimise |samples - f|^2 + sum (j - mean)^2 / variance over the spline's jumps j and states."
function solve(
    spline::JumpSpline, samples::Vector{Float64}, variance::Vector{Float64}, mean::Vector{Float64}
)
    p = spline.degree + 1
    root = sqrt.(variance)
    state = zeros(p, p + 1)  # the rows R x = z known so far
    state[1, 1], state[1, p + 1] = 1.0, samples[1]
    factors = Matrix{Float64}[]
    for block in spline.blocks
        work = triangular!(assemble(block, state, samples, root, mean))
        b = length(block.jumps)
        for j in 1:(p + 1), i in 1:p
            state[i, j] = work[b + i, b + j]
        end
        push!(factors, work)
    end
    return substitute(spline, factors, state, root, mean)
end

function assemble(
    block::Block, state::Matrix{Float64}, samples::Vector{Float64}, root::Vector{Float64},
    mean::Vector{Float64},
)
    p, b, o = size(state, 1), length(block.jumps), block.last - block.first
    work = zeros(b + p + o, b + p + 1)
    for i in 1:p
        work[b + i, b + p + 1] = state[i, p + 1]
    end
    for i in 1:o
        work[b + p + i, b + p + 1] = samples[block.first + i]
    end
    @inbounds for j in 1:b
        jump = block.jumps[j]
        deviation, centre = root[jump], mean[jump]
        work[j, j] = 1.0
        for i in 1:p
            through = 0.0
            for l in i:p
                through += state[i, l] * block.start_jumps[l, j]
            end
            work[b + i, j] = through * deviation
            work[b + i, b + p + 1] -= through * centre
        end
        for i in 1:o
            reach = block.sample_jumps[i, j]
            work[b + p + i, j] = reach * deviation
            work[b + p + i, b + p + 1] -= reach * centre
        end
    end
    @inbounds for j in 1:p
        for l in 1:j, i in 1:l
            work[b + i, b + j] += state[i, l] * block.shift[l, j]
        end
        for i in 1:o
            work[b + p + i, b + j] = block.rows[i, j]
        end
    end
    return work
end

function substitute(
    spline::JumpSpline, factors::Vector{Matrix{Float64}}, state::Matrix{Float64},
    root::Vector{Float64}, mean::Vector{Float64},
)
    p, n = spline.degree + 1, length(spline.x)
    jumps, duals = zeros(length(root)), zeros(length(root))
    fitted, ends = zeros(n), zeros(p, length(factors))
    last = back_substitute!(state, p, state[:, p + 1])
    for i in length(factors):-1:1
        block, factor = spline.blocks[i], factors[i]
        b = length(block.jumps)
        unit = factor[1:b, b + p + 1]
        for l in 1:p, k in 1:b
            unit[k] -= factor[k, b + l] * last[l]
        end
        back_substitute!(factor, b, unit)
        own = zeros(b)
        for (k, jump) in enumerate(block.jumps)
            own[k] = mean[jump] + root[jump] * unit[k]
            jumps[jump], duals[jump] = own[k], unit[k] / root[jump]
        end
        ends[:, i] = last
        values = block.rows * last + block.sample_jumps * own
        for k in 1:length(values)
            fitted[block.first + k] = values[k]
        end
        last = block.shift * last + block.start_jumps * own
    end
    fitted[1] = last[1]
    return Solution(jumps, duals, fitted, ends)
end

"""
Derivatives (orders, times) of a solution at times `x`; the k-th is the mean of both sides at a
knot. A time within rounding of a sample counts as that sample.
"""
function evaluate(spline::JumpSpline, found::Solution, x::Vector{Float64}, orders::Vector{Int})
    n, k = length(spline.x), spline.degree
    before = states(spline, found)
    jump = zeros(n)
    jump[spline.knots] = found.jumps
    values = zeros(length(orders), length(x))
    for (i, s) in enumerate(x)
        left = clamp(searchsortedlast(spline.x, s), 1, n)
        left < n && spline.x[left + 1] - s <= 1e-10 && (left += 1)
        distance = s - spline.x[left]
        at_sample = abs(distance) <= 1e-10
        state = before[:, left]
        state[k + 1] += (at_sample ? 0.5 : 1.0) * jump[left]
        moved = taylor(at_sample ? 0.0 : distance, k + 1) * state
        for (row, order) in enumerate(orders)
            values[row, i] = factorial(order) * moved[order + 1]
        end
    end
    return values
end

"States before the jump at every sample, each from the end of its block: (p, n)."
function states(spline::JumpSpline, found::Solution)
    p, x = spline.degree + 1, spline.x
    all_states = zeros(p, length(x))
    for (i, block) in enumerate(spline.blocks), sample in (block.first):(block.last)
        state = taylor(x[sample] - x[block.last], p) * found.ends[:, i]
        for jump in block.jumps
            knot = spline.knots[jump]
            knot >= sample || continue
            for a in 0:(p - 1)
                power = (x[sample] - x[knot])^(p - 1 - a)
                state[a + 1] -= found.jumps[jump] * binomial(p - 1, a) * power
            end
        end
        all_states[:, sample] = state
    end
    return all_states
end

end
