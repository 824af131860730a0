"""
Candidates for the next exponent of a sum of exponentials, and what each would explain; Python's
`numerics/exponentials/exponential_grid.py`.
"""
module ExponentialGrid

using LinearAlgebra: BLAS, dot
using ..ExponentialDescent: bounds, exponential
using ..ExponentialFits: ExponentialFit

export Candidates, best_candidate, explained, tones, real_rates

const FREQUENCY_STEP = pi / 2  # half of what tells two frequencies on the record apart
const WIDENING = 3.0  # rate |Re s| from which on the step between frequencies grows with it
const SLOWEST_RATE = 0.4  # of the real candidates
const REAL_RATES = 14  # of each sign
# Share of its own squares that a candidate must keep beside the fit; below, it is a part of it.
const LEAST_KEPT = 1e-12

geometric(first::Float64, last::Float64, count::Int) =
    exp.(range(log(first), log(last); length=count))

"""
    tones(n) -> Vector{ComplexF64}

Complex candidates for `n` samples: growing, steady and decaying at every frequency. A tone that
grows or decays fast has a broad spectrum, so that its frequencies are farther apart.
"""
function tones(n::Int)
    steepest, fastest = bounds(n)
    rates = geometric(1.0, steepest, max(floor(Int, log2(steepest)) + 1, 2))
    found = ComplexF64[]
    for rate in vcat(0.0, rates, -rates)
        step = FREQUENCY_STEP * max(1.0, abs(rate) / WIDENING)
        for i in 0:(ceil(Int, (fastest - FREQUENCY_STEP) / step) - 1)
            push!(found, complex(rate, FREQUENCY_STEP + i * step))
        end
    end
    return found
end

"Real candidates for `n` samples, of either sign, geometric from slow to steep."
function real_rates(n::Int)
    rates = geometric(SLOWEST_RATE, bounds(n)[1], REAL_RATES)
    return complex.(vcat(rates, -rates))
end

"""
    Candidates(x, exponents)

Exponents of which one may be added to a fit at the points `x`: the parts of their exponentials, and
the products of these.
"""
struct Candidates
    exponents::Vector{ComplexF64}
    real_part::Matrix{Float64}
    imaginary_part::Matrix{Float64}
    real_squares::Vector{Float64}
    imaginary_squares::Vector{Float64}
    product::Vector{Float64}
end

function Candidates(x::Vector{Float64}, exponents::Vector{ComplexF64})
    E = [exponential(s, point) for point in x, s in exponents]
    A, B = real.(E), imag.(E)
    over(f) = Float64[f(j) for j in eachindex(exponents)]
    return Candidates(
        exponents,
        A,
        B,
        over(j -> sum(abs2, view(A, :, j))),
        over(j -> sum(abs2, view(B, :, j))),
        over(j -> dot(view(A, :, j), view(B, :, j))),
    )
end

"""
    explained(candidates, fit) -> Vector{Float64}

Squares of the residual that each candidate explains beside the fit, coefficients free: the normal
equations of the part of its two columns that is orthogonal to the fit (Chen, Billings & Luo 1989,
Int. J. Control 50, 1873).
"""
function explained(candidates::Candidates, fit::ExponentialFit)
    A = BLAS.gemm('T', 'N', fit.Q, candidates.real_part)
    B = BLAS.gemm('T', 'N', fit.Q, candidates.imaginary_part)
    along_a = BLAS.gemv('T', candidates.real_part, fit.residual)
    along_b = BLAS.gemv('T', candidates.imaginary_part, fit.residual)
    return map(eachindex(candidates.exponents)) do j
        a, b = view(A, :, j), view(B, :, j)
        own, other = candidates.real_squares[j], candidates.imaginary_squares[j]
        aa, ab = own - dot(a, a), candidates.product[j] - dot(a, b)
        is_apart = aa > LEAST_KEPT * own
        share = is_apart ? ab / aa : 0.0
        rest = other - dot(b, b) - share * ab
        won = is_apart ? along_a[j]^2 / aa : 0.0
        return rest > LEAST_KEPT * other ? won + (along_b[j] - share * along_a[j])^2 / rest : won
    end
end

"The candidate that explains most."
best_candidate(candidates::Candidates, fit::ExponentialFit) =
    candidates.exponents[argmax(explained(candidates, fit))]

end
