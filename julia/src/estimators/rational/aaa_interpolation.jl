module AAAInterpolation

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..AAASteps: begin_steps, add_support!
using ..Barycentric: differentiate_barycentric
using ..NoiseEstimation: noise_from_second_differences, noise_from_wavelets
using ..Scaling: unit_time, to_time!

# The constants of Python's `aaa_interpolation`.
const MOST_SUPPORTS = 50
const NOISE_FACTOR = 10.0
const LEAST_TOLERANCE = 1e-13
const HIGH_PRECISION, LOW_PRECISION = 1e-14, 0.1

"""
Plain AAA to the tolerance that `tolerance_of(t, y)` gives, differentiated in barycentric form. See
Python's `aaa_interpolation`.
"""
struct Interpolation <: AbstractEstimator
    tolerance_of::Function
end

function estimate(
    method::Interpolation,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    tolerance = method.tolerance_of(t, y)::Float64
    return interpolate(t, y, t_eval, orders, tolerance)
end

"Differentiate AAA's interpolant of least degree whose residuals are at most `tolerance`."
function interpolate(
    t::Vector{Float64}, y::Vector{Float64}, t_eval::Vector{Float64}, orders::Vector{Int},
    tolerance::Float64,
)
    n = length(t)
    x, x_eval, half_width = unit_time(t, t_eval)
    offset = mean_of(y)
    centred = y .- offset
    progress = begin_steps(n)
    # Twice as many samples as supports: fewer would not determine the weights.
    while length(progress.support) < min(div(n, 2), MOST_SUPPORTS)
        add_support!(progress, x, centred, tolerance) || break
    end
    support, weights = progress.support, progress.weights
    level = centred[support]
    if length(support) < 2
        support, weights, level = [1], [1.0], [0.0]  # without a step, the mean
    end
    values = differentiate_barycentric(x[support], level, weights, x_eval, orders)
    for (row, order) in enumerate(orders)
        order == 0 && (values[row, :] .+= offset)
    end
    settings = (supports=length(support), tolerance=tolerance)
    return Estimate(to_time!(values, orders, half_width); settings=settings)
end

mean_of(y::Vector{Float64}) = y[1] + sum(y .- y[1]) / length(y)

"Largest deviation of the samples from their mean."
scale_of(y::Vector{Float64}) = maximum(abs, y .- mean_of(y))

high_precision(t::Vector{Float64}, y::Vector{Float64}) = HIGH_PRECISION * scale_of(y)

low_precision(t::Vector{Float64}, y::Vector{Float64}) = LOW_PRECISION * scale_of(y)

function by_wavelet(t::Vector{Float64}, y::Vector{Float64})
    return max(LEAST_TOLERANCE * scale_of(y), NOISE_FACTOR * noise_from_wavelets(y))
end

function by_difference(t::Vector{Float64}, y::Vector{Float64})
    return max(LEAST_TOLERANCE * scale_of(y), NOISE_FACTOR * noise_from_second_differences(t, y))
end

const CITES = ["nakatsukasa2018aaa", "schneider1986some"]

register!(
    Interpolation(by_wavelet);
    name="aaa_wavelet",
    family="rational",
    exact_degree=3,
    min_samples=16,
    uneven=false,
    cites=vcat(CITES, ["daubechies1988orthonormal", "donoho1994ideal"]),
    prior_names=["AAA-Adaptive-Wavelet"],
    source=@__FILE__,
)

register!(
    Interpolation(by_difference);
    name="aaa_difference",
    family="rational",
    exact_degree=1,
    min_samples=16,
    cites=vcat(CITES, "gasser1986residual"),
    prior_names=["AAA-Adaptive-Diff2"],
    source=@__FILE__,
)

register!(
    Interpolation(high_precision);
    name="aaa_high_precision",
    family="rational",
    exact_degree=5,
    min_samples=16,
    cites=CITES,
    prior_names=["AAA-HighPrec"],
    source=@__FILE__,
)

register!(
    Interpolation(low_precision);
    name="aaa_low_precision",
    family="rational",
    exact_degree=1,
    min_samples=16,
    uneven=false,  # ending this early, its error varies tenfold with where the samples are
    cites=CITES,
    prior_names=["AAA-LowPrec"],
    source=@__FILE__,
)

end
