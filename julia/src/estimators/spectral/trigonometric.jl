module Trigonometric

using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..Scaling: unit_time, to_time!
using ..NestedBases
using ..SeriesBases

const FOURIER_HARMONICS = 25
# Times in [-1, 1]: the period is the record's length, 2.
const FREQUENCY = Float64(pi)

"""
Least-squares Fourier series of 1 to 25 harmonics by GCV; the period is the record's length. See
Python's `fourier_gcv`.
"""
struct FourierGCV <: AbstractEstimator end

function estimate(
    ::FourierGCV,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n, floor = length(t), rounding_squares(y)
    x, x_eval, half_width = unit_time(t, t_eval)
    offset = mean(y)
    basis = harmonic_basis(x, FREQUENCY, min(FOURIER_HARMONICS, div(n - 3, 2)))
    coefficients, squares, _ = fit_nested(basis, y .- offset)
    most = div(length(coefficients) - 1, 2)
    harmonics = argmin([gcv(squares[2 * k + 1], 2 * k + 1, n, floor) for k in 1:most])
    count = 2 * harmonics + 1
    functions = differentiate_harmonics(basis, count, x_eval, FREQUENCY, maximum(orders) + 1)
    variance = squares[count] / (n - count)
    values, deviation = combine(functions, coefficients, orders, offset, variance)
    return Estimate(
        to_time!(values, orders, half_width);
        standard_deviation=to_time!(deviation, orders, half_width),
        settings=(harmonics=harmonics,),
    )
end

register!(
    FourierGCV();
    name="fourier_gcv",
    family="spectral",
    exact_degree=0,
    min_samples=9,
    standard_deviation=true,
    cites=["craven1978smoothing"],
    exempt=[
        "falls_with_noise" => "small noise admits more harmonics, and the slope of Gibbs's " *
                              "oscillations at the ends grows with them",
    ],
    prior_names=["Fourier-GCV"],
    source=@__FILE__,
)

end
