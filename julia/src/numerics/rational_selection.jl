"""
Number and places of a rational function's poles: AAA finds them, BIC chooses. Fits move a few steps
at a time, and those that are hopeless are given up. Python's
`numerics/rational/rational_selection.py` tries the same fits in the same order.
"""
module RationalSelection

using ..AAASteps: add_support!, begin_steps, poles_of
using ..RationalFits
using ..RationalRefinement: RationalRefinement, Descent, polish, refine

export best_fit, bic

const MOST_SUPPORTS = 40  # points of AAA
const NEAREST = 2.0  # mean sample steps: a pole nearer to the record fits single samples
const FAR = 8.0  # half-widths of the record: a pole beyond is one at infinity, a degree
const HIGHEST_DEGREE = 10
const MOST_PARAMETERS = 0.75  # of the number of samples
const STARTS = 6  # steps of AAA whose poles are moved
const STEPS, ROUND = 30, 3  # of a descent, at most, and before its fit is compared again
# BIC behind the best that a descent may always make up for; its pace slows down, but not steadily.
const MARGIN = 10.0
const CHANGES = 3  # kinds of change that `settle` tries

"""
    bic(fit, resolution)

Schwarz's criterion, with a uniform prior for the poles' places along the record.

A pole is placed in units of its distance d from the record, so there are some ``1 / d`` places for
it, and finding one costs ``2 log(1 / d)``. Squares below the samples' rounding count as that.
"""
function bic(fit::RationalFit, resolution::Float64)
    n = length(fit.residual)
    squares = max(fit.squares, n * resolution^2)
    places = 0.0
    for far in distances(fit.poles)
        places -= 2.0 * log(min(far, 1.0))
    end
    return n * log(squares / n) + parameters(fit) * log(n) + places
end

"""
    Contender(record, fit)

A fit whose poles move round by round, as long as it may win: its descent, its BIC as `value`, the
steps `left` to it, and the fall of BIC in each step of the last round.
"""
mutable struct Contender
    descent::Descent
    value::Float64
    left::Int
    pace::Float64
end

Contender(record::Record, fit::RationalFit) =
    Contender(Descent(fit), bic(fit, record.resolution), STEPS, Inf)

"Whether the contender has reached its minimum, or may take no more steps."
arrived(one::Contender) = one.descent.settled || one.left <= 0

"Move the poles by a round of steps, until a step lowers BIC by about 1e-3 or less."
function advance!(one::Contender, record::Record)
    RationalRefinement.advance!(one.descent, record, ROUND, 1e-3 / length(record.x))
    before = one.value
    one.value = bic(one.descent.fit, record.resolution)
    one.left -= ROUND
    one.pace = max(before - one.value, 0.0) / ROUND
    return one
end

"Whether the contender's BIC might fall to `goal`, at the pace of its last round."
may_reach(one::Contender, goal::Float64) = one.value - goal <= MARGIN + one.pace * one.left

"The contender of least BIC, after all have moved that may become it."
function winner(record::Record, contenders::Vector{Contender})
    while !all(arrived, contenders)
        for one in contenders
            arrived(one) || advance!(one, record)
        end
        goal = minimum(one.value for one in contenders)
        contenders = filter(one -> arrived(one) || may_reach(one, goal), contenders)
    end
    return contenders[argmin([one.value for one in contenders])]
end

"""
    best_fit(x, y, resolution) -> RationalFit

Choose number and places of the poles; `resolution` is the rounding of the samples `y` at `x`.
"""
function best_fit(x::Vector{Float64}, y::Vector{Float64}, resolution::Float64)
    n = length(x)
    record = Record(x, y, NEAREST * 2.0 / (n - 1), resolution)
    fits = starts(record)
    ranking = sortperm(Float64[bic(fit, resolution) for fit in fits])
    leader = winner(record, [Contender(record, fits[i]) for i in ranking[1:min(STARTS, end)]])
    best = settle(record, leader.descent.fit)
    return polish(record, refine(record, best, 1e-14, 100))
end

"A line, and the fits with the poles of each step of AAA."
function starts(record::Record)
    n = length(record.x)
    fits = RationalFit[fit_residues(record, 1, ComplexF64[])]
    progress = begin_steps(n)
    while length(progress.support) < min(div(n, 2), MOST_SUPPORTS)
        add_support!(progress, record.x, record.y, record.resolution) || break
        count = length(progress.support) - 1
        count > 0 || continue
        poles = poles_of(record.x[progress.support], progress.weights)
        fit = fit_residues(record, split_poles(poles, count, record.nearest)...)
        fit !== nothing && is_small(fit) && push!(fits, fit)
    end
    return fits
end

is_small(fit::RationalFit) = parameters(fit) <= MOST_PARAMETERS * length(fit.residual)

"Remove or add one pole or pair at a time, and move the poles, as long as BIC falls."
function settle(record::Record, fit::RationalFit)
    value = bic(fit, record.resolution)
    kind, failures = 1, 0
    while failures < CHANGES
        trial = changed(record, fit, kind)
        if trial !== nothing && is_small(trial)
            contender = Contender(record, trial)
            while !arrived(contender) && may_reach(contender, value)
                advance!(contender, record)
            end
            if contender.value < value
                fit, value, failures = contender.descent.fit, contender.value, 0
                continue
            end
        end
        kind, failures = kind % CHANGES + 1, failures + 1
    end
    return fit
end

function changed(record::Record, fit::RationalFit, kind::Int)
    kind == 1 && return with_far_poles_at_infinity(record, fit)
    kind == 2 && return without_least_pole(record, fit)
    return with_another_pair(record, fit)
end

"A higher degree of the polynomial in place of far poles; `nothing` if none is far."
function with_far_poles_at_infinity(record::Record, fit::RationalFit)
    is_far = distances(fit.poles) .> FAR
    degree = fit.degree + coordinates(fit.poles[is_far])
    any(is_far) && degree <= HIGHEST_DEGREE || return nothing
    return fit_residues(record, degree, fit.poles[.!is_far])
end

"The fit without the pole whose loss raises the squares least; `nothing` without poles."
function without_least_pole(record::Record, fit::RationalFit)
    best = nothing
    for j in eachindex(fit.poles)
        reduced = fit_residues(record, fit.degree, deleteat!(copy(fit.poles), j))
        reduced === nothing && continue
        (best === nothing || reduced.squares < best.squares) && (best = reduced)
    end
    return best
end

"The fit with one more pair of poles: the one on a grid that lowers the squares most."
function with_another_pair(record::Record, fit::RationalFit)
    pole = most_useful_pole(record, fit, pole_grid(record.nearest))
    return fit_residues(record, fit.degree, vcat(fit.poles, pole))
end

"Poles above [-1, 1], at heights of which each is twice the one below."
function pole_grid(nearest::Float64)
    grid = ComplexF64[]
    levels = ceil(Int, max(log2(0.5 / nearest), 1.0))
    for height in 2.0 * nearest .* 2.0 .^ (0:(levels - 1))
        for along in range(-1.0, 1.0; length=2 * ceil(Int, 1.0 / height) + 1)
            push!(grid, complex(along, height))
        end
    end
    return grid
end

"""
    split_poles(poles, count, nearest) -> (degree, poles)

Degree of the polynomial, and the poles that are neither far nor near, one of each pair. The number
of far or infinite poles among `count` is the degree, at least 1.
"""
function split_poles(poles::Vector{ComplexF64}, count::Int, nearest::Float64)
    far = distances(poles)
    degree = count - sum(far .<= FAR)
    kept = (imag.(poles) .>= 0.0) .& (far .> nearest) .& (far .<= FAR)
    return clamp(degree, 1, HIGHEST_DEGREE), poles[kept]
end

end
