module Fourier

using LinearAlgebra: axpy!, dot, norm
using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..Scaling: unit_time, to_time!
using ..NestedBases

# Period divided by the record's length. At 1 the ends would have to agree in every derivative.
const EXTENSIONS = (1.1, 1.25, 1.5, 2.0)
const MOST_HARMONICS = 60
# A trend of which the harmonics leave less than this share is theirs already.
const DEPENDENT_TREND = 1e-10

"""
Least-squares Fourier extension with a linear trend; period and number of harmonics minimise AICc.
See Python's `fourier`.
"""
struct FourierExtension <: AbstractEstimator end

"Least squares of `basis` and the trend `x - trend' * basis`, with what it leaves."
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
    multiplier, seeds = derivatives(x_eval, pi / best.extension, maximum(orders) + 1)
    functions = differentiate_basis(best.basis, best.count, multiplier, seeds)
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

The number of harmonics that minimises AICc with this period. One and the harmonics are closed
under multiplication by the first cosine, so that their basis grows by it; the trend is not of
their kind and is fitted beside them, by what they leave of it.
"""
function best_of(x::Vector{Float64}, y::Vector{Float64}, extension::Float64, floor::Float64)
    n = length(x)
    theta = (pi / extension) .* x
    steps = harmonic_steps(min(div(n - 6, 2), MOST_HARMONICS))
    basis = build_basis(cos.(theta), [ones(n) sin.(theta)], steps)
    count = length(basis.steps)
    coefficients, trend = zeros(count), zeros(count)
    left, left_trend = copy(y), copy(x)
    best = Fit(Inf, extension, basis, coefficients, trend, 1, 0.0, Inf, 0.0)
    for k in 1:count
        column = view(basis.columns, :, k)
        coefficients[k], trend[k] = dot(column, left), dot(column, left_trend)
        axpy!(-coefficients[k], column, left)
        axpy!(-trend[k], column, left_trend)
        iseven(k) && continue  # a cosine waits for its sine
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

"One, then cos and sin of each harmonic: cos times the function two before."
function harmonic_steps(harmonics::Int)
    steps = [Step(1, 0)]
    for harmonic in 1:harmonics
        first = harmonic == 1
        push!(steps, Step(0, first ? 1 : 2 * harmonic - 2))
        push!(steps, first ? Step(2, 0) : Step(0, 2 * harmonic - 1))
    end
    return steps
end

"Derivatives of order 0 to depth - 1 of cos, and of the seeds one and sin."
function derivatives(x::Vector{Float64}, frequency::Float64, depth::Int)
    m = length(x)
    multiplier, seeds = zeros(depth, m), zeros(depth, m, 2)
    seeds[1, :, 1] .= 1.0
    for j in 1:m
        cosine, sine = cos(frequency * x[j]), sin(frequency * x[j])
        signed = (cosine, -sine, -cosine, sine)  # k-th derivative of cos: signed[k mod 4 + 1]
        for k in 0:(depth - 1)
            multiplier[k + 1, j] = frequency^k * signed[mod(k, 4) + 1]
            seeds[k + 1, j, 2] = frequency^k * signed[mod(k + 3, 4) + 1]
        end
    end
    return multiplier, seeds
end

register!(
    FourierExtension();
    name="fourier",
    family="spectral",
    exact_degree=1,
    min_samples=14,
    standard_deviation=true,
    cites=["huybrechs2010fourier", "brubeck2021vandermonde", "hurvich1989regression"],
    source=@__FILE__,
)

end
