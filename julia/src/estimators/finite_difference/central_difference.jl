module CentralDifference

using ..DerivativeEstimators: AbstractEstimator, register!
import ..DerivativeEstimators: estimate
using ..FiniteDifferences: differentiate_nearest

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
        values[i, :] = differentiate_nearest(t, y, t_eval, order, width)
    end
    return values
end

register!(
    CentralDifferences();
    name="central_difference",
    family="finite difference",
    exact_degree=2,
    min_samples=9,
    cites=["fornberg1988generation"],
    prior_names=["Central-FD"],  # which had orders 0 and 1
    source=@__FILE__,
)

end
