"""
The places of a rational function's poles, moved to minimise the squares; the functions of Python's
`numerics/rational/rational_refinement.py`.

Polynomial and residues follow from the poles by least squares, so that only the poles are searched
(variable projection: Golub & Pereyra 1973, SIAM J. Numer. Anal. 10, 413), by
Levenberg-Marquardt's method with the Jacobian of Kaufman (1975, BIT 15, 49).
"""
module RationalRefinement

using LinearAlgebra: LAPACK
using ..ColumnFits: project_out!
using ..DampedSteps
using ..RationalFits

export Descent, advance!, moved, refine, polish

const FARTHEST = 50.0  # largest distance of a pole from 0, the middle of the record
const LONGEST_STEP = 0.7  # of a pole, in units of its distance, or of that distance's logarithm
const TRIES = 9  # dampings of a step
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
    Descent(fit)

Levenberg and Marquardt's descent of the squares from a fit, which [`advance!`](@ref) continues. It
is `settled` once a step gains too little, or none gains.
"""
mutable struct Descent
    fit::RationalFit
    settled::Bool
    damping::Float64
end

Descent(fit::RationalFit) = Descent(fit, isempty(fit.poles), FIRST_DAMPING)

"""
    advance!(descent, record, steps, tolerance) -> descent

Take at most `steps` steps, and stop where one lowers the squares by the share `tolerance` or less.
A step that changes them by rounding alone is the last. The squares never rise but for rounding.
"""
function advance!(descent::Descent, record::Record, steps::Int, tolerance::Float64)
    for _ in 1:steps
        descent.settled && break
        better, descent.damping = descended(record, descent.fit, descent.damping)
        if better === nothing
            descent.settled = true
        else
            drop = descent.fit.squares - better.squares
            descent.fit = better::RationalFit
            least = max(tolerance * better.squares, indistinct(better.squares, record.y))
            descent.settled = drop <= least
            descent.damping *= FALL
        end
    end
    return descent
end

"""
    refine(record, fit, tolerance, iterations) -> RationalFit

Move the poles to a local minimum of the squares, by a [`Descent`](@ref) of at most `iterations`
steps.
"""
refine(record::Record, fit::RationalFit, tolerance::Float64, iterations::Int) =
    advance!(Descent(fit), record, iterations, tolerance).fit

# The fit after a step of the least damping with which the squares are not above, and that damping;
# `nothing` if `TRIES` dampings do not help.
function descended(record::Record, fit::RationalFit, damping::Float64)
    slopes, left = linearised(record, fit)
    weights = curvatures(slopes)
    highest = fit.squares + indistinct(fit.squares, record.y)
    for _ in 1:TRIES
        step = damped_step(slopes, left, weights, damping)
        trial = stepped(record, fit, clamp!(step, -LONGEST_STEP, LONGEST_STEP))
        trial !== nothing && trial.squares <= highest && return trial, damping
        damping *= RISE
    end
    return nothing, damping
end

# Slopes and residual without what the columns explain, as few rows as there are poles' coordinates:
# one factorisation of all samples serves every damping.
function linearised(record::Record, fit::RationalFit)
    A = hcat(project_out!(pole_columns(record.x, fit, 0), fit.Q), fit.residual)
    rows, k = min(size(A, 1), size(A, 2)), size(A, 2) - 1
    LAPACK.geqrf!(A, Vector{Float64}(undef, rows))
    return Float64[i <= j ? A[i, j] : 0.0 for i in 1:rows, j in 1:k], A[1:rows, k + 1]
end

stepped(record::Record, fit::RationalFit, step::Vector{Float64}) =
    fit_residues(record, fit.degree, moved(fit.poles, step, record.nearest))

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
        step = undamped_step(linearised(record, fit)...)
        step === nothing && break
        longest = maximum(abs, step)
        longest <= min(0.9 * shortest, 1e-2) || break
        trial = stepped(record, fit, step)
        trial === nothing && break
        rounding = indistinct(fit.squares, record.y)
        trial.squares <= fit.squares * (1.0 + 1e-9) + rounding || break
        shortest = longest
        fit = trial::RationalFit
    end
    return fit
end

end
