"""
Kalman smoothers with an integrated-Wiener prior of fixed order; smoothing by likelihood.

`kalman_wiener_q` takes the signal's derivative of order q as a Wiener process and chooses the
ratio of process to noise intensity by restricted likelihood: the smoothing spline of degree
`2q + 1` under Wahba's generalised maximum likelihood. `kalman_integrated_wiener` chooses among
these q.

The state holds the derivatives of order 0 to q, all of which are continuous; that of order q + 1 is
white noise, which samples do not determine. So the highest order is q.
"""
module KalmanWiener

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..IntegratedWienerSmoother: smooth
using ..IntegratedWienerWindow: likeliest, rounding_variance, window, window_problem
using ..SampleScaling: unit_samples

const LOWEST, HIGHEST = 2, 9

"Smoother under the prior that the derivative of order q is a Wiener process."
struct KalmanWienerSmoother <: AbstractEstimator
    q::Int
end

function estimate(
    method::KalmanWienerSmoother,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    samples, q = unit_samples(y), method.q
    values, deviations = zeros(length(orders), length(t_eval)), zeros(length(orders), length(t_eval))
    for j in eachindex(t_eval), row in eachindex(orders)
        orders[row] == 0 && (values[row, j] = samples.mean)
    end
    samples.spread == 0.0 &&
        return Estimate(values; standard_deviation=deviations, settings=(noise=0.0,))
    problem = window_problem(t, samples.z, q, rounding_variance(y, samples.spread))
    ratio, variance = likeliest(problem)
    mean, deviation = smooth(t, samples.z, t_eval, q, ratio)
    noise = sqrt(variance) * samples.spread
    for j in eachindex(t_eval), row in eachindex(orders)
        values[row, j] += mean[orders[row] + 1, j] * samples.spread
        deviations[row, j] = deviation[orders[row] + 1, j] * noise
    end
    unit = (t[end] - t[1]) / (length(t) - 1)
    return Estimate(values; standard_deviation=deviations,
        settings=(window=window(q, ratio, unit), noise=noise))
end

for q in LOWEST:HIGHEST
    register!(
        KalmanWienerSmoother(q);
        name="kalman_wiener_$q",
        family="kalman",
        max_order=min(q, 7),
        exact_degree=q,
        min_samples=max(10, 2q + 3),
        standard_deviation=true,
        cites=["wahba1978improper", "rauch1965maximum", "koopman1997exact", "kramer2024stable"],
        source=@__FILE__,
    )
end

end
