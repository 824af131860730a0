"Affine maps that bring times to order one before anything is fitted."
module Scaling

export unit_time, to_time!

"""
    unit_time(t, t_eval) -> (x, x_eval, half_width)

Map `[t[1], t[end]]` to `[-1, 1]` by differences from the centre, so that a large common offset
of the times costs only the digits that the times themselves have lost.
"""
function unit_time(t::Vector{Float64}, t_eval::Vector{Float64})
    half_width = (t[end] - t[1]) / 2
    centre = t[1] + half_width
    return (t .- centre) ./ half_width, (t_eval .- centre) ./ half_width, half_width
end

"""
    to_time!(derivatives, orders, half_width)

Turn derivatives with respect to `x` (row i: order `orders[i]`) into derivatives with respect to
time, in place.
"""
function to_time!(derivatives::Matrix{Float64}, orders::Vector{Int}, half_width::Float64)
    for (i, k) in enumerate(orders)
        derivatives[i, :] ./= half_width^k
    end
    return derivatives
end

end
