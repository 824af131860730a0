module CentralDifference

using ..DerivativeEstimators: AbstractEstimator, register!
import ..DerivativeEstimators: estimate

# Samples in the narrowest stencil: order 0 and order 1 are taken from a parabola.
const NARROWEST = 3

"""
The derivative of the polynomial through the nearest samples; see Python's `central_difference`.
Weights are those of Fornberg (1988), Math. Comp. 51, 699-706.
"""
struct CentralDifferences <: AbstractEstimator end

function estimate(
    ::CentralDifferences,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    values = zeros(length(orders), length(t_eval))
    for (i, order) in enumerate(orders)
        width = max(NARROWEST, order + 1 + order % 2)
        for (j, s) in enumerate(t_eval)
            first = first_of_nearest(t, s, width)
            stencil = first:(first + width - 1)
            len = t[last(stencil)] - t[first]
            weights = fornberg_weights((t[stencil] .- s) ./ len, order)
            # Weights of a derivative sum to zero: the nearest sample's value need not be carried.
            centre = order == 0 ? 0.0 : y[first + div(width, 2)]
            for (weight, index) in zip(weights, stencil)
                values[i, j] += weight * (y[index] - centre)
            end
            values[i, j] /= len^order
        end
    end
    return values
end

"Index of the first of the `width` consecutive samples around the sample nearest to `s`."
function first_of_nearest(t::Vector{Float64}, s::Float64, width::Int)
    n = length(t)
    right = clamp(searchsortedfirst(t, s), 2, n)
    nearest = s - t[right - 1] <= t[right] - s ? right - 1 : right
    return clamp(nearest - div(width, 2), 1, n - width + 1)
end

"Weights of the derivative of `order` at 0 from values at `offsets`; Fornberg (1988), p. 700."
function fornberg_weights(offsets::Vector{Float64}, order::Int)
    width = length(offsets)
    weights = zeros(order + 1, width)
    weights[1, 1] = 1.0
    c1, c4 = 1.0, offsets[1]
    for i in 2:width
        c2, c5 = 1.0, c4
        c4 = offsets[i]
        for j in 1:(i - 1)
            c3 = offsets[i] - offsets[j]
            c2 *= c3
            if j == i - 1
                for k in min(i - 1, order):-1:0
                    lower = k > 0 ? k * weights[k, i - 1] : 0.0
                    weights[k + 1, i] = c1 * (lower - c5 * weights[k + 1, i - 1]) / c2
                end
            end
            for k in min(i - 1, order):-1:0
                lower = k > 0 ? k * weights[k, j] : 0.0
                weights[k + 1, j] = (c4 * weights[k + 1, j] - lower) / c3
            end
        end
        c1 = c2
    end
    return weights[order + 1, :]
end

register!(
    CentralDifferences();
    name="central_difference",
    family="finite difference",
    exact_degree=2,
    min_samples=9,
    cites=["fornberg1988generation"],
    source=@__FILE__,
)

end
