module QuinticSpline

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate

const DEGREE = 5
const SAME = 2e-10  # times that differ by less are the same, in mean steps

"""
Quintic spline through all samples, with not-a-knot ends. At a sample order 5, a step function, is
the mean of its values on both sides.
"""
struct Interpolating <: AbstractEstimator end

"Spline of `degree` with n coefficients and n + degree + 1 knots."
struct Spline
    knots::Vector{Float64}
    coefficients::Vector{Float64}
    degree::Int
end

function estimate(
    ::Interpolating,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    step = (t[end] - t[1]) / (length(t) - 1)
    x = [(s - t[1]) / step for s in t]
    spline = interpolate(x, [value - y[1] for value in y])
    values = zeros(length(orders), length(t_eval))
    next = 1
    for order in 0:orders[end]
        order > 0 && (spline = differentiate(spline))
        orders[next] == order || continue
        for (j, s) in enumerate(t_eval)
            value = evaluate(spline, (s - t[1]) / step)
            values[next, j] = value / step^order + (order == 0 ? y[1] : 0.0)
        end
        next += 1
    end
    return Estimate(values)
end

"Quintic spline through `y` at `x`, with knots at all samples but two near each end."
function interpolate(x::Vector{Float64}, y::Vector{Float64})
    n = length(x)
    knots = vcat(fill(x[1], DEGREE + 1), x[4:(n - 3)], fill(x[n], DEGREE + 1))
    # Row i of the collocation matrix has its diagonal in column DEGREE + 1. It is totally
    # positive, so elimination needs no pivots (de Boor 2001, chapter XIII).
    band = zeros(n, 2 * DEGREE + 1)
    values = zeros(DEGREE + 1)
    for i in 1:n
        interval = interval_of(knots, DEGREE, x[i])
        basis!(values, knots, DEGREE, interval, x[i])
        for j in 0:DEGREE
            column = interval - DEGREE + j - i + DEGREE + 1
            values[j + 1] == 0.0 || (band[i, column] = values[j + 1])
        end
    end
    return Spline(knots, solve_banded!(band, copy(y)), DEGREE)
end

"Solve in place for a matrix whose element (i, j) is `band[i, j - i + w + 1]`, |j - i| <= w."
function solve_banded!(band::Matrix{Float64}, b::Vector{Float64})
    n, w = length(b), div(size(band, 2), 2)
    for k in 1:n, i in (k + 1):min(n, k + w)
        factor = band[i, k - i + w + 1] / band[k, w + 1]
        for j in (k + 1):min(n, k + w)
            band[i, j - i + w + 1] -= factor * band[k, j - k + w + 1]
        end
        b[i] -= factor * b[k]
    end
    for k in n:-1:1
        for j in (k + 1):min(n, k + w)
            b[k] -= band[k, j - k + w + 1] * b[j]
        end
        b[k] /= band[k, w + 1]
    end
    return b
end

function interval_of(knots::Vector{Float64}, degree::Int, x::Float64)
    return clamp(searchsortedlast(knots, x), degree + 1, length(knots) - degree - 1)
end

"Values at `x` of the degree + 1 B-splines that are not zero in `interval` (Cox and de Boor)."
function basis!(
    values::Vector{Float64}, knots::Vector{Float64}, degree::Int, interval::Int, x::Float64
)
    values[1] = 1.0
    for d in 1:degree
        saved = 0.0
        for r in 1:d
            right, left = knots[interval + r], knots[interval + r - d]
            share = values[r] / (right - left)
            values[r] = saved + (right - x) * share
            saved = (x - left) * share
        end
        values[d + 1] = saved
    end
    return values
end

"Derivative of a spline: one degree less, and one knot less at each end."
function differentiate(spline::Spline)
    p, knots, c = spline.degree, spline.knots, spline.coefficients
    slopes = [p * (c[i + 1] - c[i]) / (knots[i + p + 1] - knots[i + 1]) for i in 1:(length(c) - 1)]
    return Spline(knots[2:(end - 1)], slopes, p - 1)
end

"Value of a spline at `x`; a step function has at its steps the mean of both sides."
function evaluate(spline::Spline, x::Float64)
    knots, c, p = spline.knots, spline.coefficients, spline.degree
    if p == 0
        before = clamp(searchsortedfirst(knots, x - SAME) - 1, 1, length(c))
        return 0.5 * (c[before] + c[clamp(searchsortedlast(knots, x + SAME), 1, length(c))])
    end
    interval, values, total = interval_of(knots, p, x), zeros(p + 1), 0.0
    basis!(values, knots, p, interval, x)
    for j in 0:p
        total += values[j + 1] * c[interval - p + j]
    end
    return total
end

register!(
    Interpolating();
    name="interpolating_spline_quintic",
    family="spline",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=DEGREE + 1,
    cites=["deboor2001practical"],
    source=@__FILE__,
)

end
