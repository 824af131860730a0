"""
Least squares of a polynomial and partial fractions, and of the poles' places.

For given poles p_j the rational function

    r(x) = sum_l a_l P_l(x) + Re sum_j g_j / (x - p_j)

is linear in a_l and g_j. A pair of complex poles is represented by the one in the upper half plane.
Python's `numerics/rational/rational_fit.py` is the same.
"""
module RationalFits

using LinearAlgebra: BLAS, dot
using ..ColumnFits: fit_columns!, linearised_deviations, project_out!
using ..DifferentiatedLegendre: legendre!

export Record, RationalFit, DEPENDENT, coordinates, parameters, distance, distances, is_pair
export fit_residues, columns, pole_columns, most_useful_pole, standard_deviations

# A column of which the others leave less than this share counts as dependent on them.
const DEPENDENT = 1e-12
const BLOCK = 64  # candidates that are tried at once

"""
    Record(x, y, nearest, resolution)

Points `x` in [-1, 1] and samples `y` of rounding `resolution`; poles stay `nearest` or more away
from [-1, 1].
"""
struct Record
    x::Vector{Float64}
    y::Vector{Float64}
    nearest::Float64
    resolution::Float64
end

"""
    RationalFit

A least-squares fit with fixed `poles`: one of each conjugate pair, imaginary part positive, and
real ones outside [-1, 1]. `coefficients` belong to the functions of [`columns`](@ref).
"""
struct RationalFit
    degree::Int
    poles::Vector{ComplexF64}
    coefficients::Vector{Float64}
    residual::Vector{Float64}
    squares::Float64
    Q::Matrix{Float64}
end

"Real coordinates of the poles: two for each pair and one for each real pole."
coordinates(poles::Vector{ComplexF64}) = length(poles) + count(p -> imag(p) != 0.0, poles)

"Real numbers that the fit has chosen: coefficients and coordinates of poles."
parameters(fit::RationalFit) = length(fit.coefficients) + coordinates(fit.poles)

"Distance of a pole from the interval [-1, 1]."
distance(pole::ComplexF64) = hypot(max(abs(real(pole)) - 1.0, 0.0), imag(pole))

distances(poles::Vector{ComplexF64}) = distance.(poles)

is_pair(pole::ComplexF64) = imag(pole) > 0.0

"Fit polynomial and residues; `nothing` where the columns are numerically dependent."
function fit_residues(record::Record, degree::Int, poles::Vector{ComplexF64})
    found = fit_columns!(columns(record.x, degree, poles, 0), record.y, DEPENDENT)
    found === nothing && return nothing
    return RationalFit(degree, poles, found.coefficients, found.residual, found.squares, found.Q)
end

# z^-power for power >= 1; poles are far enough from the points that no square overflows.
function inverse_power(z::ComplexF64, power::Int)
    inverse = conj(z) / abs2(z)
    result = inverse
    for _ in 2:power
        result *= inverse
    end
    return result
end

"""
    columns(x, degree, poles, order) -> Matrix{Float64}

Derivatives of the functions that a fit combines: Legendre polynomials, then the real part of
``1 / (x - p)`` for every pole, then its imaginary part for those that are not real.
"""
function columns(x::Vector{Float64}, degree::Int, poles::Vector{ComplexF64}, order::Int)
    A = Matrix{Float64}(undef, length(x), degree + 1 + coordinates(poles))
    legendre!(A, x, degree, order)
    factor = (-1.0)^order * factorial(order)
    real_column, imaginary_column = degree + 1, degree + 1 + length(poles)
    for pole in poles
        real_column += 1
        is_pair(pole) && (imaginary_column += 1)
        for i in eachindex(x)
            fraction = factor * inverse_power(x[i] - pole, order + 1)
            A[i, real_column] = real(fraction)
            is_pair(pole) && (A[i, imaginary_column] = imag(fraction))
        end
    end
    return A
end

"""
    pole_columns(x, fit, order) -> Matrix{Float64}

Derivatives (in x, of order `order`) of r's derivatives in the poles' coordinates: for each pair the
real part in units of the distance from [-1, 1], for each pair the logarithm of the imaginary part,
for each real pole the logarithm of its distance.
"""
function pole_columns(x::Vector{Float64}, fit::RationalFit, order::Int)
    poles = fit.poles
    pairs = count(is_pair, poles)
    J = Matrix{Float64}(undef, length(x), coordinates(poles))
    factor = (-1.0)^order * factorial(order + 1)
    before = fit.degree + 1
    pair, single = 0, 2 * pairs
    for (j, pole) in enumerate(poles)
        here = distance(pole)
        if is_pair(pole)
            pair += 1
            slope = factor * complex(
                fit.coefficients[before + j], -fit.coefficients[before + length(poles) + pair]
            )
            for i in eachindex(x)
                change = slope * inverse_power(x[i] - pole, order + 2)
                J[i, pair] = real(change) * here
                J[i, pairs + pair] = -imag(change) * imag(pole)
            end
        else
            single += 1
            slope = complex(factor * fit.coefficients[before + j], 0.0)
            for i in eachindex(x)
                change = slope * inverse_power(x[i] - pole, order + 2)
                J[i, single] = real(change) * sign(real(pole)) * here
            end
        end
    end
    return J
end

"""
    most_useful_pole(record, fit, candidates) -> ComplexF64

The candidate (none real) whose pair, added to the fit, lowers the squares most.
"""
function most_useful_pole(record::Record, fit::RationalFit, candidates::Vector{ComplexF64})
    most, best = -Inf, candidates[1]
    for first in 1:BLOCK:length(candidates)
        block = candidates[first:min(first + BLOCK - 1, end)]
        for (pole, explained) in zip(block, explained_squares(record, fit, block))
            explained > most && ((most, best) = (explained, pole))
        end
    end
    return best
end

# Squares that each candidate's pair would explain beside the fit.
function explained_squares(record::Record, fit::RationalFit, candidates::Vector{ComplexF64})
    fractions = [inverse_power(point - pole, 1) for point in record.x, pole in candidates]
    A, B = project_out!(real.(fractions), fit.Q), project_out!(imag.(fractions), fit.Q)
    return map(1:length(candidates)) do j
        a, b = view(A, :, j), view(B, :, j)
        aa = max(dot(a, a), floatmin(Float64))
        BLAS.axpy!(-dot(a, b) / aa, a, b)
        dot(fit.residual, a)^2 / aa + dot(fit.residual, b)^2 / max(dot(b, b), floatmin(Float64))
    end
end

"""
    standard_deviations(x, fit, x_eval, orders) -> Matrix{Float64}

Standard deviations of r's derivatives (rows: `orders`) at `x_eval` by linearised least squares.
Residues and poles both vary.
"""
function standard_deviations(
    x::Vector{Float64}, fit::RationalFit, x_eval::Vector{Float64}, orders::Vector{Int}
)
    gradient(points, order) =
        hcat(columns(points, fit.degree, fit.poles, order), pole_columns(points, fit, order))
    variance = fit.squares / max(length(x) - parameters(fit), 1)
    gradients = Matrix{Float64}[gradient(x_eval, order) for order in orders]
    return linearised_deviations(gradient(x, 0), gradients, variance)
end

end
