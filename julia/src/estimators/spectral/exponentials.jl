module Exponentials

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..ExponentialDescent: is_pair
using ..ExponentialFits: columns, parameters, standard_deviations
using ..ExponentialSelection: best_fit
using ..SampleScaling: unit_samples
using ..Scaling: unit_time, to_time!

"""
A polynomial plus decays, growths and damped or growing tones: a grid finds the exponents, least
squares moves them, BIC counts. See Python's `exponentials`.

Settings are the numbers of `real` exponents and of `complex` pairs, the `degree` of the polynomial,
the `fastest` exponent's modulus [1 / time], and the standard deviation of the `noise` [signal]; of
equal samples the first three.
"""
struct SumOfExponentials <: AbstractEstimator end

function estimate(
    ::SumOfExponentials,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n = length(t)
    x, x_eval, half_width = unit_time(t, t_eval)
    samples = unit_samples(y)
    row = findfirst(isequal(0), orders)
    values = zeros(length(orders), length(t_eval))
    if samples.spread == 0.0
        row === nothing || (values[row, :] .+= samples.mean)
        settings = (real=0, complex=0, degree=0)
        return Estimate(values; standard_deviation=zero(values), settings=settings)
    end
    fit = best_fit(x, samples.z, sqrt(samples.floor / n))
    for (i, order) in enumerate(orders)
        functions = columns(x_eval, fit.degree, fit.exponents, order)
        values[i, :] = samples.spread .* (functions * fit.coefficients)
    end
    deviation = samples.spread .* standard_deviations(x, fit, x_eval, orders)
    row === nothing || (values[row, :] .+= samples.mean)
    pairs = count(is_pair, fit.exponents)
    settings = (
        real=length(fit.exponents) - pairs,
        complex=pairs,
        degree=fit.degree,
        fastest=maximum(vcat(0.0, abs.(fit.exponents))) / half_width,
        noise=samples.spread * sqrt(fit.squares / (n - parameters(fit))),
    )
    return Estimate(
        to_time!(values, orders, half_width);
        standard_deviation=to_time!(deviation, orders, half_width),
        settings=settings,
    )
end

register!(
    SumOfExponentials();
    name="exponentials",
    family="spectral",
    exact_degree=10,
    min_samples=20,
    standard_deviation=true,
    cites=[
        "golub1973differentiation",
        "kaufman1975variable",
        "marquardt1963algorithm",
        "chen1989orthogonal",
        "istratov1999exponential",
        "schwarz1978estimating",
    ],
    source=@__FILE__,
)

end
