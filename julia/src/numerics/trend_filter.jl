"Trend filtering: piecewise polynomials by an l1 penalty; Python's `trend_filter` explains it."
module TrendFilters

using LinearAlgebra
using ..NestedBases: rounding_squares
using ..SymmetricBanded: solve_banded!

export Problem, TrendFit, prepare, search, fit_at

# The constants of Python's `trend_filter`.
const GAP = 1e-9
const MOST_ITERATIONS = 100
const STEPS_A_DECADE = 2
const REFINEMENT = 10
const JUMP = 1e-6

"Samples without their polynomial of `degree`; see Python's `Problem`."
struct Problem
    degree::Int
    differences::Matrix{Float64}
    base::Vector{Float64}
    rest::Vector{Float64}
    spread::Float64
    floor::Float64
end

"log10 of the penalty in units of the problem's spread, samples of the fit, number of knots."
struct TrendFit
    exponent::Float64
    smooth::Vector{Float64}
    knots::Int
end

"Take the least-squares polynomial of `degree` out of the samples."
function prepare(t::Vector{Float64}, y::Vector{Float64}, degree::Int)
    n = length(t)
    x = (t .- t[1]) ./ (t[end] - t[1]) .* (n - 1)
    trend = chebyshev_columns(2 .* x ./ (n - 1) .- 1, degree)
    base = trend * (qr(trend) \ y)
    rest = y .- base
    spread = maximum(abs, rest)
    return Problem(degree, difference_rows(x, degree), base, rest, spread, rounding_squares(y))
end

"Chebyshev polynomials of degree 0 to `degree`."
function chebyshev_columns(x::Vector{Float64}, degree::Int)
    columns = ones(length(x), degree + 1)
    columns[:, 2] = x
    for k in 3:(degree + 1)
        columns[:, k] = 2 .* x .* columns[:, k - 1] .- columns[:, k - 2]
    end
    return columns
end

"""
    search(problem, criterion, low, high) -> TrendFit

The fit that minimises `criterion(squares, freedom)` over penalties from `spread * 10^low` to
`spread * 10^high`, or the polynomial alone.
"""
function search(problem::Problem, @nospecialize(criterion), low::Float64, high::Float64)
    best = TrendFit(Inf, problem.base, 0)
    dot(problem.rest, problem.rest) > problem.floor || return best
    count = ceil(Int, (high - low) * STEPS_A_DECADE)
    best = best_fit(problem, criterion, [low + i / STEPS_A_DECADE for i in 0:(count - 1)], best)
    if isfinite(best.exponent)
        half = div(REFINEMENT, STEPS_A_DECADE)
        finer = [best.exponent + k / REFINEMENT for k in (1 - half):(half - 1) if k != 0]
        best = best_fit(problem, criterion, finer, best)
    end
    return best
end

function best_fit(
    problem::Problem, @nospecialize(criterion), exponents::Vector{Float64}, best::TrendFit
)
    least, converged = value_of(problem, criterion, best), 0
    for exponent in exponents
        fit = fit_at(problem, exponent)
        fit === nothing && continue
        converged += 1
        value = value_of(problem, criterion, fit)
        if value < least
            least, best = value, fit
        end
    end
    converged > 0 || error(
        "trend filtering of degree $(problem.degree): the interior-point method closed the " *
        "duality gap at none of $(length(exponents)) penalties; scale the samples, or use fewer " *
        "than $(length(problem.rest))",
    )
    return best
end

function value_of(problem::Problem, @nospecialize(criterion), fit::TrendFit)
    residual = problem.base .+ problem.rest .- fit.smooth
    return criterion(dot(residual, residual), fit.knots + problem.degree + 1)::Float64
end

"The fit of penalty `spread * 10^exponent`; nothing if the duality gap stays open."
function fit_at(problem::Problem, exponent::Float64)
    unit, penalty = problem.rest ./ problem.spread, 10.0^exponent
    dual = solve_dual(problem.differences, unit, penalty)
    dual === nothing && return nothing
    smooth = unit .- apply_transposed(problem.differences, dual)
    jumps = abs.(apply(problem.differences, smooth))
    largest = maximum(jumps)
    # A dual variable inside its bounds means that there is no knot.
    knots = 0
    for i in 1:length(dual)
        knots += abs(dual[i]) > (1 - 1e-4) * penalty && jumps[i] > JUMP * largest
    end
    return TrendFit(exponent, problem.base .+ problem.spread .* smooth, knots)
end

"""
Rows of the operator whose l1 norm is the total variation of the derivative of `degree`: column i
acts on samples i to i + degree + 1 (Tibshirani 2014, eq. 26 and 27).
"""
function difference_rows(x::Vector{Float64}, degree::Int)
    n = length(x)
    rows = ones(1, n)
    for order in 0:degree
        if order > 0
            for i in 1:size(rows, 2)
                rows[:, i] .*= order / (x[i + order] - x[i])
            end
        end
        count = n - order - 1
        longer = zeros(order + 2, count)
        longer[2:end, :] .+= rows[:, 2:end]
        longer[1:(end - 1), :] .-= rows[:, 1:(end - 1)]
        rows = longer
    end
    return rows
end

"""
Minimise |D'z|^2 / 2 - y'D'z over |z| <= penalty, by the primal-dual interior-point method of Kim
et al. (2009), section 6; nothing if the gap stays open.
"""
function solve_dual(differences::Matrix{Float64}, y::Vector{Float64}, penalty::Float64)
    target, gram = apply(differences, y), gram_bands(differences)
    count = length(target)
    z, above, below = zeros(count), ones(count), ones(count)
    barrier, step = 1e-10, 1.0
    for _ in 1:MOST_ITERATIONS
        residual = apply_transposed(differences, z)
        gradient = apply(differences, residual) .- target
        squares = dot(residual, residual)
        primal = 0.5 * squares + penalty * sum(abs, gradient)
        gap = primal - (dot(target, z) - 0.5 * squares)
        gap <= GAP * primal && return z
        if step >= 0.2
            barrier = max(4 * count / gap, 1.2 * barrier)
        end
        upper, lower = z .- penalty, .-z .- penalty
        # Rounding may move z onto a bound, where the barrier is infinite.
        all(v -> v < 0.0, upper) && all(v -> v < 0.0, lower) || return nothing
        bands, dz = copy(gram), zeros(count)
        for i in 1:count
            bands[1, i] -= above[i] / upper[i] + below[i] / lower[i]
            dz[i] = -gradient[i] + (1 / upper[i] - 1 / lower[i]) / barrier
        end
        solve_banded!(bands, dz) || return nothing
        d_above = .-(above .+ (1 / barrier .+ dz .* above) ./ upper)
        d_below = .-(below .+ (1 / barrier .- dz .* below) ./ lower)
        step = min(1.0, reach(above, d_above), reach(below, d_below))
        step = min(step, reach(.-upper, .-dz), reach(.-lower, dz))
        z .+= step .* dz
        above .+= step .* d_above
        below .+= step .* d_below
    end
    return nothing
end

"The largest step that keeps `value + step * change` positive, with a margin."
function reach(value::Vector{Float64}, change::Vector{Float64})
    longest = Inf
    for i in 1:length(value)
        if change[i] < 0.0
            longest = min(longest, -value[i] / change[i])
        end
    end
    return 0.99 * longest
end

"Product D x of the operator with columns `differences` and `x`."
function apply(differences::Matrix{Float64}, x::Vector{Float64})
    width, count = size(differences)
    result = zeros(count)
    for i in 1:count, j in 1:width
        result[i] += differences[j, i] * x[i + j - 1]
    end
    return result
end

"Product D' z of the transposed operator and `z`."
function apply_transposed(differences::Matrix{Float64}, z::Vector{Float64})
    width, count = size(differences)
    result = zeros(count + width - 1)
    for i in 1:count, j in 1:width
        result[i + j - 1] += differences[j, i] * z[i]
    end
    return result
end

"Lower bands of D D'."
function gram_bands(differences::Matrix{Float64})
    width, count = size(differences)
    bands = zeros(width, count)
    for i in 1:count, offset in 0:min(width - 1, count - i), j in 1:(width - offset)
        bands[offset + 1, i] += differences[j, i + offset] * differences[j + offset, i]
    end
    return bands
end

end
