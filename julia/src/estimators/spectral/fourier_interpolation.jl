module FourierInterpolation

using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..Scaling: unit_time, to_time!

const MIRROR_CUTOFF = 0.4  # of the highest frequency

"""
Low frequencies of the record followed by its mirror image, which repeats after 2 (n - 1) steps:
the cosine series through the samples up to 0.4 of its highest frequency. See Python's
`fourier_interpolation`.
"""
struct MirroredSeries <: AbstractEstimator end

function estimate(
    ::MirroredSeries,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n = length(t)
    _, x_eval, half_width = unit_time(t, t_eval)
    offset = mean(y)
    highest = max(1, floor(Int, MIRROR_CUTOFF * (n - 1)))
    amplitudes = cosine_amplitudes(y .- offset, highest)
    values = zeros(length(orders), length(t_eval))
    for (j, x) in enumerate(x_eval), k in 0:highest
        frequency = k * pi / 2
        sine, cosine = sincos(frequency * (x + 1))
        signed = (cosine, -sine, -cosine, sine)  # derivatives of cos
        for (i, order) in enumerate(orders)
            values[i, j] += amplitudes[k + 1] * frequency^order * signed[mod(order, 4) + 1]
        end
    end
    for (i, order) in enumerate(orders)
        order == 0 && (values[i, :] .+= offset)
    end
    return Estimate(to_time!(values, orders, half_width); settings=(harmonics=highest,))
end

"""
Amplitudes 0 to `highest` (below n - 1) of the cosines through `z`: the first cosine transform. Its
angles are whole multiples of pi / (n - 1), reduced before they are rounded.
"""
function cosine_amplitudes(z::Vector{Float64}, highest::Int)
    steps = length(z) - 1
    cosines = [cospi(j / steps) for j in 0:(2 * steps - 1)]
    amplitudes = zeros(highest + 1)
    for k in 0:highest
        total = (z[1] + (iseven(k) ? z[end] : -z[end])) / 2
        for j in 1:(steps - 1)
            total += z[j + 1] * cosines[mod(k * j, 2 * steps) + 1]
        end
        amplitudes[k + 1] = total * (k == 0 ? 1 : 2) / steps
    end
    return amplitudes
end

register!(
    MirroredSeries();
    name="fourier_interpolation",
    cites=["trefethen2000spectral"],
    family="spectral",
    exact_degree=0,
    min_samples=9,
    uneven=false,
    prior_names=["Fourier-Interp"],
    source=@__FILE__,
)

end
