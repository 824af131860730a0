"""
Kalman smoother with an integrated-Wiener prior; smoothness and smoothing by likelihood.

In the prior the derivative of order q is a Wiener process. For each q the ratio of process to noise
intensity maximises the restricted likelihood. Derivative k is then read from the best q among those
for which it is smoother than a Wiener process; the q are compared by the likelihood of the same
data: the contrasts orthogonal to the polynomials of the largest q.
"""
module KalmanIntegratedWiener

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..IntegratedWiener: innovations, triangularise!
using ..IntegratedWienerSmoother: smooth
using ..IntegratedWienerWindow: WindowProblem, likeliest, rounding_variance, window, window_problem

# Splines of degree 7 to 21. A rougher prior than q = 3 declares smooth signals free of noise.
const LOWEST, HIGHEST = 3, 10

"Kalman smoothing under an integrated-Wiener prior; see Python's `kalman_integrated_wiener`."
struct KalmanIntegratedWienerSmoother <: AbstractEstimator end

"One q with its likeliest window; the likelihood is of the contrasts that are common to all q."
struct Fit
    q::Int
    log_ratio::Float64
    log_likelihood::Float64
    noise_variance::Float64
end

"""
Smallest q for a derivative of `order`, which is then a once integrated Wiener process. For order 7
it is 7, not 8: samples determine the eighth derivative too badly for a smoother prior to be worth
its larger errors at the ends.
"""
lowest_q(order::Int) = max(LOWEST, min(order + 1, 7))

function estimate(
    ::KalmanIntegratedWienerSmoother,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n, offset = length(t), sum(y) / length(y)
    centred = Float64[sample - offset for sample in y]
    spread = sqrt(sum(abs2, centred) / n)
    resolution = eps() * maximum(abs, y)
    rows, columns = length(orders), length(t_eval)
    values, deviations = zeros(rows, columns), zeros(rows, columns)
    fill_order_zero!(values, orders, offset)
    spread <= resolution &&
        return Estimate(values; standard_deviation=deviations, settings=(constant=true,))
    for i in 1:n
        centred[i] /= spread
    end
    fits = fit_all(t, centred, rounding_variance(y, spread))
    chosen = Fit[likeliest_fit(fits, lowest_q(order)) for order in orders]
    for f in fits
        any(c -> c.q == f.q, chosen) || continue
        states, uncertainty = smooth(t, centred, t_eval, f.q, f.log_ratio)
        noise = sqrt(f.noise_variance) * spread
        for j in eachindex(t_eval), (row, order) in enumerate(orders)
            chosen[row].q == f.q || continue
            values[row, j] += states[order + 1, j] * spread
            deviations[row, j] = uncertainty[order + 1, j] * noise
        end
    end
    return Estimate(values; standard_deviation=deviations,
        settings=settings(t, spread, fits, chosen))
end

function fill_order_zero!(values::Matrix{Float64}, orders::Vector{Int}, offset::Float64)
    for j in axes(values, 2), row in eachindex(orders)
        orders[row] == 0 && (values[row, j] = offset)
    end
    return values
end

function fit_all(t::Vector{Float64}, y::Vector{Float64}, floor::Float64)
    highest = min(HIGHEST, (length(t) - 3) ÷ 2)
    polynomials = orthonormal_polynomials(t, highest)
    return Fit[fit(window_problem(t, y, q, floor), polynomials) for q in LOWEST:highest]
end

"The likeliest fit with q at least `lowest`."
function likeliest_fit(fits::Vector{Fit}, lowest::Int)
    best = fits[max(lowest - LOWEST, 0) + 1]
    for f in fits
        f.q >= lowest && f.log_likelihood > best.log_likelihood && (best = f)
    end
    return best
end

function settings(t::Vector{Float64}, spread::Float64, fits::Vector{Fit}, chosen::Vector{Fit})
    unit = (t[end] - t[1]) / (length(t) - 1)
    return (
        integration_order=Int[f.q for f in chosen],
        window=Float64[window(f.q, f.log_ratio, unit) for f in chosen],
        noise=Float64[sqrt(f.noise_variance) * spread for f in chosen],
        best_integration_order=likeliest_fit(fits, LOWEST).q,
    )
end

"Choose the window for the problem's q."
function fit(problem::WindowProblem, polynomials::Matrix{Float64})
    chosen, variance = likeliest(problem)
    return Fit(problem.q, chosen, common_log_likelihood(problem, chosen, polynomials), variance)
end

"""
Log likelihood of the contrasts orthogonal to all `polynomials`, whatever q.

The polynomials of degree q + 1 to the largest q are fixed effects and are eliminated by least
squares on the whitened innovations (Patterson & Thompson 1971), which turns densities of different
data into densities of the same.
"""
function common_log_likelihood(
    problem::WindowProblem, log_ratio::Float64, polynomials::Matrix{Float64}
)
    n, q = length(problem.t), problem.q
    d = size(polynomials, 2) - q - 1
    Y = zeros(n, d + 1)
    for j in 1:(d + 1), i in 1:n
        Y[i, j] = j > d ? problem.y[i, 1] : polynomials[i, q + 1 + j]
    end
    E, log_determinant = innovations(problem.t, Y, q, log_ratio, problem.moves)
    triangularise!(E, size(E, 1), d + 1)
    dof = size(E, 1) - d
    variance = max(E[d + 1, d + 1]^2 / dof, problem.floor)
    log_likelihood = -0.5 * (log_determinant + dof * log(variance))
    for j in 1:d
        log_likelihood -= log(abs(E[j, j]))
    end
    return log_likelihood
end

"""
Polynomials of degree 0 to `degree`, orthonormal on the sample times (columns), by multiplication
with time and two rounds of orthogonalisation against all earlier ones.
"""
function orthonormal_polynomials(t::Vector{Float64}, degree::Int)
    n = length(t)
    Q, half_width = ones(n, degree + 1), (t[end] - t[1]) / 2
    for k in 1:(degree + 1)
        if k > 1
            for i in 1:n
                Q[i, k] = ((t[i] - t[1]) / half_width - 1.0) * Q[i, k - 1]
            end
        end
        for round in 1:2, j in 1:(k - 1)
            product = 0.0
            for i in 1:n
                product += Q[i, j] * Q[i, k]
            end
            for i in 1:n
                Q[i, k] -= product * Q[i, j]
            end
        end
        norm = 0.0
        for i in 1:n
            norm += Q[i, k]^2
        end
        for i in 1:n
            Q[i, k] /= sqrt(norm)
        end
    end
    return Q
end

register!(
    KalmanIntegratedWienerSmoother();
    name="kalman_integrated_wiener",
    family="kalman",
    exact_degree=8,
    min_samples=20,
    standard_deviation=true,
    cites=["wahba1978improper", "rauch1965maximum", "koopman1997exact", "kramer2024stable",
        "patterson1971recovery"],
    oracle="oracle_kalman",
    source=@__FILE__,
)

end
