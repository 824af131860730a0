"Derivatives of rational functions in barycentric form; Python's `barycentric` explains it."
module Barycentric

export differentiate_barycentric

"""
    differentiate_barycentric(nodes, values, weights, x, orders) -> Matrix

Derivatives (orders, points) of sum w_j f_j / (x - z_j) / sum w_j / (x - z_j) by the Taylor series
of numerator and denominator, both multiplied by the distance to the nearest node. Nodes of weight
0 are left out.
"""
function differentiate_barycentric(
    nodes::Vector{Float64}, values::Vector{Float64}, weights::Vector{Float64},
    x::Vector{Float64}, orders::Vector{Int},
)
    counts = findall(w -> w != 0.0, weights)
    nodes, values, weights = nodes[counts], values[counts], weights[counts]
    highest = maximum(orders)
    found = zeros(length(orders), length(x))
    top, bottom, series = zeros(highest + 1), zeros(highest + 1), zeros(highest + 1)
    for (column, s) in enumerate(x)
        nearest = argmin(abs.(s .- nodes))
        sums!(top, bottom, nodes, values, weights, s, nearest)
        for k in 1:(highest + 1)
            total = top[k]
            for l in 2:k
                total -= bottom[l] * series[k - l + 1]
            end
            series[k] = total / bottom[1]
        end
        for (row, k) in enumerate(orders)
            value = factorial(k) * series[k + 1]
            found[row, column] = k == 0 ? value + values[nearest] : value
        end
    end
    return found
end

"Taylor coefficients of numerator (less the nearest node's value) and denominator at s."
function sums!(
    top::Vector{Float64}, bottom::Vector{Float64}, nodes::Vector{Float64},
    values::Vector{Float64}, weights::Vector{Float64}, s::Float64, nearest::Int,
)
    fill!(top, 0.0)
    fill!(bottom, 0.0)
    bottom[1] = weights[nearest]
    for j in 1:length(nodes)
        j == nearest && continue
        distance, rise = s - nodes[j], values[j] - values[nearest]
        term = (s - nodes[nearest]) / distance * weights[j]
        top[1] += term * rise
        bottom[1] += term
        term = (nodes[j] - nodes[nearest]) * weights[j] / distance
        for k in 2:length(top)
            term = -term / distance
            top[k] += term * rise
            bottom[k] += term
        end
    end
    return nothing
end

end
