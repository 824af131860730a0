"""
A polynomial plus a sum of real and complex exponentials, fitted by least squares.

    f(x) = sum_l a_l P_l(x) + sum_j g_j e^(s_j x) + sum_j Re[(g_j - i h_j) e^(s_j x)]

on [-1, 1], with Legendre polynomials P_l, real exponents s_j in the first sum of exponentials, and
complex ones in the second. Python's `numerics/exponentials/exponential_fit.py` is the same.
"""
module ExponentialFits

using ..ColumnFits: fit_columns!, linearised_deviations
using ..DifferentiatedLegendre: legendre!
using ..ExponentialDescent

export ExponentialFit, columns, exponent_columns, fit_coefficients, parameters, refine
export standard_deviations

"""
    ExponentialFit

A least-squares fit with fixed `exponents`: real ones have imaginary part 0, of each conjugate pair
it is the one with Im s > 0. `coefficients` belong to the functions of [`columns`](@ref), `Q` is an
orthonormal basis of these.
"""
struct ExponentialFit
    degree::Int
    exponents::Vector{ComplexF64}
    coefficients::Vector{Float64}
    residual::Vector{Float64}
    squares::Float64
    Q::Matrix{Float64}
end

"Real numbers that the fit has chosen: coefficients and coordinates of exponents."
parameters(fit::ExponentialFit) = length(fit.coefficients) + coordinates(fit.exponents)

"""
    columns(x, degree, exponents, order) -> Matrix{Float64}

Derivatives of the functions that a fit combines: Legendre polynomials, then the real part of
``e^(s x - |Re s|)`` for every exponent, then its imaginary part for those that are not real.
"""
function columns(x::Vector{Float64}, degree::Int, exponents::Vector{ComplexF64}, order::Int)
    A = Matrix{Float64}(undef, length(x), degree + 1 + coordinates(exponents))
    legendre!(A, x, degree, order)
    column, imaginary = degree + 1, degree + 1 + length(exponents)
    for s in exponents
        power = s^order
        column += 1
        is_pair(s) && (imaginary += 1)
        for i in eachindex(x)
            value = power * exponential(s, x[i])
            A[i, column] = real(value)
            is_pair(s) && (A[i, imaginary] = imag(value))
        end
    end
    return A
end

"""
    exponent_columns(x, fit, order) -> Matrix{Float64}

Derivatives (in x, of order `order`) of f's derivatives by Re s of every exponent and by Im s of
those that are not real, with the coefficients of [`columns`](@ref) held.
"""
function exponent_columns(x::Vector{Float64}, fit::ExponentialFit, order::Int)
    m, before = length(fit.exponents), fit.degree + 1
    J = Matrix{Float64}(undef, length(x), coordinates(fit.exponents))
    pair = m
    for (j, s) in enumerate(fit.exponents)
        is_pair(s) && (pair += 1)
        h = is_pair(s) ? fit.coefficients[before + pair] : 0.0
        weight = complex(fit.coefficients[before + j], -h)
        power, lower = s^order, order > 0 ? order * s^(order - 1) : complex(0.0)
        for i in eachindex(x)
            value = weight * exponential(s, x[i])
            by_s = lower + power * x[i]
            # The scale e^(-|Re s|) changes with the rate too.
            J[i, j] = real((by_s - power * sign(real(s))) * value)
            is_pair(s) && (J[i, pair] = -imag(by_s * value))
        end
    end
    return J
end

"Fit polynomial and coefficients; `nothing` where the columns are numerically dependent."
function fit_coefficients(
    x::Vector{Float64}, y::Vector{Float64}, degree::Int, exponents::Vector{ComplexF64}
)
    found = fit_columns!(columns(x, degree, exponents, 0), y, DEPENDENT)
    found === nothing && return nothing
    return ExponentialFit(
        degree, exponents, found.coefficients, found.residual, found.squares, found.Q
    )
end

"""
    refine(record, fit, tolerance, iterations) -> ExponentialFit

Move the exponents to a local minimum of the squares: at most `iterations` steps, until one lowers
the squares by no more than the share `tolerance`. It is `fit` itself where its columns are nearly
dependent, or the samples too few to move exponents; the squares never rise but for rounding.
"""
function refine(record::Record, fit::ExponentialFit, tolerance::Float64, iterations::Int)
    start = evaluate(record, fit.degree, fit.exponents)
    start === nothing && return fit
    descent = advance!(Descent(fit.degree, start), record, iterations, tolerance)
    better = fit_coefficients(record.x, record.y, fit.degree, descent.point.exponents)
    # Two factorisations may differ by rounding on what is dependent.
    return better === nothing ? fit : better::ExponentialFit
end

"""
    standard_deviations(x, fit, x_eval, orders) -> Matrix{Float64}

Standard deviations of f's derivatives (rows: `orders`) at `x_eval`. Coefficients and exponents both
vary, linearised; the noise's variance is that of the residual.
"""
function standard_deviations(
    x::Vector{Float64}, fit::ExponentialFit, x_eval::Vector{Float64}, orders::Vector{Int}
)
    gradient(points, order) = hcat(
        columns(points, fit.degree, fit.exponents, order), exponent_columns(points, fit, order)
    )
    variance = fit.squares / max(length(x) - parameters(fit), 1)
    gradients = Matrix{Float64}[gradient(x_eval, order) for order in orders]
    return linearised_deviations(gradient(x, 0), gradients, variance)
end

end
