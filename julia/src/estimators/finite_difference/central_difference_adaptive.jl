module CentralDifferenceAdaptive

using LinearAlgebra: BLAS
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..FiniteDifferences: differentiate_nearest, fornberg_weights
using ..Scaling: unit_time, to_time!

# Samples that a stencil may have beyond the fewest that can be centred: inside, and at the ends,
# where stencils are one-sided and long ones have large errors.
const EXTRA = [0, 2, 4, 6]
const EXTRA_AT_ENDS = [0, 2]
# Share of the samples at either end for which the stencil is chosen separately.
const END = 0.1
const STRIDES = 12  # tried for each number of samples, at most
# Largest number of samples at which stencils are compared.
const COMPARED = 128

"Number of samples, and the step between them in samples."
struct Stencil
    width::Int
    stride::Int
end

"""
Central finite differences whose stencils are chosen from the samples for each order: number of
samples and stride have the least estimated risk, near the ends and elsewhere. Variance follows
from the weights and the noise (interpolation residuals, Gasser et al. 1986); squared bias is the
largest excess of the squared distance to any noisier stencil's result over what noise explains
(after Goldenshluger & Lepski 2011). See Python's `central_difference_adaptive`.
"""
struct CentralDifferencesAdaptive <: AbstractEstimator end

function estimate(
    ::CentralDifferencesAdaptive,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n = length(t)
    x, x_eval, half_width = unit_time(t, t_eval)
    variance = noise_variance(x, y)
    count = min(n, COMPARED)
    compared = unique([floor(Int, (n - 1) * i / (count - 1) + 0.5) + 1 for i in 0:(count - 1)])
    values, deviation = zeros(length(orders), length(t_eval)), zeros(length(orders), length(t_eval))
    chosen = [Stencil(3, 1) for _ in orders, _ in 1:2]
    for (i, k) in enumerate(orders), end_ in (false, true)
        if k > 0
            points = [p for p in compared if at_end(p, n) == end_]
            chosen[i, 1 + end_] = least_risk(x, y, points, k, stencils(k, n, end_), variance)
        end
    end
    for (i, k) in enumerate(orders)
        k == 0 && (values[i, :] = differentiate_nearest(x, y, x_eval, 0, 3))
        for (m, s) in enumerate(x_eval)
            index, weights = weighted(x, s, k, chosen[i, 1 + at_end(nearest(x, s), n)])
            # Weights of a derivative sum to zero: subtracting the first sample only saves digits.
            k > 0 && (values[i, m] = total(weights, index, y))
            deviation[i, m] = sqrt(variance * sum(abs2, weights))
        end
    end
    settings = (
        noise=sqrt(variance),
        width=[s.width for s in chosen[:, 1]],
        stride=[s.stride for s in chosen[:, 1]],
        end_width=[s.width for s in chosen[:, 2]],
        end_stride=[s.stride for s in chosen[:, 2]],
    )
    return Estimate(
        to_time!(values, orders, half_width);
        standard_deviation=to_time!(deviation, orders, half_width),
        settings=settings,
    )
end

"""
    noise_variance(x, y)

Noise variance from the residuals of interpolating each sample from its 2, 4, ... 12 neighbours:
the least of the mean squares, since the signal can only add to each, but at least the rounding of
the samples.
"""
function noise_variance(x::Vector{Float64}, y::Vector{Float64})
    least, n = Inf, length(x)
    for q in 1:6
        total_squares = 0.0
        for i in (q + 1):(n - q)
            offsets = Float64[x[i + j] - x[i] for j in -q:q if j != 0]
            weights = fornberg_weights(offsets ./ (offsets[end] - offsets[1]), 0)
            # The weights sum to one: residuals of differences lose no digits to a common offset.
            residual, squares = 0.0, 1.0
            for (place, weight) in enumerate(weights)
                j = place <= q ? place - q - 1 : place - q
                residual += weight * (y[i + j] - y[i])
                squares += weight^2
            end
            total_squares += residual^2 / squares
        end
        least = min(least, total_squares / (n - 2 * q))
    end
    return max(least, (2 * eps() * maximum(abs, y))^2)
end

function nearest(x::Vector{Float64}, s::Float64)
    right = clamp(searchsortedfirst(x, s), 2, length(x))
    return s - x[right - 1] <= x[right] - s ? right - 1 : right
end

at_end(index::Int, n::Int) = min(index - 1, n - index) < END * n

"Fewest samples that can be centred, or a few more, each with strides up to the record."
function stencils(order::Int, n::Int, end_::Bool)
    fewest = max(3, order + 1 + order % 2)
    found = Stencil[]
    for extra in (end_ ? EXTRA_AT_ENDS : EXTRA)
        width = fewest + extra
        longest = div(n - 1, width - 1)
        longest == 0 && continue
        strides = unique([floor(Int, longest^(i / (STRIDES - 1)) + 0.5) for i in 0:(STRIDES - 1)])
        append!(found, [Stencil(width, stride) for stride in strides])
    end
    return found
end

"Samples of the stencil at time `s`, one-sided at the ends, and their weights."
function weighted(x::Vector{Float64}, s::Float64, order::Int, stencil::Stencil)
    width, stride = stencil.width, stencil.stride
    first = clamp(
        nearest(x, s) - stride * div(width, 2), 1, length(x) - stride * (width - 1))
    index = first:stride:(first + stride * (width - 1))
    len = x[last(index)] - x[first]
    weights = fornberg_weights(Float64[(x[i] - s) / len for i in index], order)
    return index, weights ./ len^order
end

function total(weights::Vector{Float64}, index::StepRange{Int,Int}, y::Vector{Float64})
    sum_ = 0.0
    for (weight, i) in zip(weights, index)
        sum_ += weight * (y[i] - y[first(index)])
    end
    return sum_
end

"The stencil with the least sum of variance and squared bias over the samples `points`."
function least_risk(
    x::Vector{Float64},
    y::Vector{Float64},
    points::Vector{Int},
    order::Int,
    candidates::Vector{Stencil},
    variance::Float64,
)
    n, count = length(x), length(points)
    dense = zeros(n * count, length(candidates))
    results = zeros(count, length(candidates))
    for (c, stencil) in enumerate(candidates), (p, point) in enumerate(points)
        index, weights = weighted(x, x[point], order, stencil)
        for (weight, i) in zip(weights, index)
            dense[n * (p - 1) + i, c] = weight
        end
        results[p, c] = total(weights, index, y)
    end
    products = BLAS.gemm('T', 'N', dense, dense)
    least, best = Inf, 1
    for c in eachindex(candidates)
        bias = 0.0
        for other in eachindex(candidates)
            products[other, other] > products[c, c] || continue
            distance = sum((results[p, c] - results[p, other])^2 for p in 1:count)
            squares = products[c, c] + products[other, other] - 2 * products[c, other]
            explained = variance * squares
            # Relative standard deviation of a sum of squares correlated over a stencil's length.
            len = min((candidates[other].width - 1) * candidates[other].stride + 1, count)
            bias = max(bias, distance - explained * (1 + 4 * sqrt(2 * len / count)))
        end
        risk = variance * products[c, c] + bias
        risk < least && ((least, best) = (risk, c))
    end
    return candidates[best]
end

register!(
    CentralDifferencesAdaptive();
    name="central_difference_adaptive",
    oracle="oracle_central_difference",
    family="finite difference",
    exact_degree=2,
    min_samples=20,
    standard_deviation=true,
    cites=["fornberg1988generation", "gasser1986residual", "goldenshluger2011bandwidth"],
    source=@__FILE__,
)

end
