"""
The places of a rational function's poles, moved to minimise the squares; the functions of Python's
`numerics/rational/rational_fit.py`.

Polynomial and residues follow from the poles by least squares, so that only the poles are searched
(variable projection: Golub & Pereyra 1973, SIAM J. Numer. Anal. 10, 413), by
Levenberg-Marquardt's method with the Jacobian of Kaufman (1975, BIT 15, 49).
"""
module RationalRefinement

using LinearAlgebra: BLAS, LAPACK
using ..ColumnFits: column_norms, project_out!
using ..RationalFits

export moved, refine, polish

const FARTHEST = 50.0  # largest distance of a pole from 0, the middle of the record
const LONGEST_STEP = 0.7  # of a pole, in units of its distance, or of that distance's logarithm
const FIRST_DAMPING = 1e-3
const FALL, RISE = 0.2, 5.0  # of the damping after a step that helps, and after one that does not
const TRIES = 9  # dampings of a step
const LEAST_CURVATURE = 1e-3  # of a parameter in the damping, relative to the largest
const POLISHING_STEPS = 30

"""
    moved(poles, step, nearest) -> Vector{ComplexF64}

Poles after a step in the coordinates of `pole_columns`. They stay at least `nearest` away from
[-1, 1], and at most `FARTHEST` away from 0.
"""
function moved(poles::Vector{ComplexF64}, step::Vector{Float64}, nearest::Float64)
    pairs = count(is_pair, poles)
    pair, single = 0, 2 * pairs
    result = similar(poles)
    for (j, pole) in enumerate(poles)
        if is_pair(pole)
            pair += 1
            along = real(pole) + step[pair] * distance(pole)
            outside = max(abs(along) - 1.0, 0.0)
            lowest = sqrt(max(nearest^2 - outside^2, (1e-3 * nearest)^2))
            there = complex(along, max(imag(pole) * exp(step[pairs + pair]), lowest))
        else
            single += 1
            far = max(distance(pole) * exp(step[single]), nearest)
            there = complex(sign(real(pole)) * (1.0 + far), 0.0)
        end
        result[j] = there * min(1.0, FARTHEST / abs(there))
    end
    return result
end

"""
    refine(record, fit, tolerance, iterations) -> RationalFit

Move the poles to a local minimum of the squares: at most `iterations` steps, until one lowers the
squares by no more than the share `tolerance`. The squares never rise.
"""
function refine(record::Record, fit::RationalFit, tolerance::Float64, iterations::Int)
    isempty(fit.poles) && return fit
    damping = FIRST_DAMPING
    for _ in 1:iterations
        better, damping = damped_step(record, fit, damping)
        better === nothing && break
        drop, fit = fit.squares - better.squares, better
        drop <= tolerance * fit.squares && break
        damping *= FALL
    end
    return fit
end

# The fit after a step of the least damping that lowers the squares, and that damping; `nothing` if
# `TRIES` dampings do not.
function damped_step(record::Record, fit::RationalFit, damping::Float64)
    J = project_out!(pole_columns(record.x, fit, 0), fit.Q)
    weights = column_norms(J)
    weights .= max.(weights, LEAST_CURVATURE * maximum(weights), floatmin(Float64))
    # One factorisation of all samples; each damping then takes one of the small triangle.
    R = triangle(J, fit.residual)
    rows, k = size(R, 1), length(weights)
    stacked, tau = Matrix{Float64}(undef, rows + k, k + 1), Vector{Float64}(undef, k + 1)
    for _ in 1:TRIES
        fill!(stacked, 0.0)
        for j in 1:(k + 1), i in 1:min(j, rows)
            stacked[i, j] = R[i, j]
        end
        for j in 1:k
            stacked[rows + j, j] = sqrt(damping) * weights[j]
        end
        LAPACK.geqrf!(stacked, tau)
        step = clamp!(solution(stacked, k), -LONGEST_STEP, LONGEST_STEP)
        trial = stepped(record, fit, step)
        trial !== nothing && trial.squares < fit.squares && return trial, damping
        damping *= RISE
    end
    return nothing, damping
end

stepped(record::Record, fit::RationalFit, step::Vector{Float64}) =
    fit_residues(record, fit.degree, moved(fit.poles, step, record.nearest))

# The triangle of the QR factorisation of `J` (n, k) and a last column `residual`.
function triangle(J::Matrix{Float64}, residual::Vector{Float64})
    A = hcat(J, residual)
    rows = min(size(A, 1), size(A, 2))
    LAPACK.geqrf!(A, Vector{Float64}(undef, rows))
    return A[1:rows, :]
end

# Least squares of column k + 1 by the first k, from their triangle.
solution(R::Matrix{Float64}, k::Int) =
    BLAS.trsv!('U', 'N', 'N', R[1:k, 1:k], R[1:k, k + 1])

"""
    polish(record, fit) -> RationalFit

Take undamped Gauss-Newton steps while they shorten, to place the minimum more exactly.

Within the square root of machine epsilon around the minimum the squares are constant up to
rounding and do not show its place; the lengths of the steps do.
"""
function polish(record::Record, fit::RationalFit)
    isempty(fit.poles) && return fit
    shortest = Inf
    for _ in 1:POLISHING_STEPS
        J = project_out!(pole_columns(record.x, fit, 0), fit.Q)
        weights = max.(column_norms(J), floatmin(Float64))
        J ./= weights'
        R, k = triangle(J, fit.residual), length(weights)
        all(j -> abs(R[j, j]) >= DEPENDENT, 1:k) || break
        step = solution(R, k) ./ weights
        longest = maximum(abs, step)
        longest <= min(0.9 * shortest, 1e-2) || break
        trial = stepped(record, fit, step)
        trial !== nothing && trial.squares <= fit.squares * (1.0 + 1e-9) || break
        shortest, fit = longest, trial
    end
    return fit
end

end
