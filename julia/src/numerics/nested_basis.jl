"""
Least squares in nested spaces of functions, by a basis that is orthonormal on the samples.

Each basis function is an earlier one times a fixed multiplier, or a seed function, made
orthonormal to all before it (Vandermonde with Arnoldi; Brubeck, Nakatsukasa & Trefethen 2021, SIAM
Rev. 63, 405). Python's `numerics/bases/nested_basis.py` has the same functions.
"""
module NestedBases

using LinearAlgebra

export Step, NestedBasis, build_basis, differentiate_basis, fit_nested, rounding_squares, aicc, gcv

# A function of whose norm projection leaves no more than this share is in the space already.
const DEPENDENT = 1e-13

"Start of a basis function: seed number `seed`, or the multiplier times function `parent`; 0: none."
struct Step
    seed::Int
    parent::Int
end

"Basis functions by their recurrence: `columns` (n, K) are orthonormal."
struct NestedBasis
    steps::Vector{Step}
    columns::Matrix{Float64}
    projections::Matrix{Float64}
    norms::Vector{Float64}
end

"""
    build_basis(multiplier, seeds, steps) -> NestedBasis

The basis of `steps` on the samples, with `multiplier` (n) and `seeds` (n, s) there; it ends
before a function that depends on earlier ones.
"""
function build_basis(multiplier::Vector{Float64}, seeds::Matrix{Float64}, steps::Vector{Step})
    n, count = length(multiplier), length(steps)
    columns, projections = zeros(n, count), zeros(count, count)
    norms = zeros(count)
    for k in 1:count
        step = steps[k]
        column = step.seed > 0 ? seeds[:, step.seed] : multiplier .* columns[:, step.parent]
        before = norm(column)
        earlier = view(columns, :, 1:(k - 1))
        for _ in 1:2  # twice is enough (Kahan, Parlett)
            along = earlier' * column
            mul!(column, earlier, along, -1.0, 1.0)
            projections[1:(k - 1), k] .+= along
        end
        norms[k] = norm(column)
        if norms[k] <= DEPENDENT * before
            count = k - 1
            break
        end
        columns[:, k] = column ./ norms[k]
    end
    kept = 1:count
    return NestedBasis(steps[kept], columns[:, kept], projections[kept, kept], norms[kept])
end

"""
    differentiate_basis(basis, count, multiplier, seeds) -> Array{Float64,3}

Derivatives (order + 1, m, count) of the first `count` functions from those of the multiplier
(order + 1, m) and of the seeds (order + 1, m, s).
"""
function differentiate_basis(
    basis::NestedBasis, count::Int, multiplier::Matrix{Float64}, seeds::Array{Float64,3}
)
    depth, m = size(multiplier)
    result = zeros(depth, m, count)
    for k in 1:count
        step = basis.steps[k]
        if step.seed > 0
            result[:, :, k] = seeds[:, :, step.seed]
        else
            for p in 1:m, j in 0:(depth - 1), i in 0:j  # Leibniz's rule
                result[j + 1, p, k] +=
                    binomial(j, i) * multiplier[i + 1, p] * result[j - i + 1, p, step.parent]
            end
        end
        for earlier in 1:(k - 1)
            along = basis.projections[earlier, k]
            for p in 1:m, j in 1:depth
                result[j, p, k] -= along * result[j, p, earlier]
            end
        end
        for p in 1:m, j in 1:depth
            result[j, p, k] /= basis.norms[k]
        end
    end
    return result
end

"""
    fit_nested(basis, y) -> (coefficients, residual_squares, prediction_squares)

Fit `y` in every nested space at once, from explicit residuals. The `prediction_squares` are the
sums of squares of the leave-one-out residuals, `r[i] / (1 - h[i, i])`.
"""
function fit_nested(basis::NestedBasis, y::Vector{Float64})
    residual, leverage = copy(y), zeros(length(y))
    count = size(basis.columns, 2)
    coefficients, squares, predictions = zeros(count), zeros(count), zeros(count)
    for k in 1:count
        column = view(basis.columns, :, k)
        coefficients[k] = dot(column, residual)
        axpy!(-coefficients[k], column, residual)
        leverage .+= column .^ 2
        squares[k] = dot(residual, residual)
        for i in 1:length(y)
            # At leverage 1 no other sample predicts this one: both terms are rounding.
            predictions[k] += (residual[i] / max(1.0 - leverage[i], eps()))^2
        end
    end
    return coefficients, squares, predictions
end

"Residual sum of squares below which only the rounding of `y` is left."
rounding_squares(y::Vector{Float64}) = length(y) * (2 * eps() * maximum(abs, y))^2

"""
    aicc(residual_squares, parameters, n, floor)

Corrected Akaike criterion `n log(RSS / n) + 2 p n / (n - p - 1)`, p = parameters + 1 (Hurvich &
Tsai 1989); infinite where n <= p + 1. RSS below `floor` is rounding and counts as `floor`.
"""
function aicc(residual_squares::Float64, parameters::Int, n::Int, floor::Float64)
    p = parameters + 1
    room = n - p - 1
    room > 0 || return Inf
    squares = max(residual_squares, floor, floatmin(Float64))
    return n * log(squares / n) + 2 * p * n / room
end

"""
    gcv(residual_squares, parameters, n, floor)

Generalised cross-validation `n RSS / (n - parameters)^2` (Craven & Wahba 1978); infinite where no
sample is left over. RSS below `floor` is rounding and counts as `floor`.
"""
function gcv(residual_squares::Float64, parameters::Int, n::Int, floor::Float64)
    room = n - parameters
    room > 0 || return Inf
    return n * max(residual_squares, floor, floatmin(Float64)) / room^2
end

end
