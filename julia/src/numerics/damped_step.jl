"""
Steps of nonlinear least squares, from the linearisation at a point: `slopes` (r, k), the
derivatives of the fitted values in the parameters, and the residual that is `left` (r), both in any
orthonormal coordinates.
"""
module DampedSteps

using LinearAlgebra: BLAS, LAPACK, norm
using ..ColumnFits: column_norms

export FIRST_DAMPING, FALL, RISE, curvatures, damped_step, indistinct, undamped_step

const FIRST_DAMPING = 1e-3  # relative to the curvature
const FALL, RISE = 0.2, 5.0  # of the damping after a step that helps, and after one that does not
const LEAST_CURVATURE = 1e-3  # of a parameter in the damping, relative to the largest
# Error of a length left of the samples, in that of machine epsilon times the samples' own.
const ROUNDING = 8.0
const DEPENDENT = 1e-12  # share of a direction that the others must leave for an undamped step

"""
    indistinct(squares, y) -> Float64

The change of `squares` left of the samples `y` that rounding may make: which of two that differ by
less is the lower is an accident of the arithmetic.
"""
function indistinct(squares::Float64, y::Vector{Float64})
    rounding = ROUNDING * eps() * norm(y)
    return rounding * (2.0 * sqrt(squares) + rounding)
end

"Norms of the slopes, in units of which the parameters are damped."
function curvatures(slopes::Matrix{Float64})
    norms = column_norms(slopes)
    return max.(norms, LEAST_CURVATURE * maximum(norms), floatmin(Float64))
end

"""
    damped_step(slopes, left, weights, damping) -> Vector{Float64}

The step of Levenberg and Marquardt: it minimises
``|left - slopes step|^2 + damping |weights .* step|^2``.
"""
function damped_step(
    slopes::Matrix{Float64}, left::Vector{Float64}, weights::Vector{Float64}, damping::Float64
)
    r, k = size(slopes)
    stacked = zeros(r + k, k + 1)
    for j in 1:k
        for i in 1:r
            stacked[i, j] = slopes[i, j]
        end
        stacked[r + j, j] = sqrt(damping) * weights[j]
    end
    copyto!(stacked, (r + k) * k + 1, left, 1, r)
    LAPACK.geqrf!(stacked, Vector{Float64}(undef, min(r + k, k + 1)))
    return solution(stacked)
end

"""
    undamped_step(slopes, left) -> Union{Nothing,Vector{Float64}}

The step of Gauss and Newton; `nothing` where the directions are dependent.
"""
function undamped_step(slopes::Matrix{Float64}, left::Vector{Float64})
    r, k = size(slopes)
    r >= k || return nothing
    weights = max.(column_norms(slopes), floatmin(Float64))
    scaled = hcat(slopes ./ weights', left)
    LAPACK.geqrf!(scaled, Vector{Float64}(undef, min(r, k + 1)))
    all(j -> abs(scaled[j, j]) >= DEPENDENT, 1:k) || return nothing
    return solution(scaled) ./ weights
end

# Least squares of the last column by the others, from the triangle above the diagonal of `R`.
function solution(R::Matrix{Float64})
    k = size(R, 2) - 1
    return BLAS.trsv!('U', 'N', 'N', R[1:k, 1:k], R[1:k, k + 1])
end

end
