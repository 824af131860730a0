module TotalVariation

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..FiniteDifferences: differentiate_nearest
using ..SampleScaling: unit_samples
using ..SplineProcess: choose_by_validation, describe
import ..SplineProcess
using ..TrendFilters: prepare, search

# The constants of Python's `total_variation_jerk`.
const PILOT_ORDER = 6
const PRICE = 3.0

"""
Least squares plus the total variation of the derivative of order `degree`, the penalty chosen for
least risk at `price` noise variances for a degree of freedom. See Python's `total_variation_jerk`.
"""
struct TotalVariationDerivative <: AbstractEstimator
    degree::Int
    price::Float64
end

function estimate(
    method::TotalVariationDerivative,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n, degree = length(t), method.degree
    problem = prepare(t, y, degree)
    noise = noise_of(t, y)
    least = max(noise, sqrt(problem.floor / n))
    low = log10(least / max(problem.spread, floatmin(Float64))) - 1
    risk(squares::Float64, freedom::Int) = squares + method.price * noise^2 * freedom
    fit = search(problem, risk, low, low + 1 + (degree + 0.5) * log10(n / 4))
    width = degree + 1 + degree % 2  # an odd number of samples
    values = zeros(length(orders), length(t_eval))
    for (row, order) in enumerate(orders)
        values[row, :] = differentiate_nearest(t, fit.smooth, t_eval, order, width)
    end
    settings = (penalty=problem.spread * 10.0^fit.exponent, knots=fit.knots, noise=noise)
    return Estimate(values; settings=settings)
end

"Standard deviation of the noise, by the smoothing spline that GCV chooses."
function noise_of(t::Vector{Float64}, y::Vector{Float64})
    samples = unit_samples(y)
    samples.spread == 0.0 && return 0.0
    pilot = SplineProcess.prepare(t, samples, PILOT_ORDER)
    return samples.spread * describe(pilot, choose_by_validation(pilot))[3]
end

const CITES = [
    "kim2009trend", "tibshirani2014adaptive", "tibshirani2012degrees", "friedman1991multivariate"
]

for (name, degree, cites) in (
    ("total_variation_velocity", 1, vcat(CITES, "chartrand2011numerical")),
    ("total_variation_acceleration", 2, CITES),
    ("total_variation_jerk", 3, CITES),
)
    register!(
        TotalVariationDerivative(degree, PRICE);
        name=name,
        family="regularisation",
        max_order=degree,
        exact_degree=degree,
        min_samples=16,
        cites=cites,
        source=@__FILE__,
    )
end

end
