module TotalVariation

using LinearAlgebra
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..FiniteDifferences: differentiate_nearest
using ..NestedBases: aicc, rounding_squares
using ..SymmetricBanded: solve_banded!

const DEGREE = 3  # of the pieces: the highest derivative, whose total variation is penalised
const WIDTH = 5  # samples of the symmetric stencil that differentiates cubic pieces exactly
# Duality gap relative to the objective at which a solution counts as found.
const GAP = 1e-9
const MOST_ITERATIONS = 100
const STEPS_A_DECADE = 2
const REFINEMENT = 10  # steps a decade around the best of the coarse ones
# Jumps of the third derivative below this share of the largest are none.
const JUMP = 1e-6

"""
Least squares plus the total variation of the jerk (cubic trend filtering), the penalty by AICc.
See Python's `total_variation_jerk`.
"""
struct TotalVariationJerk <: AbstractEstimator end

struct Fit
    criterion::Float64
    exponent::Float64
    smooth::Vector{Float64}
    knots::Int
end

function estimate(
    ::TotalVariationJerk,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n = length(t)
    x = (t .- t[1]) ./ (t[end] - t[1]) .* (n - 1)
    differences = difference_rows(x)
    trend = chebyshev_columns(2 .* x ./ (n - 1) .- 1)
    base = trend * (qr(trend) \ y)
    rest = y .- base
    spread, floor = maximum(abs, rest), rounding_squares(y)
    best = Fit(criterion_of(rest, 0, floor), Inf, zeros(n), 0)
    if dot(rest, rest) > floor
        # The dual variable is a fourfold sum of the residual: these penalties bracket all knots.
        exponents = collect(-4.0:(1 / STEPS_A_DECADE):(4 * log10(n)))
        best = best_fit(differences, rest, spread, exponents, best)
        if isfinite(best.exponent)
            half = div(REFINEMENT, STEPS_A_DECADE)
            finer = [best.exponent + k / REFINEMENT for k in (1 - half):(half - 1) if k != 0]
            best = best_fit(differences, rest, spread, finer, best)
        end
    end
    smooth = base .+ best.smooth
    values = zeros(length(orders), length(t_eval))
    for (i, order) in enumerate(orders)
        values[i, :] = differentiate_nearest(t, smooth, t_eval, order, WIDTH)
    end
    return Estimate(values; settings=(penalty=spread * 10.0^best.exponent, knots=best.knots))
end

"Chebyshev polynomials of degree 0 to 3."
function chebyshev_columns(x::Vector{Float64})
    columns = ones(length(x), DEGREE + 1)
    columns[:, 2] = x
    for k in 3:(DEGREE + 1)
        columns[:, k] = 2 .* x .* columns[:, k - 1] .- columns[:, k - 2]
    end
    return columns
end

"""
Rows of the operator whose l1 norm is the total variation of the third derivative: column i acts
on samples i to i + 4 (Tibshirani 2014, eq. 26 and 27).
"""
function difference_rows(x::Vector{Float64})
    n = length(x)
    rows = ones(1, n)
    for order in 0:DEGREE
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

function best_fit(
    differences::Matrix{Float64},
    y::Vector{Float64},
    spread::Float64,
    exponents::Vector{Float64},
    best::Fit,
)
    floor = rounding_squares(y)
    converged = 0
    for exponent in exponents
        penalty = spread * 10.0^exponent
        dual = solve_dual(differences, y, penalty)
        dual === nothing && continue
        converged += 1
        smooth = y .- apply_transposed(differences, dual)
        jumps = abs.(apply(differences, smooth))
        largest = maximum(jumps)
        # Where the dual variable is inside its bounds there is no knot.
        knots = 0
        for i in 1:length(dual)
            knots += abs(dual[i]) > (1 - 1e-4) * penalty && jumps[i] > JUMP * largest
        end
        criterion = criterion_of(y .- smooth, knots, floor)
        if criterion < best.criterion
            best = Fit(criterion, exponent, smooth, knots)
        end
    end
    converged > 0 || error(
        "total_variation_jerk: the interior-point method closed the duality gap at none of " *
        "$(length(exponents)) penalties; scale the samples, or use fewer than $(length(y))",
    )
    return best
end

function criterion_of(residual::Vector{Float64}, knots::Int, floor::Float64)
    return aicc(dot(residual, residual), knots + DEGREE + 1, length(residual), floor)
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
        # Rounding may put a bound on its limit: no room is left to step.
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

"D x."
function apply(differences::Matrix{Float64}, x::Vector{Float64})
    width, count = size(differences)
    result = zeros(count)
    for i in 1:count, j in 1:width
        result[i] += differences[j, i] * x[i + j - 1]
    end
    return result
end

"D' z."
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

register!(
    TotalVariationJerk();
    name="total_variation_jerk",
    family="regularisation",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=12,
    cites=["kim2009trend", "tibshirani2014adaptive", "tibshirani2012degrees"],
    source=@__FILE__,
)

end
