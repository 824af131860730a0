"""
Kalman smoother with an integrated-Wiener prior; smoothness and smoothing by likelihood.

The prior says that the derivative of order q is a Wiener process. For each q the ratio of process
to noise intensity maximises the restricted likelihood. Derivative k is then read from the best q
among those for which it is smoother than a Wiener process; q itself is compared by a likelihood of
the same data for all: that of the contrasts orthogonal to the largest q's polynomials.
"""
module KalmanIntegratedWiener

using LinearAlgebra
using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..IntegratedWiener: Transitions, transitions, innovations, smooth

# Splines of degree 7 to 21. A rougher prior than q = 3 declares smooth signals free of noise.
const LOWEST, HIGHEST = 3, 10
# Windows (the filter's memory) are powers of exp(LATTICE) samples, so that all platforms and
# both languages land on the same one; half a step costs less than 0.01 nats.
const LATTICE = 0.03
const COARSE, FINE = 20, 4  # strides on the lattice of the scan and of the first refinement
const HIGHEST_LOG_RATIO = 46.0  # there the noise is 1e-10 of a sample's innovation: interpolation
const LONGEST_WINDOW = 4.0  # durations of the record; the fit is then a polynomial of degree q
const TIE = 1e-6  # the smoothest window within so many nats of the best is taken

"Kalman smoothing under an integrated-Wiener prior; see Python's `kalman_integrated_wiener`."
struct KalmanIntegratedWienerSmoother <: AbstractEstimator end

"One q with its likeliest window; the likelihood is of the contrasts that are common to all q."
struct Fit
    q::Int
    log_ratio::Float64
    log_likelihood::Float64
    noise_variance::Float64
end

"Centred samples of unit spread on their times, with what all q share."
struct Record
    t::Vector{Float64}
    y::Matrix{Float64}
    steps::Vector{Float64}
    polynomials::Matrix{Float64}
    floor::Float64
end

"""
Smallest q admitted for a derivative: it is then at least a once integrated Wiener process. Order 7
is content with q = 7: the eighth derivative is never observed so well that a smoother prior repays
its wilder ends.
"""
lowest_q(order::Int) = max(LOWEST, min(order + 1, 7))

"Logarithm of the intensity whose window is `exp(LATTICE * index)` mean sample steps."
log_ratio(q::Int, index::Int) = -(2q + 2) * LATTICE * index

function estimate(
    ::KalmanIntegratedWienerSmoother,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n = length(t)
    offset = mean(y)
    centred = y .- offset
    spread = sqrt(mean(abs2, centred))
    resolution = eps() * maximum(abs, y)
    values, deviations = zeros(length(orders), length(t_eval)), zeros(length(orders), length(t_eval))
    values[orders .== 0, :] .= offset
    spread <= resolution &&
        return Estimate(values; standard_deviation=deviations, settings=(constant=true,))
    centred ./= spread
    highest = min(HIGHEST, (n - 3) ÷ 2)
    record = Record(t, reshape(centred, :, 1), diff(t) ./ ((t[end] - t[1]) / (n - 1)),
        orthonormal_polynomials(t, highest), (resolution / spread)^2 / 12)
    fits = Fit[fit(record, q) for q in LOWEST:highest]
    chosen = Fit[likeliest(fits, lowest_q(order)) for order in orders]
    for best in unique(chosen)
        states, uncertainty = smooth(t, centred, t_eval, best.q, best.log_ratio)
        for (row, order) in enumerate(orders)
            chosen[row].q == best.q || continue
            values[row, :] .+= states[order + 1, :] .* spread
            deviations[row, :] .= uncertainty[order + 1, :] .* (sqrt(best.noise_variance) * spread)
        end
    end
    return Estimate(values; standard_deviation=deviations,
        settings=settings(t, spread, fits, chosen))
end

function likeliest(fits::Vector{Fit}, lowest::Int)
    best = fits[findfirst(f -> f.q >= lowest, fits)]
    for f in fits
        f.q >= lowest && f.log_likelihood > best.log_likelihood && (best = f)
    end
    return best
end

function settings(t::Vector{Float64}, spread::Float64, fits::Vector{Fit}, chosen::Vector{Fit})
    unit = (t[end] - t[1]) / (length(t) - 1)
    return (
        integration_order=Int[f.q for f in chosen],
        window=Float64[unit * exp(-f.log_ratio / (2 * f.q + 2)) for f in chosen],
        noise=Float64[sqrt(f.noise_variance) * spread for f in chosen],
        best_integration_order=likeliest(fits, LOWEST).q,
    )
end

"Choose the window for `q`."
function fit(record::Record, q::Int)
    n = length(record.t)
    moves = transitions(q, record.steps)
    shortest = ceil(Int, -HIGHEST_LOG_RATIO / ((2q + 2) * LATTICE))
    longest = floor(Int, log(LONGEST_WINDOW * (n - 1)) / LATTICE)
    chosen = log_ratio(q, search(record, q, moves, shortest, longest))
    variance = restricted_log_likelihood(record, q, chosen, moves)[2]
    return Fit(q, chosen, common_log_likelihood(record, q, chosen, moves), variance)
end

"""
Index of the smoothest window whose log likelihood is within `TIE` of the best.

A scan with stride `COARSE`, then two refinements down to the lattice. Where the likelihood is flat
(interpolation at the short end, a polynomial at the long one), ties go to the smoother.
"""
function search(record::Record, q::Int, moves::Transitions, shortest::Int, longest::Int)
    known = Dict{Int,Float64}()
    indices = collect(shortest:COARSE:longest)
    best = shortest
    for (stride, reach) in ((FINE, COARSE), (1, FINE), (0, 0))
        for index in indices
            haskey(known, index) && continue
            known[index] = restricted_log_likelihood(record, q, log_ratio(q, index), moves)[1]
        end
        bound = maximum(values(known)) - TIE
        best = maximum(Int[index for (index, value) in known if value >= bound])
        stride > 0 && (indices = collect((best - reach + stride):stride:(best + reach - stride)))
    end
    return best
end

"""
Restricted log likelihood, noise variance maximised out, and this variance. Variances below
`record.floor` are rounding of the samples and are raised to it.
"""
function restricted_log_likelihood(record::Record, q::Int, log_ratio::Float64, moves::Transitions)
    E, log_determinant = innovations(record.t, record.y, q, log_ratio, moves)
    variance = max(sum(abs2, E) / length(E), record.floor)
    return -0.5 * (length(E) * log(variance) + log_determinant), variance
end

"""
Log likelihood of the contrasts orthogonal to all polynomials of `record`, whatever q.

The polynomials of degree q + 1 to the largest q are fixed effects and are eliminated by least
squares on the whitened innovations (Patterson & Thompson 1971), which turns densities of different
data into densities of the same.
"""
function common_log_likelihood(record::Record, q::Int, log_ratio::Float64, moves::Transitions)
    Y = hcat(record.polynomials[:, (q + 2):end], record.y)
    E, log_determinant = innovations(record.t, Y, q, log_ratio, moves)
    n, d = size(E, 1), size(E, 2) - 1
    R = qr(E).R
    variance = max(R[d + 1, d + 1]^2 / (n - d), record.floor)
    log_scale = sum(Float64[log(abs(R[j, j])) for j in 1:d])
    return -0.5 * (log_determinant + (n - d) * log(variance)) - log_scale
end

"Polynomials of degree 0 to `degree`, orthonormal on the sample times: columns."
function orthonormal_polynomials(t::Vector{Float64}, degree::Int)
    x = 2 .* (t .- t[1]) ./ (t[end] - t[1]) .- 1
    V = ones(length(t), degree + 1)
    V[:, 2] .= x
    for k in 2:degree
        V[:, k + 1] .= ((2k - 1) .* x .* V[:, k] .- (k - 1) .* V[:, k - 1]) ./ k
    end
    return Matrix(qr(V).Q)
end

register!(
    KalmanIntegratedWienerSmoother();
    name="kalman_integrated_wiener",
    family="kalman",
    exact_degree=8,
    min_samples=20,
    standard_deviation=true,
    cites=["wahba1978improper", "kohn1987new", "kramer2024stable"],
    source=@__FILE__,
)

end
