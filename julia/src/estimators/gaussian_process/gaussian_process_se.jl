"""
Gaussian process with squared-exponential covariance, settings by restricted likelihood.

The covariance matrix of smooth data is singular to working precision at low noise, so it is never
formed. With features A the model of the centred samples is

    y = A c + e,   c ~ N(0, s2 I),   e ~ N(0, s2 r I),

and one QR factorisation of [A; sqrt(r) I], which is backward stable however small the noise ratio
r is, gives likelihood, its two first and three second derivatives, and the posterior.
"""
module GaussianProcessSE

using LinearAlgebra: BLAS, LAPACK, dot
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..Scaling: unit_time, to_time!
using ..SpectralFeatures: Frequencies, amplitudes, features, frequencies
using ..SpectralLikelihood: Fit, centre!, fit, mean_of, posterior

# Points are in [-1, 1]. Parameters are theta = [log length scale, log noise ratio].
const LONGEST = log(6.0)  # three durations: longer ones are polynomials of low degree
const SHORTEST = log(0.004)  # bounds the number of features, and so the time, for n > 500
const RATIO_BOUNDS = (-55.0, 9.0)  # noise between 1e-12 and 90 times the signal's spread
const SCAN_SAMPLES = 201  # the coarse scan sees at most this many samples
const SCAN_STEP = 0.3  # of the scan in log length scale; basins are some 0.5 wide or wider
const SCAN_RATIOS = collect(-46.0:2.0:6.0)  # below exp(-46) an SVD cannot see the noise
const MARGINS = (0.2, 1.5)  # by which theta may move before the frequencies are rechosen
const STEP_LIMITS = (1.0, 4.0)
const STARTS = 3  # local minima of the scan that are followed at most
const DEPTH = 1.0  # how far above the deepest a followed minimum may lie [nats a sample]
const BACKWARD_ERROR = 1e-10  # of the covariance, relative to the noise variance over n
const ITERATIONS = 60
const SETTLED = 1e-2  # gain of a Newton step below which rounding may decide [nats]

struct GaussianProcess <: AbstractEstimator end

"""
    scan(x, y, log_lengths) -> Matrix

Objective for `log_lengths` (rows) and `SCAN_RATIOS` (columns), with one SVD a row.
"""
function scan(x::Vector{Float64}, y::Vector{Float64}, log_lengths::Vector{Float64})
    n = length(x)
    centred = y .- mean_of(y)
    objective = Matrix{Float64}(undef, length(log_lengths), length(SCAN_RATIOS))
    for (row, log_length) in enumerate(log_lengths)
        scale = exp(log_length)
        # 1e-3: the scan need not be exact, and fewer features make it faster.
        grid = frequencies(scale, scale, 1e-3 * exp(SCAN_RATIOS[1]) / n)
        A = features(x, grid, amplitudes(grid, scale)[1], 0)
        centre!(A)
        U, values, _ = LAPACK.gesdd!('S', A)
        z = BLAS.gemv('T', U, centred)
        residual = centred - BLAS.gemv('N', U, z)
        rest = dot(residual, residual)
        rank = min(length(values), n - 1)  # the removed mean takes one
        for (column, log_ratio) in enumerate(SCAN_RATIOS)
            ratio = exp(log_ratio)
            Q, log_det = rest / ratio, (n - 1 - rank) * log_ratio
            for i in 1:rank
                shrunk = values[i]^2 + ratio
                Q += z[i]^2 / shrunk
                log_det += log(shrunk)
            end
            objective[row, column] = ((n - 1) * log(Q / (n - 1)) + log_det) / 2
        end
    end
    return objective
end

"""
    local_minima(objective) -> Vector{Tuple{Int,Int}}

Indices of entries below their neighbours in row and column, lowest first.
"""
function local_minima(objective::Matrix{Float64})
    rows, columns = size(objective)
    at(i, j) = 1 <= i <= rows && 1 <= j <= columns ? objective[i, j] : Inf
    found = Tuple{Float64,Int,Int}[]
    for i in 1:rows, j in 1:columns
        here = objective[i, j]
        here <= min(at(i - 1, j), at(i + 1, j), at(i, j - 1), at(i, j + 1)) &&
            push!(found, (here, i, j))
    end
    sort!(found)
    return [(i, j) for (_, i, j) in found]
end

"Logarithm of the shortest length scale for n samples: their mean spacing."
shortest_length(n::Int) = max(log(2 / (n - 1)), SHORTEST)

"""
    starts(x, y) -> Vector{Vector{Float64}}

Starting values of theta: the deepest minima of coarse scans. More than `SCAN_SAMPLES` samples are
scanned twice: an even selection of them shows the length scales that it resolves, a block from
the middle shows whether there are shorter ones.
"""
function starts(x::Vector{Float64}, y::Vector{Float64})
    n = length(x)
    count = min(n, SCAN_SAMPLES)
    lowest = shortest_length(n)
    resolved = max(shortest_length(count), lowest)
    even = [div(2i * (n - 1) + count - 1, 2(count - 1)) + 1 for i in 0:count-1]
    found = deepest(x[even], y[even], lengths_from(resolved), Inf)
    if resolved - lowest > 1e-9
        first = div(n - count, 2)
        block = first+1:first+count
        append!(found, deepest(x[block], y[block], lengths_from(lowest), resolved + SCAN_STEP))
    end
    return found
end

lengths_from(lowest::Float64) =
    [lowest + SCAN_STEP * i for i in 0:ceil(Int, (LONGEST - lowest) / SCAN_STEP)-1]

# The deepest minima of a scan, at most `STARTS`, with a log length scale below `highest`; one more
# than `DEPTH` a sample above the deepest is left out.
function deepest(
    x::Vector{Float64}, y::Vector{Float64}, log_lengths::Vector{Float64}, highest::Float64
)
    objective = scan(x, y, log_lengths)
    # A grid point may lie this much above the bottom of its valley: at low noise 0.15 in log
    # length scale may cost 0.8 nats a sample.
    within = minimum(objective) + DEPTH * length(x)
    found = Vector{Float64}[]
    minima = local_minima(objective)
    for (i, j) in minima[1:min(STARTS, end)]
        log_lengths[i] < highest && objective[i, j] <= within &&
            push!(found, [log_lengths[i], SCAN_RATIOS[j]])
    end
    return found
end

"Frequencies that are enough for every parameter within `MARGINS` of `theta`."
function covering(n::Int, theta::Vector{Float64})
    tolerance = min(BACKWARD_ERROR * exp(theta[2] - MARGINS[2]) / n, 1e-3)
    return frequencies(exp(theta[1] - MARGINS[1]), exp(theta[1] + MARGINS[1]), tolerance)
end

"""
    newton_step(theta, gradient, hessian, lower, upper) -> Vector

Newton step inside the bounds, with the magnitudes of the Hessian's eigenvalues. A parameter at a
bound that the gradient pushes outwards stays there.
"""
function newton_step(
    theta::Vector{Float64}, gradient::Vector{Float64}, hessian::Matrix{Float64},
    lower::Vector{Float64}, upper::Vector{Float64},
)
    free = [
        !(theta[i] <= lower[i] && gradient[i] > 0) && !(theta[i] >= upper[i] && gradient[i] < 0)
        for i in 1:2
    ]
    step = zeros(2)
    # Curvature below 1e-3 would mean a standard error of 30 in a logarithm: no information.
    if all(free)
        # Eigenvectors (cos, sin) and (-sin, cos) of the symmetric matrix. (Julia 1.5's compiler
        # crashes on the union that LAPACK.syev! returns.)
        middle, half = (hessian[1, 1] + hessian[2, 2]) / 2, (hessian[1, 1] - hessian[2, 2]) / 2
        radius = hypot(half, hessian[1, 2])
        sine, cosine = sincos(atan(hessian[1, 2], half) / 2)
        along = -(cosine * gradient[1] + sine * gradient[2]) / max(abs(middle + radius), 1e-3)
        across = -(cosine * gradient[2] - sine * gradient[1]) / max(abs(middle - radius), 1e-3)
        step = [cosine * along - sine * across, sine * along + cosine * across]
    else
        for i in 1:2
            free[i] && (step[i] = -gradient[i] / max(abs(hessian[i, i]), 1e-3))
        end
    end
    excess = max(1.0, abs(step[1]) / STEP_LIMITS[1], abs(step[2]) / STEP_LIMITS[2])
    return clamp.(theta .+ step ./ excess, lower, upper) .- theta
end

inside(theta::Vector{Float64}, centre::Vector{Float64}) =
    all(abs(theta[i] - centre[i]) <= MARGINS[i] for i in 1:2)

"""
    minimise(x, y, theta) -> Union{Fit,Nothing}

Follow the objective from `theta` to its local minimum; `nothing` if it does not settle. Newton's
method with step halving. Near the minimum the objective's rounding error may exceed its changes,
so there full steps are taken for as long as their gain shrinks.
"""
function minimise(x::Vector{Float64}, y::Vector{Float64}, theta::Vector{Float64})
    n = length(x)
    lower, upper = [shortest_length(n), RATIO_BOUNDS[1]], [LONGEST, RATIO_BOUNDS[2]]
    centre = clamp.(theta, lower, upper)  # MARGINS around it are covered by the grid
    here = fit(x, y, centre, covering(n, centre))
    previous, gain = Inf, Inf
    for _ in 1:ITERATIONS
        step = newton_step(here.theta, here.gradient, here.hessian, lower, upper)
        gain = -dot(here.gradient, step)  # twice the predicted decrease
        settled = gain < SETTLED && gain > previous / 2
        (settled || maximum(abs, step) < 1e-9) && return here
        previous = gain
        there = accepted(x, y, here, step, gain, centre)
        there === nothing && break
        here = there
        inside(here.theta, centre) || (centre = here.theta)
    end
    return gain < SETTLED ? here : nothing
end

# The fit after `step`, or after the first halved step that lowers the objective.
function accepted(
    x::Vector{Float64}, y::Vector{Float64}, here::Fit, step::Vector{Float64}, gain::Float64,
    centre::Vector{Float64},
)
    for _ in 1:12
        theta = here.theta + step
        grid = inside(theta, centre) ? here.grid : covering(length(x), theta)
        there = fit(x, y, theta, grid)
        (gain < SETTLED || there.objective < here.objective) && return there
        step = step / 2
    end
    return nothing
end

"""
    best_fit(x, y) -> Fit

The deepest local minimum reached from the starts of the scan. Throws an `ErrorException` if no
start converges.
"""
function best_fit(x::Vector{Float64}, y::Vector{Float64})
    best = nothing
    for theta in starts(x, y)
        found = minimise(x, y, theta)
        found === nothing && continue
        (best === nothing || found.objective < best.objective) && (best = found)
    end
    best === nothing && error("gaussian_process_se: the likelihood of n = $(length(x)) samples " *
          "has no minimum that Newton's method reaches; check that the samples are finite")
    return best::Fit
end

"""
    estimate(::GaussianProcess, t, y, t_eval, orders)

Differentiate the posterior mean of a squared-exponential Gaussian process: signal ~ constant + GP
with covariance `s2 exp(-(t - t')^2 / 2l^2)`, independent Gaussian noise. Length scale and noise
ratio maximise the restricted likelihood, in which the constant mean is integrated and the signal
variance maximised out: a coarse scan finds the minima, Newton's method with exact second
derivatives polishes them. The settings are `length_scale` [time], between the mean spacing (or
1/500 of the duration) and three durations, and `signal_sd` and `noise_sd` [signal].

Source: Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, sections 2.2, 2.7,
5.4 and 9.4.
"""
function estimate(
    ::GaussianProcess, t::Vector{Float64}, y::Vector{Float64}, t_eval::Vector{Float64},
    orders::Vector{Int},
)
    x, x_eval, half_width = unit_time(t, t_eval)
    mean = mean_of(y)
    centred = y .- mean
    offset = mean_of(centred)
    mean, centred = mean + offset, centred .- offset
    largest = maximum(abs, centred)
    row = findfirst(isequal(0), orders)
    if largest <= 8eps() * abs(mean)  # constant: what is left is rounding
        values = zeros(length(orders), length(t_eval))
        row === nothing || (values[row, :] .= mean)
        return Estimate(
            values; standard_deviation=zero(values), settings=(signal_sd=0.0, noise_sd=0.0)
        )
    end
    scale = ldexp(1.0, exponent(largest) + 1)  # dividing by a power of two does not round
    model = best_fit(x, centred ./ scale)
    values, deviation = posterior(model, x_eval, length(t), orders)
    values .*= scale
    deviation .*= scale
    to_time!(values, orders, half_width)
    to_time!(deviation, orders, half_width)
    row === nothing || (values[row, :] .+= mean)
    settings = (
        length_scale=exp(model.theta[1]) * half_width,
        signal_sd=sqrt(model.signal_variance) * scale,
        noise_sd=sqrt(model.noise_variance) * scale,
    )
    return Estimate(values; standard_deviation=deviation, settings=settings)
end

register!(
    GaussianProcess();
    name="gaussian_process_se",
    oracle="oracle_gaussian_process_se",
    family="gaussian process",
    exact_degree=0,
    min_samples=8,
    standard_deviation=true,
    cites=["rasmussen2006gaussian", "patterson1971recovery"],
    source=@__FILE__,
)

end
