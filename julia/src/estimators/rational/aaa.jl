module AAA

using LinearAlgebra
using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..AAASteps: begin_steps, add_support!, poles_of
using ..Scaling: unit_time, to_time!
using ..NestedBases: aicc, rounding_squares

const MOST_SUPPORTS = 40
# Singular values below this share of the largest are left out: distant poles are dependent.
const DEPENDENT = 1e-13

"""
Rational least squares: AAA's poles, with a line and residues fitted to all samples; AICc chooses
the step of AAA. See Python's `aaa`.
"""
struct RationalLeastSquares <: AbstractEstimator end

struct Fit
    criterion::Float64
    poles::Vector{ComplexF64}
    coefficients::Vector{Float64}
end

function estimate(
    ::RationalLeastSquares,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n = length(t)
    x, x_eval, half_width = unit_time(t, t_eval)
    offset, floor = mean(y), rounding_squares(y)
    best = best_fit(x, y .- offset, min(div(n, 2), MOST_SUPPORTS), floor)
    values = zeros(length(orders), length(t_eval))
    for (i, order) in enumerate(orders)
        values[i, :] = columns(x_eval, best.poles, order) * best.coefficients
        order == 0 && (values[i, :] .+= offset)
    end
    count = sum(Int[imag(pole) > 0 ? 2 : 1 for pole in best.poles])
    return Estimate(to_time!(values, orders, half_width); settings=(poles=count,))
end

"Run AAA, fit with the poles of each of its steps, and return the fit that minimises AICc."
function best_fit(x::Vector{Float64}, y::Vector{Float64}, most::Int, floor::Float64)
    n = length(x)
    best = fit(x, y, ComplexF64[], floor)
    progress = begin_steps(n)
    while length(progress.support) < most
        add_support!(progress, x, y, sqrt(floor / n)) || break
        length(progress.support) > 1 || continue
        poles = resolved(poles_of(x[progress.support], progress.weights), 2.0 / (n - 1))
        candidate = fit(x, y, poles, floor)
        candidate.criterion < best.criterion && (best = candidate)
    end
    return best
end

"One of each conjugate pair, without the poles closer than `step` to [-1, 1]."
function resolved(poles::Vector{ComplexF64}, step::Float64)
    distance(p) = hypot(max(abs(real(p)) - 1.0, 0.0), imag(p))
    return filter(p -> imag(p) >= 0.0 && distance(p) > step, poles)
end

"Least squares of a line and partial fractions, by singular values."
function fit(x::Vector{Float64}, y::Vector{Float64}, poles::Vector{ComplexF64}, floor::Float64)
    A = columns(x, poles, 0)
    scale = [norm(view(A, :, j)) for j in 1:size(A, 2)]
    factors = svd(A ./ scale')
    kept = findall(factors.S .> DEPENDENT * factors.S[1])
    projected = (factors.U[:, kept]' * y) ./ factors.S[kept]
    coefficients = (factors.Vt[kept, :]' * projected) ./ scale
    residual = y .- A * coefficients
    parameters = 2 + 2 * (size(A, 2) - 2)
    return Fit(aicc(dot(residual, residual), parameters, length(y), floor), poles, coefficients)
end

"Derivatives of one, x, and of real and imaginary part of 1 / (x - p)."
function columns(x::Vector{Float64}, poles::Vector{ComplexF64}, order::Int)
    pairs = findall(p -> imag(p) > 0.0, poles)
    A = zeros(length(x), 2 + length(poles) + length(pairs))
    order == 0 && (A[:, 1] .= 1.0; A[:, 2] = x)
    order == 1 && (A[:, 2] .= 1.0)
    factor = (-1.0)^order * factorial(order)
    for (j, pole) in enumerate(poles), i in 1:length(x)
        A[i, 2 + j] = real(factor / (x[i] - pole)^(order + 1))
    end
    for (j, index) in enumerate(pairs), i in 1:length(x)
        A[i, 2 + length(poles) + j] = imag(factor / (x[i] - poles[index])^(order + 1))
    end
    return A
end

register!(
    RationalLeastSquares();
    name="aaa",
    oracle="oracle_rational",
    family="rational",
    exact_degree=1,
    min_samples=12,
    cites=["nakatsukasa2018aaa", "costa2023aaals", "hurvich1989regression"],
    source=@__FILE__,
)

end
