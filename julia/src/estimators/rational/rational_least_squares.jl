module RationalLeastSquares

using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..RationalFits: columns, distances, parameters, standard_deviations
using ..RationalSelection: best_fit
using ..Scaling: unit_time, to_time!

"""
A polynomial and partial fractions, with poles that AAA finds, least squares moves, and BIC counts.
See Python's `rational_least_squares`.

Settings are the number of `poles`, the `degree` of the polynomial, the `nearest` pole's distance
from the record [time], and the standard deviation of the `noise` [signal]; of equal samples the
first two.
"""
struct MovedPoles <: AbstractEstimator end

function estimate(
    ::MovedPoles,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    x, x_eval, half_width = unit_time(t, t_eval)
    offset = mean(y)
    resolution = 4.0 * eps() * maximum(abs, y)
    scale = maximum(sample -> abs(sample - offset), y)
    row = findfirst(isequal(0), orders)
    values = zeros(length(orders), length(t_eval))
    if scale <= resolution
        row === nothing || (values[row, :] .= offset)
        return Estimate(values; standard_deviation=zero(values), settings=(poles=0, degree=0))
    end
    fit = best_fit(x, (y .- offset) ./ scale, resolution / scale)
    for (i, order) in enumerate(orders)
        values[i, :] = scale .* (columns(x_eval, fit.degree, fit.poles, order) * fit.coefficients)
    end
    deviation = scale .* standard_deviations(x, fit, x_eval, orders)
    row === nothing || (values[row, :] .+= offset)
    settings = (
        poles=sum(Int[imag(pole) > 0.0 ? 2 : 1 for pole in fit.poles]),
        degree=fit.degree,
        nearest=half_width * minimum(vcat(Inf, distances(fit.poles))),
        noise=scale * sqrt(fit.squares / (length(t) - parameters(fit))),
    )
    return Estimate(
        to_time!(values, orders, half_width);
        standard_deviation=to_time!(deviation, orders, half_width),
        settings=settings,
    )
end

register!(
    MovedPoles();
    name="rational_least_squares",
    oracle="oracle_rational",
    family="rational",
    exact_degree=8,
    min_samples=12,
    standard_deviation=true,
    cites=[
        "nakatsukasa2018aaa",
        "costa2023aaals",
        "golub1973differentiation",
        "schwarz1978estimating",
    ],
    source=@__FILE__,
)

end
