module SmoothingSpline

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..CriterionSearch: smallest
using ..InformationSmoother: Chain
using ..RestrictedLikelihood: restricted_likelihood, likeliest_order
using ..SampleScaling: UnitSamples, unit_samples
using ..SplineProcess

# The constants of Python's `smoothing_spline` and `smoothing_spline_degrees`, which explain them.
const LEAST_ORDER, GREATEST_ORDER = 6, 10
const SAMPLES_PER_ORDER = 3
const SAME = 2e-10
const MORE_SAMPLES = 4
const FIXED = (("cubic", 2), ("quintic", 3), ("septic", 4), ("nonic", 5))  # penalty orders
const FIXED_SMOOTHING = 0.01

"Natural smoothing spline; penalty order and smoothing by restricted maximum likelihood."
struct ByLikelihood <: AbstractEstimator end

"Natural smoothing spline of degree 11, its smoothing by generalised cross-validation."
struct ByValidation <: AbstractEstimator end

"""
Natural smoothing spline of degree 2m - 1, its smoothing by restricted likelihood or by
cross-validation: the function of smallest norm `integral f^(m)(t)^2 dt` in a reproducing-kernel
Hilbert space (Wahba 1990).
"""
struct OfDegree <: AbstractEstimator
    m::Int
    likelihood::Bool
end

"Natural smoothing spline of degree 9 with the factor 0.01 of its penalty, for time in mean steps."
struct OfFixedSmoothing <: AbstractEstimator end

by_likelihood(::ByLikelihood) = true
by_likelihood(::Union{ByValidation,OfFixedSmoothing}) = false
by_likelihood(choice::OfDegree) = choice.likelihood

function estimate(
    choice::Union{ByLikelihood,ByValidation,OfDegree,OfFixedSmoothing},
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    samples = unit_samples(y)
    if samples.spread == 0.0
        values = [order == 0 ? samples.mean : 0.0 for order in orders, _ in t_eval]
        settings = (degrees_of_freedom=1.0,)
        return Estimate(values; standard_deviation=zeros(size(values)), settings=settings)
    end
    problem, q = choose(choice, t, samples)
    m, step = order_of(problem), (t[end] - t[1]) / (length(t) - 1)
    x = [(s - t[1]) / step for s in t_eval]
    values, deviations = evaluate(problem, q, x, orders)
    freedom, likely, residual = describe(problem, q)
    noise = by_likelihood(choice) ? likely : residual
    for j in 1:length(x), (row, order) in enumerate(orders)
        scale = samples.spread / step^order
        values[row, j] = values[row, j] * scale + (order == 0 ? samples.mean : 0.0)
        deviations[row, j] *= noise * scale
    end
    settings = (
        penalty_order=m,
        smoothing=step^(2m - 1) / (factorial(m - 1)^2 * q),
        degrees_of_freedom=freedom,
        noise=noise * samples.spread,
    )
    return Estimate(values; standard_deviation=deviations, settings=settings)
end

"Penalty order and smoothing of the highest restricted likelihood."
function choose(::ByLikelihood, t::Vector{Float64}, samples::UnitSamples)
    n = length(t)
    orders = LEAST_ORDER:max(LEAST_ORDER, min(GREATEST_ORDER, div(n, SAMPLES_PER_ORDER)))
    problem = prepare(t, samples, LEAST_ORDER)
    bounds = search_bounds(n)
    if length(orders) > 1
        x = [2.0 * s / (n - 1) - 1.0 for s in problem.times]
        chain_of(m) = prepare(t, samples, m).chain
        m = likeliest_order(chain_of, noise_ratio, orders, x, problem.z, problem.floor, bounds)
        problem = prepare(t, samples, m)
    end
    return problem, likeliest_ratio(problem)
end

"Smoothing of the highest restricted likelihood or the smallest GCV score, for a given order."
function choose(choice::OfDegree, t::Vector{Float64}, samples::UnitSamples)
    problem = prepare(t, samples, choice.m)
    return problem, choice.likelihood ? likeliest_ratio(problem) : choose_by_validation(problem)
end

"Penalty order 5 with the fixed smoothing."
function choose(::OfFixedSmoothing, t::Vector{Float64}, samples::UnitSamples)
    return prepare(t, samples, 5), 1.0 / (FIXED_SMOOTHING * factorial(4)^2)
end

"Noise ratio q of the highest restricted likelihood."
function likeliest_ratio(problem::Problem)
    m, n = order_of(problem), length(problem.z)
    trend = zeros(n, 0)
    low, high = search_bounds(n, m)
    function criterion(parameter)
        q = noise_ratio(parameter, m)
        return restricted_likelihood(problem.chain, problem.z, problem.floor, q, trend)
    end
    return noise_ratio(smallest(criterion, low, high, search_step(m)), m)
end

"Smoothing of the smallest GCV score, for the least penalty order."
function choose(::ByValidation, t::Vector{Float64}, samples::UnitSamples)
    problem = prepare(t, samples, LEAST_ORDER)
    return problem, choose_by_validation(problem)
end

"""
Derivatives of the spline and their posterior deviations, for noise of variance 1, at times `x`
since the first sample. Orders of m and above have no deviation (NaN); the derivative of order
2m - 1 is a step function, which at knots has the mean of both sides.
"""
function evaluate(problem::Problem, q::Float64, x::Vector{Float64}, orders::Vector{Int})
    m, knots = order_of(problem), problem.times
    own, place, observed = merge_times(knots, x)
    smoothed = smooth(problem.chain, problem.z, q)
    inside = smoothed
    if length(own) > length(knots)
        z = spread_samples(problem.z, observed)
        back, noise = transitions([own[i + 1] - own[i] for i in 1:(length(own) - 1)], m)
        inside = smooth(Chain(back, noise, observed), z, q)
    end
    values, deviations = zeros(length(orders), length(x)), zeros(length(orders), length(x))
    for (j, at) in enumerate(place)
        for (row, k) in enumerate(orders)
            if k < m
                values[row, j] = factorial(k) * inside.states[k + 1, at]
                deviations[row, j] = factorial(k) * sqrt(inside.variances[k + 1, at])
            else
                before = searchsortedfirst(knots, own[at]) - 1
                after = searchsortedlast(knots, own[at])
                sides = from_noises(problem, smoothed.noises, own[at], k, before) +
                        from_noises(problem, smoothed.noises, own[at], k, after)
                values[row, j] = 0.5 * factorial(m - 1) * sqrt(q) * sides
                deviations[row, j] = NaN
            end
        end
    end
    return values, deviations
end

"Derivative of order k >= m at `x` from the noises of `interval`, or of the one next to it."
function from_noises(problem::Problem, noises::Matrix{Float64}, x::Float64, k::Int, interval::Int)
    m, interval = order_of(problem), clamp(interval, 1, length(problem.steps))
    len, total = problem.steps[interval], 0.0
    for (l, shape) in enumerate(shape_derivatives(m, k - m, (x - problem.times[interval]) / len))
        total += shape * noises[l, interval]
    end
    return total / len^(k - m + 0.5)
end

"Derivatives of the noise shapes sqrt(2j + 1) P_j(1 - 2u) of `order` at u."
function shape_derivatives(m::Int, order::Int, u::Float64)
    x = 1.0 - 2.0 * u
    P = zeros(m, order + 1)  # P[j + 1, d + 1] is the derivative of order d of P_j
    P[1, 1] = 1.0
    for j in 1:(m - 1), d in 0:order
        lower = d > 0 ? d * P[j, d] : 0.0
        before = j > 1 ? (j - 1) * P[j - 1, d + 1] : 0.0
        P[j + 1, d + 1] = ((2j - 1) * (x * P[j, d + 1] + lower) - before) / j
    end
    return [sqrt(2j + 1) * (-2.0)^order * P[j + 1, order + 1] for j in 0:(m - 1)]
end

"Vector with the samples `z` at the `observed` places, and zeros elsewhere."
function spread_samples(z::Vector{Float64}, observed::Vector{Bool})
    whole, next = zeros(length(observed)), 0
    for i in 1:length(observed)
        observed[i] && (whole[i] = z[next += 1])
    end
    return whole
end

"""
Sorted union of knots and the increasing points `x`, the index of each point of `x` in it, and which
of its times are knots. A point within rounding of a knot is that knot.
"""
function merge_times(knots::Vector{Float64}, x::Vector{Float64})
    own, place, observed = Float64[], zeros(Int, length(x)), Bool[]
    next = 1
    for (j, s) in enumerate(x)
        while next <= length(knots) && knots[next] <= s + SAME
            push!(own, knots[next])
            push!(observed, true)
            next += 1
        end
        if isempty(own) || s - own[end] > SAME
            push!(own, s)
            push!(observed, false)
        end
        place[j] = length(own)
    end
    for k in next:length(knots)
        push!(own, knots[k])
        push!(observed, true)
    end
    return own, place, observed
end

for (method, name, source) in (
    (ByLikelihood(), "smoothing_spline_reml", "wahba1985comparison"),
    (ByValidation(), "smoothing_spline_gcv", "craven1978smoothing"),
)
    register!(
        method;
        name=name,
        oracle="oracle_smoothing_spline",
        family="spline",
        exact_degree=LEAST_ORDER - 1,
        min_samples=10,
        standard_deviation=true,
        cites=[source, "wahba1983bayesian", "bierman1977factorization"],
        source=@__FILE__,
    )
end

for (degree, m) in FIXED, (choice, source) in (
    ("reml", "wahba1985comparison"),
    ("gcv", "craven1978smoothing"),
)
    register!(
        OfDegree(m, choice == "reml");
        name="smoothing_spline_$(degree)_$(choice)",
        family="spline",
        max_order=min(2m - 1, 7),
        exact_degree=m - 1,
        min_samples=m + MORE_SAMPLES,
        standard_deviation=true,
        cites=["wahba1990spline", source, "wahba1983bayesian"],
        source=@__FILE__,
    )
end

register!(
    OfFixedSmoothing();
    name="smoothing_spline_nonic_fixed",
    family="spline",
    exact_degree=4,
    min_samples=5 + MORE_SAMPLES,
    standard_deviation=true,
    cites=["wahba1990spline", "wahba1983bayesian"],
    prior_names=["GSS"],
    source=@__FILE__,
)

end
