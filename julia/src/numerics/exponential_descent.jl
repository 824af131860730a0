"""
Least squares over the exponents of a sum of exponentials, by variable projection.

The coefficients of

    f(x) = sum_l a_l P_l(x) + sum_j Re[(g_j - i h_j) e^(s_j x)],    x in [-1, 1]

(h_j = 0 for real s_j) are linear, so that the squares are a function of the exponents alone (Golub
& Pereyra 1973, SIAM J. Numer. Anal. 10, 413; Kaufman 1975, BIT 15, 49). One triangular factor of
[linear columns, columns with x, samples] has all that a step needs. Python's
`numerics/exponentials/exponential_descent.py` takes the same steps.
"""
module ExponentialDescent

using LinearAlgebra: BLAS, LAPACK
using ..DampedSteps
using ..DifferentiatedLegendre: legendre!

export Record, Point, Descent, HIGHEST_DEGREE, DEPENDENT, SLOWEST, advance!, bounds, coordinates
export evaluate, exponential, is_pair, moved, squares

const HIGHEST_DEGREE = 10
# A column of which the others leave less than this share counts as dependent on them.
const DEPENDENT = 1e-12
# The same on the way of a descent, so that it ends where nothing is dependent.
const NEARLY_DEPENDENT = 1e-11
const STEEPEST = 1.0  # e-foldings of growth or decay in a mean sample step, at most
const FASTEST = 0.8  # frequency in units of that of Nyquist, at most
const SLOWEST = 0.05  # least |s| of a real exponent, least frequency: below, it is a polynomial
const TRIES = 8  # dampings of a step
# Longest step: of a rate in units of max(|s|, 1), of a frequency in those of 2, where 3 is a period
# more on the record.
const LONGEST_STEP = 0.7

"""
    Record(x, y, resolution, widest)

Points `x` in [-1, 1], samples `y` of rounding `resolution`, Legendre's `polynomials` there, and
`room` for a matrix of `widest` columns, in which one fit after another is computed.
"""
struct Record
    x::Vector{Float64}
    y::Vector{Float64}
    resolution::Float64
    polynomials::Matrix{Float64}
    room::Matrix{Float64}
end

function Record(x::Vector{Float64}, y::Vector{Float64}, resolution::Float64, widest::Int)
    n = length(x)
    polynomials = legendre!(Matrix{Float64}(undef, n, HIGHEST_DEGREE + 1), x, HIGHEST_DEGREE, 0)
    return Record(x, y, resolution, polynomials, Matrix{Float64}(undef, n, widest))
end

is_pair(exponent::ComplexF64) = imag(exponent) > 0.0

"Real coordinates of the exponents: two for each pair and one for each real exponent."
coordinates(exponents::Vector{ComplexF64}) = length(exponents) + count(is_pair, exponents)

"Largest ``|Re s|`` and largest frequency ``Im s`` that `n` samples on [-1, 1] show."
function bounds(n::Int)
    per_half = 0.5 * (n - 1)
    return STEEPEST * per_half, FASTEST * pi * per_half
end

"``e^(s x - |Re s|)``, at most 1 on [-1, 1]."
function exponential(s::ComplexF64, x::Float64)
    size = exp(real(s) * x - abs(real(s)))
    imag(s) == 0.0 && return complex(size, 0.0)
    sine, cosine = sincos(imag(s) * x)
    return complex(size * cosine, size * sine)
end

"""
    Point

Least squares at given exponents, and their linearisation in these: `coefficients` (K) of the
polynomials, of all real parts, and of the imaginary parts of pairs; `triangle` (K, K), the upper
triangular factor of these columns; `slopes` (p, p), the derivatives of the fitted samples by Re s
of all exponents and by Im s of pairs, less their part along the columns, in orthonormal directions;
`left` (p + 1), the samples that are left over, in these directions and one more.
"""
struct Point
    exponents::Vector{ComplexF64}
    coefficients::Vector{Float64}
    triangle::Matrix{Float64}
    slopes::Matrix{Float64}
    left::Vector{Float64}
end

"Sum of squares that is left."
squares(point::Point) = sum(abs2, point.left)

"""
    evaluate(record, degree, exponents) -> Union{Nothing,Point}

Least squares for the given exponents, of which real ones have imaginary part 0, and the others
stand for a pair and have Im s > 0. It is `nothing` where the columns are numerically dependent, or
as many as the samples.
"""
function evaluate(record::Record, degree::Int, exponents::Vector{ComplexF64})
    m, p = length(exponents), coordinates(exponents)
    K = degree + 1 + p
    K + p < length(record.x) || return nothing
    A = view(record.room, :, 1:(K + p + 1))
    fill_columns!(A, record, degree, exponents)
    LAPACK.geqrf!(A, Vector{Float64}(undef, min(size(A, 1), size(A, 2))))
    R = Float64[i <= j ? A[i, j] : 0.0 for i in 1:K, j in 1:K]
    for j in 1:K
        abs(R[j, j]) < NEARLY_DEPENDENT * sqrt(sum(abs2, view(R, :, j))) && return nothing
    end
    coefficients = BLAS.trsv!('U', 'N', 'N', R, A[1:K, K + p + 1])
    rest = Float64[i <= j ? A[K + i, K + j] : 0.0 for i in 1:p, j in 1:p]
    slopes = slopes_of(rest, exponents, view(coefficients, (degree + 2):K))
    return Point(exponents, coefficients, R, slopes, A[(K + 1):(K + p + 1), K + p + 1])
end

# Polynomials, exponentials, exponentials times x, samples.
function fill_columns!(
    A::AbstractMatrix{Float64}, record::Record, degree::Int, exponents::Vector{ComplexF64}
)
    x, p = record.x, coordinates(exponents)
    for j in 1:(degree + 1), i in eachindex(x)
        A[i, j] = record.polynomials[i, j]
    end
    column, imaginary = degree + 1, degree + 1 + length(exponents)
    for s in exponents
        column += 1
        is_pair(s) && (imaginary += 1)
        for i in eachindex(x)
            value = exponential(s, x[i])
            A[i, column] = real(value)
            A[i, column + p] = real(value) * x[i]
            if is_pair(s)
                A[i, imaginary] = imag(value)
                A[i, imaginary + p] = imag(value) * x[i]
            end
        end
    end
    for i in eachindex(x)
        A[i, degree + 2 + 2p] = record.y[i]
    end
    return A
end

# Of the columns times x the combinations that are derivatives by Re s, then by Im s.
function slopes_of(
    rest::Matrix{Float64}, exponents::Vector{ComplexF64}, coefficients::AbstractVector{Float64}
)
    p, m = size(rest, 1), length(exponents)
    slopes = Matrix{Float64}(undef, p, p)
    pair = m
    for (j, s) in enumerate(exponents)
        is_pair(s) && (pair += 1)
        g, h = coefficients[j], is_pair(s) ? coefficients[pair] : 0.0
        for i in 1:p
            slopes[i, j] = rest[i, j] * g
            if is_pair(s)
                slopes[i, j] += rest[i, pair] * h
                slopes[i, pair] = rest[i, j] * h - rest[i, pair] * g
            end
        end
    end
    return slopes
end

"""
    moved(exponents, step, n) -> Vector{ComplexF64}

Exponents after a step in Re s of all and Im s of pairs, shortened to at most `LONGEST_STEP` and
kept within the bounds of `n` samples. A real exponent that would come to rest within `SLOWEST` of 0
stays on the side it came from.
"""
function moved(exponents::Vector{ComplexF64}, step::Vector{Float64}, n::Int)
    steepest, fastest = bounds(n)
    m = length(exponents)
    longest = 0.0
    for j in eachindex(step)
        size = j <= m ? max(abs(exponents[j]), 1.0) : 2.0
        longest = max(longest, abs(step[j]) / size)
    end
    shortened = max(1.0, longest / LONGEST_STEP)
    pair = m
    result = similar(exponents)
    for (j, s) in enumerate(exponents)
        rate = clamp(real(s) + step[j] / shortened, -steepest, steepest)
        if is_pair(s)
            pair += 1
            frequency = clamp(imag(s) + step[pair] / shortened, SLOWEST, fastest)
            result[j] = complex(rate, frequency)
        else
            result[j] = complex(abs(rate) < SLOWEST ? copysign(SLOWEST, real(s)) : rate, 0.0)
        end
    end
    return result
end

"""
    Descent(degree, point)

Levenberg and Marquardt's descent of the squares, which [`advance!`](@ref) continues. It is
`settled` once a step gains too little, or none gains.
"""
mutable struct Descent
    degree::Int
    point::Point
    settled::Bool
    damping::Float64
end

Descent(degree::Int, point::Point) =
    Descent(degree, point, isempty(point.exponents), FIRST_DAMPING)

"""
    advance!(descent, record, steps, tolerance) -> descent

Take at most `steps` steps, and stop where one lowers the squares by the share `tolerance` or less.
A step that changes them by rounding alone is the last: its length shows the minimum's place where
the squares do not any more. The squares never rise but for rounding.
"""
function advance!(descent::Descent, record::Record, steps::Int, tolerance::Float64)
    for _ in 1:steps
        descent.settled && break
        before = squares(descent.point)
        if step!(descent, record)
            after = squares(descent.point)
            least = max(tolerance * after, indistinct(after, record.y))
            descent.settled = before - after <= least
            descent.damping *= FALL
        else
            descent.settled = true
        end
    end
    return descent
end

# To the first point with squares not above, as the damping rises; whether there is one.
function step!(descent::Descent, record::Record)
    point = descent.point
    left = point.left[1:(end - 1)]
    weights = curvatures(point.slopes)
    highest = squares(point) + indistinct(squares(point), record.y)
    for _ in 1:TRIES
        step = damped_step(point.slopes, left, weights, descent.damping)
        there = moved(point.exponents, step, length(record.x))
        trial = evaluate(record, descent.degree, there)
        if trial !== nothing && squares(trial) <= highest
            descent.point = trial
            return true
        end
        descent.damping *= RISE
    end
    return false
end

end
