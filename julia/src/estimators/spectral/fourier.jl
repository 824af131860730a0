module Fourier

using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..Scaling: unit_time, to_time!
using ..NestedBases

# Period divided by the record's length. At 1 the ends would have to agree in every derivative.
const EXTENSIONS = (1.1, 1.25, 1.5, 2.0)
const MOST_HARMONICS = 60

"""
Least-squares Fourier extension with a linear trend; period and number of harmonics minimise AICc.
See Python's `fourier`.
"""
struct FourierExtension <: AbstractEstimator end

struct Candidate
    criterion::Float64
    extension::Float64
    count::Int
    basis::NestedBasis
    coefficients::Vector{Float64}
    residual_squares::Float64
end

function estimate(
    ::FourierExtension,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n, m = length(t), length(t_eval)
    x, x_eval, half_width = unit_time(t, t_eval)
    offset, floor = mean(y), rounding_squares(y)
    centred = y .- offset
    candidates = [best_of(x, centred, extension, floor) for extension in EXTENSIONS]
    best = candidates[argmin([candidate.criterion for candidate in candidates])]
    multiplier, seeds = derivatives(x_eval, pi / best.extension, maximum(orders) + 1)
    functions = differentiate_basis(best.basis, best.count, multiplier, seeds)
    values, deviation = zeros(length(orders), m), zeros(length(orders), m)
    scale = sqrt(best.residual_squares / (n - best.count))
    for j in 1:m, (i, order) in enumerate(orders)
        terms = view(functions, order + 1, j, :)
        for k in 1:best.count
            values[i, j] += best.coefficients[k] * terms[k]
            deviation[i, j] += terms[k]^2
        end
        deviation[i, j] = scale * sqrt(deviation[i, j])
        order == 0 && (values[i, j] += offset)
    end
    return Estimate(
        to_time!(values, orders, half_width);
        standard_deviation=to_time!(deviation, orders, half_width),
        settings=(
            harmonics=div(best.count - 2, 2), period=2 * half_width * best.extension
        ),
    )
end

"The number of harmonics that minimises AICc with this period."
function best_of(x::Vector{Float64}, y::Vector{Float64}, extension::Float64, floor::Float64)
    n = length(x)
    theta = (pi / extension) .* x
    harmonics = min(div(n - 6, 2), MOST_HARMONICS)
    basis = build_basis(cos.(theta), [ones(n) x sin.(theta)], harmonic_steps(harmonics))
    coefficients, squares = fit_nested(basis, y)
    # Whole harmonics: the trend alone, then a cosine and a sine at a time.
    counts = collect(2:2:length(basis.steps))
    criteria = [aicc(squares[count], count, n, floor) for count in counts]
    chosen = argmin(criteria)
    count = counts[chosen]
    return Candidate(criteria[chosen], extension, count, basis, coefficients, squares[count])
end

"One, x, then cos and sin of each harmonic: cos times the function of the one before."
function harmonic_steps(harmonics::Int)
    steps = [Step(1, 0), Step(2, 0)]
    for harmonic in 1:harmonics
        first = harmonic == 1
        push!(steps, first ? Step(0, 1) : Step(0, 2 * harmonic - 1))
        push!(steps, first ? Step(3, 0) : Step(0, 2 * harmonic))
    end
    return steps
end

"Derivatives of order 0 to depth - 1 of cos, and of the seeds one, x and sin."
function derivatives(x::Vector{Float64}, frequency::Float64, depth::Int)
    m = length(x)
    multiplier, seeds = zeros(depth, m), zeros(depth, m, 3)
    seeds[1, :, 1] .= 1.0
    seeds[1, :, 2] = x
    depth > 1 && (seeds[2, :, 2] .= 1.0)
    for j in 1:m
        cosine, sine = cos(frequency * x[j]), sin(frequency * x[j])
        signed = (cosine, -sine, -cosine, sine)  # k-th derivative of cos: signed[k mod 4 + 1]
        for k in 0:(depth - 1)
            multiplier[k + 1, j] = frequency^k * signed[mod(k, 4) + 1]
            seeds[k + 1, j, 3] = frequency^k * signed[mod(k + 3, 4) + 1]
        end
    end
    return multiplier, seeds
end

register!(
    FourierExtension();
    name="fourier",
    family="spectral",
    exact_degree=1,
    min_samples=14,
    standard_deviation=true,
    cites=["huybrechs2010fourier", "brubeck2021vandermonde", "hurvich1989regression"],
    source=@__FILE__,
)

end
