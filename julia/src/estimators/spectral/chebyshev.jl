module Chebyshev

using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..Scaling: unit_time, to_time!
using ..NestedBases

const HIGHEST_DEGREE = 120

"""
Least-squares Chebyshev series whose degree predicts left-out samples best, computed in polynomials
orthonormal on the samples: the same polynomial, without the dependent columns. See Python's `chebyshev`.
"""
struct ChebyshevSeries <: AbstractEstimator end

function estimate(
    ::ChebyshevSeries,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n, m = length(t), length(t_eval)
    x, x_eval, half_width = unit_time(t, t_eval)
    highest = min(n - 4, HIGHEST_DEGREE)
    steps = [Step(k == 0 ? 1 : 0, k) for k in 0:highest]
    basis = build_basis(x, ones(n, 1), steps)
    offset = mean(y)
    coefficients, squares, predictions = fit_nested(basis, y .- offset)
    count = argmin(max.(predictions, rounding_squares(y)))

    depth = maximum(orders) + 1
    multiplier, seeds = zeros(depth, m), zeros(depth, m, 1)
    multiplier[1, :] = x_eval
    seeds[1, :, 1] .= 1.0
    depth > 1 && (multiplier[2, :] .= 1.0)
    functions = differentiate_basis(basis, count, multiplier, seeds)
    values, deviation = zeros(length(orders), m), zeros(length(orders), m)
    scale = sqrt(squares[count] / (n - count))
    for j in 1:m, (i, order) in enumerate(orders)
        terms = view(functions, order + 1, j, :)
        for k in 1:count
            values[i, j] += coefficients[k] * terms[k]
            deviation[i, j] += terms[k]^2
        end
        deviation[i, j] = scale * sqrt(deviation[i, j])
        order == 0 && (values[i, j] += offset)
    end
    return Estimate(
        to_time!(values, orders, half_width);
        standard_deviation=to_time!(deviation, orders, half_width),
        settings=(degree=count - 1,),
    )
end

register!(
    ChebyshevSeries();
    name="chebyshev",
    family="spectral",
    exact_degree=9,
    min_samples=14,
    standard_deviation=true,
    cites=["brubeck2021vandermonde", "allen1974relationship"],
    source=@__FILE__,
)

end
