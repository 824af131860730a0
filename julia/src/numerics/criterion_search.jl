"The minimum of a smooth criterion of one logarithmic parameter; Python's `criterion_search`."
module CriterionSearch

using Statistics: mean

export smallest

const NODES = 9  # Chebyshev points of one interpolation
const ZOOM = 0.15  # the second interval's half-width, relative to the first
const TIE = 1e-9  # relative difference below which two values count as equal
const BISECTIONS = 60  # more than a double has bits

"""
    smallest(criterion, low, high, step) -> Float64

Parameter in `[low, high]` at which `criterion` is smallest: a grid of spacing `step` or less finds
the cell, interpolation at Chebyshev points the stationary point in it. Of equal values the one of
the smallest parameter counts.
"""
function smallest(@nospecialize(criterion), low::Float64, high::Float64, step::Float64)
    count = ceil(Int, (high - low) / step) + 1
    grid = collect(range(low, high; length=count))
    values = Float64[criterion(x) for x in grid]
    lowest = minimum(values)
    best = findfirst(values .<= lowest + TIE * (1 + abs(lowest)))::Int
    (best == 1 || best == count) && return grid[best]
    half_width = grid[2] - grid[1]
    centre = stationary(criterion, grid[best], half_width)
    return stationary(criterion, centre, ZOOM * half_width)
end

function stationary(@nospecialize(criterion), centre::Float64, half_width::Float64)
    angles = [pi * (k + 0.5) / NODES for k in 0:(NODES - 1)]
    values = Float64[criterion(centre + half_width * cos(a)) for a in angles]
    average = mean(values)
    coefficients = zeros(NODES)
    for k in 1:NODES, j in 1:NODES
        coefficients[k] += 2 / NODES * cos((k - 1) * angles[j]) * (values[j] - average)
    end
    low, high = -cos(0.25 * pi / NODES), cos(0.25 * pi / NODES)
    slope(low, coefficients) >= 0 && return centre + half_width * low
    slope(high, coefficients) <= 0 && return centre + half_width * high
    for _ in 1:BISECTIONS
        middle = (low + high) / 2
        slope(middle, coefficients) < 0 ? (low = middle) : (high = middle)
    end
    return centre + half_width * (low + high) / 2
end

# d/dx sum c_k T_k(cos a) = sum c_k k sin(k a) / sin a; times sin a > 0 the sign is the same.
function slope(x::Float64, coefficients::Vector{Float64})
    angle, total = acos(x), 0.0
    for k in 1:NODES
        total += coefficients[k] * (k - 1) * sin((k - 1) * angle)
    end
    return total
end

end
