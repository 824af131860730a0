"""
Natural splines as posterior means of integrated white noise, in O(n) and without loss; Python's
`spline_process` explains it.
"""
module SplineProcess

using ..CriterionSearch: smallest
using ..InformationSmoother: Chain, Smoothed, forward, backward
using ..SampleScaling: UnitSamples

export Problem, transitions, prepare, order_of, noise_ratio, smooth, search_bounds
export search_step, choose_by_validation, describe

const LOWEST_HALF_WAVES = 0.5
const KEPT_BITS = 16.0
const SEARCH_STEP = 0.15
const FULL_ORDER = 6
const FINE = 0.5 * pi
const LEAST_LEFT = 1e-12  # degrees of freedom of the residual, per sample: of rounding errors

"Samples in units of their spread; their times since the first, and steps [mean step]."
struct Problem
    times::Vector{Float64}
    steps::Vector{Float64}
    z::Vector{Float64}
    floor::Float64
    chain::Chain
end

"Penalty order m."
order_of(problem::Problem) = size(problem.chain.back[1], 1)

"Matrices B and N of the chain of states f^(k) / k!, k < m, over `steps`; see Python."
function transitions(steps::Vector{Float64}, m::Int)
    back = [zeros(m, m) for _ in steps]
    noise = [zeros(m, m) for _ in steps]
    for a in 0:(m - 1)
        for b in a:(m - 1), (i, step) in enumerate(steps)
            back[i][a + 1, b + 1] = binomial(b, a) * (-step)^(b - a)
        end
        k = m - 1 - a
        for j in 0:k
            # The exact Cholesky factor of a Hilbert matrix, from the Legendre polynomials.
            cholesky = factorial(k)^2 / (factorial(k - j) * factorial(k + j + 1))
            weight = binomial(m - 1, a) * sqrt(2j + 1) * cholesky
            for (i, step) in enumerate(steps)
                noise[i][a + 1, j + 1] = weight * step^k * sqrt(step)
            end
        end
    end
    return back, noise
end

"The problem of `samples` at times `t` [time] for penalty order m."
function prepare(t::Vector{Float64}, samples::UnitSamples, m::Int)
    mean_step = (t[end] - t[1]) / (length(t) - 1)
    steps = [(t[i + 1] - t[i]) / mean_step for i in 1:(length(t) - 1)]
    times = [(s - t[1]) / mean_step for s in t]
    back, noise = transitions(steps, m)
    chain = Chain(back, noise, fill(true, length(t)))
    return Problem(times, steps, samples.z, samples.floor, chain)
end

"Noise ratio q of the chain for the logarithm of the cut-off frequency [per mean step]."
noise_ratio(log_cut_off::Float64, m::Int) = exp(2m * log_cut_off) / factorial(m - 1)^2

"Range of the logarithm of the cut-off frequency for n samples and penalty order m; see Python."
function search_bounds(n::Int, m::Int=FULL_ORDER)
    low = max(1.0, FULL_ORDER / m) * log(LOWEST_HALF_WAVES) + log(pi / n)
    return (low, KEPT_BITS / 2m * log(2.0) + log(pi))
end

"Step of the search in that range, on which criteria are smooth."
search_step(m::Int) = SEARCH_STEP * max(1.0, FULL_ORDER / m)

"Posterior of the states, given samples `z` wherever the chain is observed."
function smooth(chain::Chain, z::Vector{Float64}, q::Float64)
    return backward(chain, forward(chain, reshape(z, :, 1), q), q)
end

"Noise ratio of the smallest GCV score (Craven & Wahba 1978)."
function choose_by_validation(problem::Problem)
    n, m = length(problem.z), order_of(problem)
    low, high = search_bounds(n, m)
    function criterion(parameter)
        q = noise_ratio(parameter, m)
        squares, freedom = residual(problem, smooth(problem.chain, problem.z, q), q)
        return log(squares + problem.floor) - 2.0 * log(max(n - freedom, LEAST_LEFT * n))
    end
    return noise_ratio(smallest(criterion, low, high, search_step(m)), m)
end

"Sum of squared residuals and degrees of freedom (trace of the smoother)."
function residual(problem::Problem, smoothed::Smoothed, q::Float64)
    n, m = length(problem.z), order_of(problem)
    fine = q >= noise_ratio(log(FINE), m)
    squares, freedom, before = 0.0, 0.0, 0.0
    for i in 1:n
        # Near interpolation from the jumps of the derivative of order 2m - 1; see Python.
        enters = i < n ? sqrt(q) * problem.chain.noise[i][1, m] : 1.0
        after = i < n ? smoothed.noises[m, i] / enters : 0.0
        squares += (fine ? before - after : problem.z[i] - smoothed.states[1, i])^2
        freedom += smoothed.variances[1, i]
        before = after
    end
    return squares, freedom
end

"Degrees of freedom, and the noise's standard deviation by likelihood and by residuals."
function describe(problem::Problem, q::Float64)
    n = length(problem.z)
    reduced = forward(problem.chain, reshape(problem.z, :, 1), q)
    squares, freedom = residual(problem, backward(problem.chain, reduced, q), q)
    by_likelihood = sqrt(sum(abs2, reduced.residuals) / (n - order_of(problem)))
    return freedom, by_likelihood, sqrt(squares / max(n - freedom, LEAST_LEFT * n))
end

end
