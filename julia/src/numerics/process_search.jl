"""
The parameters of a Gaussian process that maximise its restricted likelihood.

A coarse scan finds the basins, Newton's method with exact second derivatives finds their minima.
"""
module ProcessSearch

using LinearAlgebra: BLAS, LAPACK, dot
using ..MaternSpectrum: Matern, density, lower, parameters, period, upper
using ..ProcessFit: Fit, Grid, Samples, amplitudes, fit, frequencies, reduce_samples

export Found, best, covering

const RATIO_BOUNDS = (-55.0, 9.0)  # noise between 1e-12 and 90 times the signal's spread
const SCAN_SAMPLES = 101  # the coarse scan sees at most this many samples
const SCAN_RATIOS = collect(-46.0:2.0:6.0)  # below exp(-46) an SVD cannot see the noise
const SCAN_STEP = 0.4  # of the log length scale
const SCAN_LOG_P = log(20.0)  # learned smoothness in the scan
const MARGIN = 0.35  # by which theta may leave the centre of a grid's range
const RATIO_MARGIN = 1.5
const TAIL = 1e-2  # variance of the frequencies left out, relative to the noise's over n
const LARGE = 400  # samples and features that one factorisation takes at most
const STARTS = 2  # minima of the scans that are followed at most
const DEPTH = 1.0  # how far above the deepest a followed minimum may lie [nats a sample]
const ITERATIONS = 60
const SETTLED = 1e-2  # gain of a Newton step below which rounding may decide [nats]
const FLAT = 1e-3  # curvature below which a logarithm is not determined

"A fit, the samples in its features' coordinates, and the number of samples it was learned from."
struct Found
    model::Fit
    samples::Samples
    seen::Int
end

"Indices of at most `count` of `n` samples, spread evenly."
selection(n::Int, count::Int) =
    n <= count ? collect(1:n) :
    [div(2i * (n - 1) + count - 1, 2(count - 1)) + 1 for i in 0:count-1]

reaches(theta::Vector{Float64}) = vcat(fill(MARGIN, length(theta) - 1), RATIO_MARGIN)

"Frequencies that are enough for every theta within the margins of `theta`."
function covering(spectrum::Matern, theta::Vector{Float64}, n::Int)
    circumference = period(spectrum, min(theta[1] + MARGIN, upper(spectrum)[1]))
    # More than LARGE samples resolve what matters below their Nyquist frequency.
    bandwidth = min(spectrum.bandwidth, max(1.0, spectrum.bandwidth * LARGE / n))
    highest = max(8, ceil(Int, bandwidth * (n - 1) * circumference / 4))
    widest = theta - reaches(theta)
    grid = Grid(circumference, highest)
    a = amplitudes(grid, density(spectrum, widest, frequencies(grid)).log)
    allowed = TAIL * exp(widest[end])
    left_out, enough = 0.0, highest
    for k in highest:-1:0
        left_out += a[k+1]^2
        left_out * n < allowed || break
        enough = k
    end
    return Grid(circumference, max(8, enough))
end

# Samples in the features for `theta`; a selection if samples and features are over `LARGE`.
function prepare(
    x::Vector{Float64}, y::Vector{Float64}, spectrum::Matern, theta::Vector{Float64}
)
    grid = covering(spectrum, theta, length(x))
    min(length(x), 2grid.highest + 1) <= LARGE && return reduce_samples(x, y, grid)
    even = selection(length(x), LARGE)
    grid = covering(spectrum, theta, LARGE)
    return reduce_samples(x[even], centred(y[even]), grid)
end

function centred(y::Vector{Float64})
    mean = sum(y) / length(y)
    return [one - mean for one in y]
end

"Objective for `shapes` (rows) and `SCAN_RATIOS` (columns), with one SVD a row."
function scan(
    x::Vector{Float64}, y::Vector{Float64}, spectrum::Matern, shapes::Vector{Vector{Float64}}
)
    objective = Matrix{Float64}(undef, length(shapes), length(SCAN_RATIOS))
    for (row, shape) in enumerate(shapes)
        grid = covering(spectrum, vcat(shape, SCAN_RATIOS[1]), length(x))
        samples = reduce_samples(x, y, grid)
        a = amplitudes(grid, density(spectrum, shape, frequencies(grid)).log)
        A = copy(samples.F)
        for j in axes(A, 2), i in axes(A, 1)
            A[i, j] *= a[j]
        end
        U, values, _ = LAPACK.gesdd!('S', A)
        N = samples.freedom
        rank = min(length(values), N)
        z = BLAS.gemv('T', U, samples.y)[1:rank]
        residual = samples.y - BLAS.gemv('N', U[:, 1:rank], z)
        rest = dot(residual, residual) + samples.rest
        for (column, log_ratio) in enumerate(SCAN_RATIOS)
            ratio = exp(log_ratio)
            form, log_det = rest / ratio, (N - rank) * log_ratio
            for i in 1:rank
                shrunk = values[i]^2 + ratio
                form += z[i]^2 / shrunk
                log_det += log(shrunk)
            end
            objective[row, column] = (N * log(form / N) + log_det) / 2
        end
    end
    return objective
end

"Value, row and column of each entry below its neighbours in row and column, lowest first."
function local_minima(objective::Matrix{Float64})
    rows, columns = size(objective)
    at(i, j) = 1 <= i <= rows && 1 <= j <= columns ? objective[i, j] : Inf
    found = Tuple{Float64,Int,Int}[]
    for i in 1:rows, j in 1:columns
        here = objective[i, j]
        here <= min(at(i - 1, j), at(i + 1, j), at(i, j - 1), at(i, j + 1)) &&
            push!(found, (here, i, j))
    end
    return sort!(found)
end

"""
    starts(x, y, spectrum) -> Vector{Vector{Float64}}

Deepest minima of scans over the log length. More than `SCAN_SAMPLES` samples are scanned twice: an
even selection of them shows the length scales that it resolves, a block from the middle shows
whether there are shorter ones.
"""
function starts(x::Vector{Float64}, y::Vector{Float64}, spectrum::Matern)
    n = length(x)
    even = selection(n, SCAN_SAMPLES)
    count = length(even)
    low, resolved = lower(spectrum, n)[1], lower(spectrum, count)[1]
    found = deepest(x[even], centred(y[even]), spectrum, resolved, Inf)
    if resolved - low > 1e-9
        block = div(n - count, 2)+1:div(n - count, 2)+count
        shorter = deepest(x[block], centred(y[block]), spectrum, low, resolved + SCAN_STEP)
        append!(found, shorter)
    end
    return found
end

# The deepest minima of the scan, at most `STARTS`, with a log length below `highest`; one more than
# `DEPTH` a sample above the deepest is left out.
function deepest(
    x::Vector{Float64}, y::Vector{Float64}, spectrum::Matern, low::Float64, highest::Float64
)
    count = ceil(Int, (upper(spectrum)[1] - low) / SCAN_STEP)
    others = spectrum.learned ? [SCAN_LOG_P] : Float64[]
    shapes = [vcat(low + SCAN_STEP * i, others) for i in 0:count-1]
    minima = local_minima(scan(x, y, spectrum, shapes))
    # A grid point may lie this much above the bottom of its valley.
    within = minima[1][1] + DEPTH * length(x)
    return [
        vcat(shapes[i], SCAN_RATIOS[j]) for
        (value, i, j) in minima[1:min(STARTS, end)] if shapes[i][1] < highest && value <= within
    ]
end

"""
    newton_step(theta, gradient, hessian, low, high) -> Vector

Newton step inside the bounds, with the magnitudes of the Hessian's eigenvalues. A parameter that
would leave its bounds goes to the bound, and the step of the others is computed for that; a
parameter at a bound with the gradient pointing outwards stays there.
"""
function newton_step(
    theta::Vector{Float64}, gradient::Vector{Float64}, hessian::Matrix{Float64},
    low::Vector{Float64}, high::Vector{Float64},
)
    step = zeros(length(theta))
    free = [
        i for i in eachindex(theta) if !(theta[i] <= low[i] && gradient[i] > 0) &&
        !(theta[i] >= high[i] && gradient[i] < 0)
    ]
    while !isempty(free)
        slope = gradient[free]
        for j in eachindex(theta)
            j in free || (slope += hessian[free, j] * step[j])
        end
        _, values, Vt = LAPACK.gesdd!('A', hessian[free, free])  # values: |eigenvalues|
        along = BLAS.gemv('N', Vt, slope)
        step[free] = -BLAS.gemv('T', Vt, along ./ max.(values, FLAT))
        beyond = [i for i in free if !(low[i] <= theta[i] + step[i] <= high[i])]
        isempty(beyond) && break
        for i in beyond
            step[i] = clamp(theta[i] + step[i], low[i], high[i]) - theta[i]
        end
        free = [i for i in free if !(i in beyond)]
    end
    return step
end

# `step`, shortened to stay within `reach` of the centre, from which theta is `offset`.
function shortened(step::Vector{Float64}, offset::Vector{Float64}, reach::Vector{Float64})
    part = 1.0
    for i in eachindex(step)
        room = step[i] > 0 ? reach[i] - offset[i] : reach[i] + offset[i]
        part = min(part, room / max(abs(step[i]), 1e-300))
    end
    return step * part
end

"""
    minimise(x, y, spectrum, theta) -> Union{Found,Nothing}

Follow the objective from `theta` to its local minimum; `nothing` if it does not settle. Newton's
method with step halving. Near the minimum the objective's rounding error may exceed its changes,
so there full steps are taken for as long as their gain shrinks. When theta comes to the edge of the
margins of its features, these are chosen anew.
"""
function minimise(
    x::Vector{Float64}, y::Vector{Float64}, spectrum::Matern, theta::Vector{Float64}
)
    low = vcat(lower(spectrum, length(x)), RATIO_BOUNDS[1])
    high = vcat(upper(spectrum), RATIO_BOUNDS[2])
    reach = reaches(theta)
    centre = clamp.(theta, low, high)
    samples = prepare(x, y, spectrum, centre)
    here = fit(samples, spectrum, centre)
    previous, gain = Inf, Inf
    for _ in 1:ITERATIONS
        if any(abs(here.theta[i] - centre[i]) >= 0.999reach[i] for i in eachindex(centre))
            centre = here.theta
            samples = prepare(x, y, spectrum, centre)
            here = fit(samples, spectrum, centre)
            previous = Inf
        end
        step = newton_step(here.theta, here.gradient, here.hessian, low, high)
        gain = -dot(here.gradient, step)
        settled = gain < SETTLED && gain > previous / 2
        (settled || maximum(abs, step) < 1e-9) && return Found(here, samples, samples.freedom + 1)
        previous = gain
        there = accepted(samples, spectrum, here, shortened(step, here.theta - centre, reach), gain)
        there === nothing && break
        here = there
    end
    return gain < SETTLED ? Found(here, samples, samples.freedom + 1) : nothing
end

# The fit after `step`, or after the first halved step that lowers the objective.
function accepted(
    samples::Samples, spectrum::Matern, here::Fit, step::Vector{Float64}, gain::Float64
)
    for _ in 1:12
        there = fit(samples, spectrum, here.theta + step)
        (gain < SETTLED || there.objective < here.objective) && return there
        step = step / 2
    end
    return nothing
end

"""
    best(x, y, spectrum) -> Found

The deepest local minimum reached from the starts. Throws an `ErrorException` if none converges.
"""
function best(x::Vector{Float64}, y::Vector{Float64}, spectrum::Matern)
    deepest = nothing
    for theta in starts(x, y, spectrum)
        found = minimise(x, y, spectrum, theta)
        found === nothing && continue
        (deepest === nothing || found.model.objective < deepest.model.objective) &&
            (deepest = found)
    end
    deepest === nothing && error("the likelihood of n = $(length(x)) samples has no minimum " *
          "that Newton's method reaches; check that the samples are finite")
    return deepest::Found
end

end
