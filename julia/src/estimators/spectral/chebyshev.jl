module Chebyshev

using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..Scaling: unit_time, to_time!
using ..NestedBases
using ..SeriesBases

const HIGHEST_DEGREE = 120
const AICC_DEGREES = (3, 30)

"""
Least-squares Chebyshev series whose degree predicts left-out samples best, computed in polynomials
orthonormal on the samples: the same polynomial, without the dependent columns. See Python's
`chebyshev`.
"""
struct ChebyshevSeries <: AbstractEstimator end

"Least-squares Chebyshev series of degree 3 to min(30, n - 4) by AICc; Python's `chebyshev_aicc`."
struct ChebyshevAICc <: AbstractEstimator end

function estimate(
    ::ChebyshevSeries,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    basis = polynomial_basis(unit_time(t, t)[1], min(length(t) - 4, HIGHEST_DEGREE))
    predictions = fit_nested(basis, y .- mean(y))[3]
    degree = argmin(max.(predictions, rounding_squares(y))) - 1
    return fit_degree(t, y, t_eval, orders, degree)
end

function estimate(
    ::ChebyshevAICc,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n, floor = length(t), rounding_squares(y)
    lowest, highest = AICC_DEGREES
    basis = polynomial_basis(unit_time(t, t)[1], min(highest, n - 4))
    squares = fit_nested(basis, y .- mean(y))[2]
    criterion = [aicc(squares[k + 1], k + 1, n, floor) for k in lowest:(length(squares) - 1)]
    return fit_degree(t, y, t_eval, orders, lowest + argmin(criterion) - 1)
end

"The least-squares polynomial of `degree` (0 to n - 1), differentiated."
function fit_degree(
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
    degree::Int,
)
    x, x_eval, half_width = unit_time(t, t_eval)
    offset = mean(y)
    basis = polynomial_basis(x, degree)
    coefficients, squares, _ = fit_nested(basis, y .- offset)
    functions = differentiate_polynomials(basis, degree + 1, x_eval, maximum(orders) + 1)
    variance = squares[end] / (length(t) - degree - 1)
    values, deviation = combine(functions, coefficients, orders, offset, variance)
    return Estimate(
        to_time!(values, orders, half_width);
        standard_deviation=to_time!(deviation, orders, half_width),
        settings=(degree=degree,),
    )
end

register!(
    ChebyshevSeries();
    name="chebyshev",
    oracle="oracle_chebyshev",
    family="spectral",
    exact_degree=9,
    min_samples=14,
    standard_deviation=true,
    cites=["brubeck2021vandermonde", "allen1974relationship"],
    source=@__FILE__,
)

register!(
    ChebyshevAICc();
    name="chebyshev_aicc",
    oracle="oracle_chebyshev",
    family="spectral",
    exact_degree=20,
    min_samples=8,
    standard_deviation=true,
    cites=["brubeck2021vandermonde", "hurvich1989regression"],
    prior_names=["Chebyshev-AICc"],
    source=@__FILE__,
)

end
