module TrendFiltering

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..FiniteDifferences: differentiate_nearest
using ..JumpSplines: difference_spline
using ..SampleScaling: unit_samples
using ..TotalVariation: TotalVariationDerivative
using ..TotalVariationSpline: choose, knots_used, polynomial, DEGREE

# The constants of Python's `trend_filtering`, which explains them.
const PRICE = 2.0
const WIDTH = 9

"Trend filtering of degree 7 on even times, set by Stein's risk; see Python's `trend_filtering`."
struct TrendFilterSeven <: AbstractEstimator end

function estimate(
    ::TrendFilterSeven,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n, samples = length(t), unit_samples(y)
    x = [(s - t[1]) * (n - 1) / (t[n] - t[1]) for s in t]
    fitted, squares = polynomial(x, samples.z, x, [0])
    smooth, settings = fitted[1, :], (knots=0,)
    if squares > samples.floor
        best, noise, _ = choose(difference_spline(n, DEGREE), t, samples, 1.0, PRICE)
        smooth = best.solution.fitted
        settings = (
            penalty=best.penalty * samples.spread,
            knots=count(knots_used(best)),
            noise=noise * samples.spread,
            gap=best.gap,
        )
    end
    values = zeros(length(orders), length(t_eval))
    for (row, order) in enumerate(orders)
        offset = order == 0 ? samples.mean : 0.0
        derivative = differentiate_nearest(t, smooth, t_eval, order, WIDTH)
        values[row, :] = derivative .* samples.spread .+ offset
    end
    return Estimate(values; settings=settings)
end

const CITES = [
    "kim2009trend", "tibshirani2014adaptive", "tibshirani2012degrees", "stein1981estimation"
]

register!(
    TotalVariationDerivative(2, PRICE);
    name="trend_filtering_2",
    family="regularisation",
    max_order=2,
    exact_degree=2,
    min_samples=16,
    cites=CITES,
    prior_names=["TrendFilter-k2"],
    source=@__FILE__,
)

register!(
    TrendFilterSeven();
    name="trend_filtering_7",
    family="regularisation",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=24,
    uneven=false,
    cites=CITES,
    prior_names=["TrendFilter-k7"],
    source=@__FILE__,
)

end
