"Finite differences on arbitrary times: stencils of the nearest samples, Fornberg's weights."
module FiniteDifferences

export differentiate_nearest, fornberg_weights

"""
    differentiate_nearest(t, y, t_eval, order, width) -> Vector

Derivative of the polynomial through the `width` samples around each time; one-sided at the ends.
"""
function differentiate_nearest(
    t::Vector{Float64}, y::Vector{Float64}, t_eval::Vector{Float64}, order::Int, width::Int
)
    values = zeros(length(t_eval))
    for (j, s) in enumerate(t_eval)
        first = first_of_nearest(t, s, width)
        stencil = first:(first + width - 1)
        len = t[last(stencil)] - t[first]
        weights = fornberg_weights((t[stencil] .- s) ./ len, order)
        # Weights of a derivative sum to zero, so subtracting the middle sample only saves digits.
        centre = order == 0 ? 0.0 : y[first + div(width, 2)]
        for (weight, index) in zip(weights, stencil)
            values[j] += weight * (y[index] - centre)
        end
        values[j] /= len^order
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

end
