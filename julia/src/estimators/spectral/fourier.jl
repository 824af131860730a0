module Fourier

using LinearAlgebra: axpy!, dot, norm
using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..Scaling: unit_time, to_time!
using ..NestedBases
using ..SeriesBases

# Period divided by the record's length. At 1 the ends would have to agree in every derivative.
const EXTENSIONS = (1.1, 1.25, 1.5, 2.0)
const MOST_HARMONICS = 60
# A trend of which the harmonics leave less than this share depends on them.
const DEPENDENT_TREND = 1e-10

"""
Least-squares Fourier extension with a linear trend; period and number of harmonics minimise AICc.
See Python's `fourier`.
"""
struct FourierExtension <: AbstractEstimator end

"Least-squares fit of `basis` and the trend `x - trend' * basis`, with its residuals."
struct Fit
    criterion::Float64
    extension::Float64
    basis::NestedBasis
    coefficients::Vector{Float64}
    trend::Vector{Float64}
    count::Int           # functions kept
    slope::Float64
    trend_norm::Float64  # infinite without a trend
    residual_squares::Float64
end

function estimate(
    ::FourierExtension,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n, m = length(t), length(t_eval)
    x, x_eval, half_width = unit_time(t, t_eval)
    offset, floor = mean(y), rounding_squares(y)
    centred = y .- offset
    fits = Fit[best_of(x, centred, extension, floor) for extension in EXTENSIONS]
    best = fits[argmin([fit.criterion for fit in fits])]
    functions = differentiate_harmonics(
        best.basis, best.count, x_eval, pi / best.extension, maximum(orders) + 1)
    values, deviation = zeros(length(orders), m), zeros(length(orders), m)
    variance = best.residual_squares / (n - best.count - isfinite(best.trend_norm))
    for j in 1:m, (i, order) in enumerate(orders)
        trend = order == 0 ? x_eval[j] : Float64(order == 1)
        squares = 0.0
        for k in 1:best.count
            term = functions[order + 1, j, k]
            trend -= best.trend[k] * term
            values[i, j] += best.coefficients[k] * term
            squares += term^2
        end
        values[i, j] += best.slope * trend + (order == 0 ? offset : 0.0)
        deviation[i, j] = sqrt(variance * (squares + (trend / best.trend_norm)^2))
    end
    return Estimate(
        to_time!(values, orders, half_width);
        standard_deviation=to_time!(deviation, orders, half_width),
        settings=(harmonics=div(best.count, 2), period=2 * half_width * best.extension),
    )
end

"""
    best_of(x, y, extension, floor) -> Fit

The number of harmonics that minimises AICc with this period. The trend is not a harmonic; it is
fitted by the part of it that the harmonics leave.
"""
function best_of(x::Vector{Float64}, y::Vector{Float64}, extension::Float64, floor::Float64)
    n = length(x)
    basis = harmonic_basis(x, pi / extension, min(div(n - 6, 2), MOST_HARMONICS))
    count = length(basis.steps)
    coefficients, trend = zeros(count), zeros(count)
    left, left_trend = copy(y), copy(x)
    best = Fit(Inf, extension, basis, coefficients, trend, 1, 0.0, Inf, 0.0)
    for k in 1:count
        column = view(basis.columns, :, k)
        coefficients[k], trend[k] = dot(column, left), dot(column, left_trend)
        axpy!(-coefficients[k], column, left)
        axpy!(-trend[k], column, left_trend)
        iseven(k) && continue  # a cosine without its sine is no candidate
        share = norm(left_trend)
        share > DEPENDENT_TREND * norm(x) || (share = Inf)
        slope = dot(left_trend, left) / share^2
        squares = sum((left[i] - slope * left_trend[i])^2 for i in 1:n)
        criterion = aicc(squares, k + isfinite(share), n, floor)
        criterion < best.criterion && (best = Fit(
            criterion, extension, basis, coefficients, trend, k, slope, share, squares))
    end
    return best
end

register!(
    FourierExtension();
    name="fourier",
    oracle="oracle_fourier",
    family="spectral",
    exact_degree=1,
    min_samples=14,
    standard_deviation=true,
    cites=["huybrechs2010fourier", "brubeck2021vandermonde", "hurvich1989regression"],
    source=@__FILE__,
)

end
