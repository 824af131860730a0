module SmoothingSpline

using LinearAlgebra
using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..CriterionSearch: smallest
using ..InformationSmoother: Chain, Smoothed, forward, backward
using ..RestrictedLikelihood: restricted_likelihood, likeliest_order

# The constants of Python's `smoothing_spline` and `spline_process`, which explain them.
const LEAST_ORDER, GREATEST_ORDER = 6, 10
const SAMPLES_PER_ORDER = 3
const LOWEST_HALF_WAVES = 0.5
const HIGHEST = 4.0 * pi
const SEARCH_STEP = 0.15

"Natural smoothing spline; penalty order and smoothing by restricted maximum likelihood."
struct ByLikelihood <: AbstractEstimator end

"Natural smoothing spline of degree 11, its smoothing by generalised cross-validation."
struct ByValidation <: AbstractEstimator end

"Samples `z` and steps in units in which mean step, spread and noise ratio are of order 1."
struct Problem
    steps::Vector{Float64}
    z::Vector{Float64}
    floor::Float64
    chain::Chain
end

order_of(problem::Problem) = size(problem.chain.back, 1)

function estimate(
    choice::Union{ByLikelihood,ByValidation},
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    if maximum(y) == minimum(y)
        values = zeros(length(orders), length(t_eval))
        values[orders .== 0, :] .= y[1]
        zero_deviation = zeros(size(values))
        settings = (degrees_of_freedom=1.0,)
        return Estimate(values; standard_deviation=zero_deviation, settings=settings)
    end
    n = length(t)
    problem, q = choose(choice, t, y)
    m, step = order_of(problem), (t[end] - t[1]) / (n - 1)
    spread = norm(y .- mean(y)) / sqrt(n)
    values, deviations = evaluate(problem, q, (t_eval .- t[1]) ./ step, orders)
    freedom, by_likelihood, by_residuals = describe(problem, q)
    noise = choice isa ByLikelihood ? by_likelihood : by_residuals
    for (row, order) in enumerate(orders)
        scale = spread / step^order
        values[row, :] .*= scale
        deviations[row, :] .*= noise * scale
        order == 0 && (values[row, :] .+= mean(y))
    end
    settings = (
        penalty_order=m,
        smoothing=step^(2m - 1) / (factorial(m - 1)^2 * q),
        degrees_of_freedom=freedom,
        noise=noise * spread,
    )
    return Estimate(values; standard_deviation=deviations, settings=settings)
end

"Matrices B and N of the chain of states f^(k) / k!, k < m, over `steps`; see Python."
function transitions(steps::Vector{Float64}, m::Int)
    back, noise = zeros(m, m, length(steps)), zeros(m, m, length(steps))
    for (i, step) in enumerate(steps), a in 0:(m - 1)
        for b in a:(m - 1)
            back[a + 1, b + 1, i] = binomial(b, a) * (-step)^(b - a)
        end
        k = m - 1 - a
        for j in 0:k
            cholesky = factorial(k)^2 / (factorial(k - j) * factorial(k + j + 1))
            weight = binomial(m - 1, a) * sqrt(2j + 1) * cholesky
            noise[a + 1, j + 1, i] = weight * step^(k + 0.5)
        end
    end
    return back, noise
end

function prepare(t::Vector{Float64}, y::Vector{Float64}, m::Int)
    n = length(t)
    steps = diff(t) ./ ((t[end] - t[1]) / (n - 1))
    z = y .- mean(y)
    spread = norm(z) / sqrt(n)
    floor = n * (eps() * maximum(abs, y) / spread)^2
    return Problem(steps, z ./ spread, floor, Chain(transitions(steps, m)..., fill(true, n)))
end

"Noise ratio of the chain for the logarithm of the cut-off frequency [per mean step]."
noise_ratio(log_cut_off::Float64, m::Int) = exp(2m * log_cut_off) / factorial(m - 1)^2

search_bounds(n::Int) = (log(LOWEST_HALF_WAVES * pi / n), log(HIGHEST))

function choose(::ByLikelihood, t::Vector{Float64}, y::Vector{Float64})
    n = length(t)
    orders = LEAST_ORDER:max(LEAST_ORDER, min(GREATEST_ORDER, div(n, SAMPLES_PER_ORDER)))
    problem = prepare(t, y, LEAST_ORDER)
    bounds = search_bounds(n)
    if length(orders) > 1
        x = 2.0 .* vcat(0.0, cumsum(problem.steps)) ./ (n - 1) .- 1.0
        chain_of(m) = prepare(t, y, m).chain
        m = likeliest_order(chain_of, noise_ratio, orders, x, problem.z, problem.floor, bounds)
        problem = prepare(t, y, m)
    end
    m, trend = order_of(problem), zeros(n, 0)
    function criterion(parameter)
        q = noise_ratio(parameter, m)
        return restricted_likelihood(problem.chain, problem.z, problem.floor, q, trend)
    end
    return problem, noise_ratio(smallest(criterion, bounds[1], bounds[2], SEARCH_STEP), m)
end

function choose(::ByValidation, t::Vector{Float64}, y::Vector{Float64})
    problem = prepare(t, y, LEAST_ORDER)
    low, high = search_bounds(length(t))
    criterion(parameter) = validation(problem, noise_ratio(parameter, LEAST_ORDER))
    return problem, noise_ratio(smallest(criterion, low, high, SEARCH_STEP), LEAST_ORDER)
end

"Logarithm of the GCV score (Craven & Wahba 1979)."
function validation(problem::Problem, q::Float64)
    squares, freedom = residual(problem, smooth(problem.chain, problem.z, q))
    return log(squares + problem.floor) - 2 * log(length(problem.z) - freedom)
end

function smooth(chain::Chain, z::Vector{Float64}, q::Float64)
    return backward(chain, forward(chain, reshape(z, :, 1), q), q)
end

"Sum of squared residuals and degrees of freedom (trace of the smoother)."
function residual(problem::Problem, smoothed::Smoothed)
    return sum(abs2, problem.z .- smoothed.states[1, :]), sum(smoothed.variances[1, :])
end

"Degrees of freedom, and the noise's standard deviation by likelihood and by residuals."
function describe(problem::Problem, q::Float64)
    n, m = length(problem.z), order_of(problem)
    reduced = forward(problem.chain, reshape(problem.z, :, 1), q)
    squares, freedom = residual(problem, backward(problem.chain, reduced, q))
    by_likelihood = norm(reduced.residuals) / sqrt(n - m)
    return freedom, by_likelihood, sqrt(squares / (n - freedom))
end

"Derivatives of the spline and their posterior deviations at times `x` since the first sample."
function evaluate(problem::Problem, q::Float64, x::Vector{Float64}, orders::Vector{Int})
    m = order_of(problem)
    knots = vcat(0.0, cumsum(problem.steps))
    own, place = merge_times(knots, x)
    smoothed = smooth(problem.chain, problem.z, q)
    inside = smoothed
    if length(own) > length(knots)
        observed = [insorted_at(knots, s) > 0 for s in own]
        z = zeros(length(own))
        z[observed] = problem.z
        inside = smooth(Chain(transitions(diff(own), m)..., observed), z, q)
    end
    values, deviations = fill(NaN, length(orders), length(x)), fill(NaN, length(orders), length(x))
    for (row, k) in enumerate(orders), j in 1:length(x)
        if k < m
            values[row, j] = factorial(k) * inside.states[k + 1, place[j]]
            deviations[row, j] = factorial(k) * sqrt(inside.variances[k + 1, place[j]])
        else
            s = own[place[j]]
            interval = clamp(searchsortedlast(knots, s), 1, length(knots) - 1)
            len = problem.steps[interval]
            shapes = shape_derivatives(m, k - m, (s - knots[interval]) / len)
            values[row, j] = factorial(m - 1) * sqrt(q) / len^(k - m + 0.5)
            values[row, j] *= dot(shapes, smoothed.noises[:, interval])
        end
    end
    return values, deviations
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

"Knots and the points of `x` that are none, in order, and where each of `x` is among them."
function merge_times(knots::Vector{Float64}, x::Vector{Float64})
    n = length(knots)
    points = copy(x)
    for (j, s) in enumerate(x)
        nearest = clamp(searchsortedfirst(knots, s), 2, n)
        nearest -= s - knots[nearest - 1] < knots[nearest] - s
        # A point within rounding of a knot is that knot: a shorter step has no meaning.
        if abs(s - knots[nearest]) <= 1e-10 * (1.0 + knots[n] / n)
            points[j] = knots[nearest]
        end
    end
    own = sort!(unique(vcat(knots, points)))
    return own, [searchsortedfirst(own, s) for s in points]
end

function insorted_at(sorted::Vector{Float64}, s::Float64)
    i = searchsortedfirst(sorted, s)
    return i <= length(sorted) && sorted[i] == s ? i : 0
end

for (method, name, source) in (
    (ByLikelihood(), "smoothing_spline_reml", "wahba1985comparison"),
    (ByValidation(), "smoothing_spline_gcv", "craven1978smoothing"),
)
    register!(
        method;
        name=name,
        family="spline",
        exact_degree=LEAST_ORDER - 1,
        min_samples=10,
        standard_deviation=true,
        cites=[source, "wahba1983bayesian", "bierman1977factorization"],
        source=@__FILE__,
    )
end

end
