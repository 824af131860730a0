module Whittaker

using LinearAlgebra: I, svdvals
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..CriterionSearch: smallest
using ..InformationSmoother: Chain, Smoothed, forward, backward
using ..SampleScaling: unit_samples

# The constants of Python's `whittaker`, which explains them.
const ORDER = 6
const ROBUSTNESS = 0.3
const HALF_WIDTH = 10
const LOWEST_HALF_WAVES = 0.5
const HIGHEST = 6.0
const SEARCH_STEP = 0.15
const EVEN_TOLERANCE = 1e-6

"""
Whittaker's smoother of penalty order `order`, lambda by robust cross-validation, differentiated by
the central difference series of its own differences. See Python's `whittaker`.
"""
struct WhittakerSmoother <: AbstractEstimator
    order::Int
end

function estimate(
    method::WhittakerSmoother,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    d = method.order
    n = length(t)
    step = (t[n] - t[1]) / (n - 1)
    steps = diff(t)
    all(s -> abs(s - step) <= EVEN_TOLERANCE * step, steps) || throw(
        ArgumentError(
            "whittaker needs evenly spaced times, got steps from $(minimum(steps)) to " *
            "$(maximum(steps)); resample, or use smoothing_spline_gcv",
        ),
    )
    samples = unit_samples(y)
    values = [order == 0 ? samples.mean : 0.0 for order in orders, _ in t_eval]
    samples.spread == 0.0 && return Estimate(values)
    q = choose(samples.z, samples.floor, d)
    observed = fill(false, n + 2 * HALF_WIDTH)
    observed[(HALF_WIDTH + 1):(HALF_WIDTH + n)] .= true
    chain = difference_chain(length(observed), d, observed)
    padded = vcat(zeros(HALF_WIDTH), samples.z, zeros(HALF_WIDTH))
    smoothed = backward(chain, forward(chain, reshape(padded, :, 1), q), q)
    freedom = sum(smoothed.variances[1, observed])
    at_points = derivatives_at_points(smoothed, q, 2 * HALF_WIDTH)
    for (column, s) in enumerate(t_eval)
        place = (s - t[1]) / step
        nearest = clamp(round(Int, place), 0, n - 1)
        for (row, k) in enumerate(orders)
            # Taylor's series of the interpolating polynomial around the nearest sample: exact.
            value = 0.0
            for j in (2 * HALF_WIDTH):-1:k
                value = value * (place - nearest) / (j - k + 1) + at_points[j + 1, nearest + 1]
            end
            values[row, column] += value * samples.spread / step^k
        end
    end
    settings = (order=d, smoothing=1 / q, degrees_of_freedom=freedom)
    return Estimate(values; settings=settings)
end

"Noise ratio of the smallest robust GCV score."
function choose(z::Vector{Float64}, floor::Float64, d::Int)
    n = length(z)
    differences = Matrix{Float64}(I, n, n)
    for _ in 1:d
        differences = differences[2:end, :] .- differences[1:(end - 1), :]
    end
    stretch = svdvals(differences)
    criterion(parameter) = robust_cross_validation(z, floor, stretch, noise_ratio(parameter, d))
    low, high = log(LOWEST_HALF_WAVES * pi / n), log(HIGHEST) * ORDER / d
    return noise_ratio(smallest(criterion, low, high, SEARCH_STEP), d)
end

"Noise ratio 1 / lambda for the logarithm of the cut-off frequency [per step]."
noise_ratio(log_cut_off::Float64, d::Int) = exp(2 * d * log_cut_off)

"Chain of the states z, D z, ..., D^(d - 1) z at `points` times."
function difference_chain(points::Int, d::Int, observed::Vector{Bool})
    back = [b < a ? 0.0 : (-1.0)^(b - a) for a in 1:d, b in 1:d]
    noise = zeros(d, 1)
    noise[d, 1] = 1.0  # enters the highest difference; `back` reaches all from there
    return Chain(fill(back, points - 1), fill(noise, points - 1), observed)
end

"Logarithm of the robust GCV score (Lukas 2006); see Python."
function robust_cross_validation(
    z::Vector{Float64}, floor::Float64, stretch::Vector{Float64}, q::Float64
)
    n, d = length(z), length(z) - length(stretch)
    chain = difference_chain(n, d, fill(true, n))
    smoothed = backward(chain, forward(chain, reshape(z, :, 1), q), q; uncertainty=false)
    squares = squares_left(z, smoothed, q) + floor
    rough = [s^2 / (s^2 + q) for s in stretch]  # eigenvalues of I - S; d more are zero
    passed = d + sum(r -> (1 - r)^2, rough)
    robust = log(ROBUSTNESS + (1 - ROBUSTNESS) * passed / n)
    return log(squares) - 2 * log(sum(rough)) + robust
end

"Sum of squares of the residuals, for q > 1 by `D^d' w / sqrt(q)`; see Python's `residuals`."
function squares_left(z::Vector{Float64}, smoothed::Smoothed, q::Float64)
    d, n = size(smoothed.states)
    q > 1.0 || return sum(abs2, z .- smoothed.states[1, :])
    residual = zeros(n + d)
    residual[(d + 1):n] = smoothed.noises[1, 1:(n - d)]
    for round in 1:d, i in 1:(n + d - round)
        residual[i] -= residual[i + 1]
    end
    return sum(abs2, residual[1:n]) / q
end

"Coefficients of the central difference series; see Python's `central_series`."
function central_series(order::Int, terms::Int)
    inverse_mean = ones(terms)
    for j in 1:(terms - 1)
        inverse_mean[j + 1] = inverse_mean[j] * (-(2j - 1) / (8j))
    end
    arcsine = [inverse_mean[j + 1] / (2j + 1) for j in 0:(terms - 1)]
    series = isodd(order) ? inverse_mean : [j == 1 ? 1.0 : 0.0 for j in 1:terms]
    for _ in 1:order
        product = zeros(terms)
        for a in 1:terms, b in 1:(terms + 1 - a)
            product[a + b - 1] += series[a] * arcsine[b]
        end
        series = product
    end
    return series
end

"Derivatives of order 0 to `highest`, per step, at all but HALF_WIDTH points at either end."
function derivatives_at_points(smoothed::Smoothed, q::Float64, highest::Int)
    differences = forward_differences(smoothed, q)
    count = size(smoothed.states, 2) - 2 * HALF_WIDTH
    central = zeros(length(differences), count)  # delta^j, or mu delta^j where j is odd
    for j in 0:(length(differences) - 1)
        start = HALF_WIDTH - div(j, 2)
        for i in 1:count
            value = differences[j + 1][start + i]
            isodd(j) && (value = 0.5 * (value + differences[j + 1][start + i - 1]))
            central[j + 1, i] = value
        end
    end
    result = zeros(highest + 1, count)
    for k in 0:highest
        used = central[(k + 1):2:end, :]
        result[k + 1, :] = transpose(used) * central_series(k, size(used, 1))
    end
    return result
end

"Forward differences of order 0 to 2 HALF_WIDTH of the smoothed points, unrounded."
function forward_differences(smoothed::Smoothed, q::Float64)
    d, points = size(smoothed.states)
    differences = [smoothed.states[k + 1, 1:(points - k)] for k in 0:(d - 1)]
    push!(differences, sqrt(q) .* smoothed.noises[1, :])
    while length(differences) <= 2 * HALF_WIDTH
        push!(differences, diff(differences[end]))
    end
    return differences
end

for (name, order, max_order) in
    (("whittaker", ORDER, 7), ("whittaker_2", 2, 3), ("whittaker_3", 3, 5), ("whittaker_4", 4, 7))
    register!(
        WhittakerSmoother(order);
        oracle=name == "whittaker" ? "oracle_whittaker" : "",
        name=name,
        family="regularisation",
        max_order=max_order,
        exact_degree=order - 1,
        min_samples=16,
        uneven=false,
        cites=[
            "whittaker1923graduation",
            "eilers2003perfect",
            "lukas2006robust",
            "bierman1977factorization",
        ],
        source=@__FILE__,
    )
end

end
