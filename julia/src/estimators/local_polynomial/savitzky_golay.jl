"""
Savitzky-Golay differentiation with window and degree chosen per order and distance from the end.

Every estimate is a derivative of the least-squares polynomial in a window of 2m + 1 samples,
centred where the record allows it, otherwise the outermost full window (Savitzky & Golay 1964,
extended to the ends by Gram polynomials as in Gorry 1990). Window and degree minimise the
estimated risk, variance plus squared bias, both of which follow from the coefficients C of all
windows in the orthonormal Gram basis:

* the variance of the estimate at an offset is `sigma^2 sum_{j<=p} b_j^2`, with b the derivatives
  of the basis there;
* its bias is `sum_{j>p} theta_j b_j` with the true coefficients theta, which C shows with noise:
  the second moment of C over the windows, less sigma^2, estimates that of theta where it is above
  the noise, and a geometric decay fitted to it continues it below the noise.
"""
module SavitzkyGolay

using LinearAlgebra
using Statistics: mean
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..GramPolynomials: gram_derivatives
using ..MovingPolynomial: AMPLITUDES, RATIOS, SIZES, Windows, decay_likelihood, even_step, geometric,
    noise_variance, position, windows_of

"Selected window (index into the sizes), degree and risk per order and distance."
struct Choice
    distance::Vector{Int}
    window::Matrix{Int}
    degree::Matrix{Int}
    risk::Matrix{Float64}
end

struct SavitzkyGolayAdaptive <: AbstractEstimator end

"""
    estimate(::SavitzkyGolayAdaptive, t, y, t_eval, orders)

Derivatives by local polynomials with the window and degree of least estimated risk. Between two
samples the estimates of the windows that belong to either are mixed in proportion to the
distance. The standard deviations are roots of the estimated risk, which includes the estimated
bias. Throws an `ArgumentError` if the sample times are not evenly spaced.
"""
function estimate(
    ::SavitzkyGolayAdaptive,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n = length(t)
    step = even_step(t, "savitzky_golay_adaptive")
    centre = mean(y)
    scale = maximum(abs, y .- centre)
    if scale == 0
        values = [k == 0 ? centre : 0.0 for k in orders, _ in t_eval]
        return Estimate(values; standard_deviation=zero(values), settings=(noise=0.0,))
    end
    z = (y .- centre) ./ scale
    windows = Windows[windows_of(z, half) for half in geometric(1, div(n - 1, 2), SIZES)]
    # Rounding of the samples is the least noise there can be.
    variance = max(noise_variance(windows), (eps() * (1 + abs(centre) / scale))^2)
    choice = choose(windows, variance, orders, n)
    values, risk = evaluate(windows, choice, position(t, t_eval), orders, n)
    for (i, k) in enumerate(orders)
        unit = scale / step^k
        values[i, :] .*= unit
        k == 0 && (values[i, :] .+= centre)
        risk[i, :] .= sqrt.(risk[i, :]) .* unit
    end
    settings = (
        noise=sqrt(variance) * scale,
        window=[2 * windows[w].half + 1 for w in choice.window[:, end]],
        degree=choice.degree[:, end],
        edge_window=[2 * windows[w].half + 1 for w in choice.window[:, 1]],
        edge_degree=choice.degree[:, 1],
    )
    return Estimate(values; standard_deviation=risk, settings=settings)
end

"""
    decay(w, variance, last)

Expected square of each true coefficient beyond degree `last`, zero up to it: a geometric decay
fitted from five degrees before `last` on. The steepest one within one unit of the highest log
likelihood is taken, since a slightly too slow decay gives high derivatives a much too large bias.
"""
function decay(w::Windows, variance::Float64, last::Int)
    start = max(0, last - 5)
    power = w.power[(start + 1):end]
    top = max(maximum(power[1:min(3, end)]) - variance, 1e-3 * variance)
    likelihood = decay_likelihood(power, w.freedom, variance, top)
    highest = maximum(likelihood)
    ratio = findfirst(r -> maximum(view(likelihood, :, r)) >= highest - 1, eachindex(RATIOS))
    amplitude = top * AMPLITUDES[argmax(likelihood[:, ratio])]
    return Float64[j > last ? amplitude * RATIOS[ratio]^(j - start) : 0.0 for j in 0:w.degree]
end

"""
    moments(w, variance, last)

Second moments of the true coefficients up to degree `last`: over all windows, and near the ends.
Both count every window and its mirror image alike, so that the two ends are treated the same;
over all windows this makes moments of unlike parity vanish.
"""
function moments(w::Windows, variance::Float64, last::Int)
    count = size(w.coefficients, 1)
    edge = min(count, div(w.half + 1, 2))
    left = w.coefficients[1:edge, :]
    right = w.coefficients[(count - edge + 1):count, :]
    for j in 1:w.degree
        isodd(j) && (right[:, j + 1] .*= -1)
    end
    ends = (left' * left .+ right' * right) ./ (2 * edge)
    everywhere = (w.coefficients' * w.coefficients) ./ count
    for j in 0:w.degree, i in 0:w.degree
        isodd(i + j) && (everywhere[i + 1, j + 1] = 0.0)
        for moment in (everywhere, ends)
            i == j && (moment[i + 1, j + 1] -= variance)
            max(i, j) > last && (moment[i + 1, j + 1] = 0.0)
        end
    end
    return everywhere, ends
end

"Add ``\\sum_{i,j>p} b_i moment_{ij} b_j``, not below zero, to `bias` for every degree p."
function add_quadratic!(
    bias::Vector{Float64}, moment::Matrix{Float64}, b::Vector{Float64}, last::Int
)
    total = 0.0
    for i in (last + 1):-1:2
        cross = 0.0
        for j in (i + 1):(last + 1)
            cross += moment[j, i] * b[j]
        end
        total += b[i] * (moment[i, i] * b[i] + 2 * cross)
        bias[i - 1] += max(total, 0.0)
    end
    return bias
end

"Degree of the last coefficient that is significant, by Mallows' Cp with penalty 4."
function last_significant(w::Windows, variance::Float64)
    left, least, last = 0.0, Inf, 0
    for j in w.degree:-1:0
        cp = left + 4 * variance * (j + 1)
        cp <= least && ((least, last) = (cp, j))
        left += w.power[j + 1]
    end
    return last
end

"""
    least_risks!(choice, index, w, variance, orders)

Put windows `w`, number `index`, into the choice wherever one of their degrees has less estimated
risk (in units of one step) than the present choice.
"""
function least_risks!(
    choice::Choice, index::Int, w::Windows, variance::Float64, orders::Vector{Int}
)
    last = last_significant(w, variance)
    everywhere, ends = moments(w, variance, last)
    tau = decay(w, variance, last)
    # If coefficients are still large at the highest degree, the window does not resolve the signal.
    # The terms left out are then estimated by the last ones: so many that 8 values are averaged.
    reach = ceil(Int, 8 / w.freedom)
    reach = max(2, min(reach + reach % 2, w.degree))
    unresolved = last > w.degree - reach
    size = 2 * w.half + 1
    offsets = Float64[-max(w.half - d, 0) for d in choice.distance]
    derivatives = gram_derivatives(size, w.degree, maximum(orders), offsets)
    for (i, k) in enumerate(orders), (d, offset) in enumerate(offsets)
        b = derivatives[d, :, k + 1]
        bias = zeros(w.degree + 1)
        add_quadratic!(bias, offset == 0 ? everywhere : ends, b, last)
        tail = 0.0
        for j in (w.degree + 1):-1:2
            tail += tau[j] * b[j]^2
            bias[j - 1] += tail
        end
        if unresolved
            highest = (w.degree - reach + 2):(w.degree + 1)
            rest = sum(max(everywhere[j, j], 0.0) * b[j]^2 for j in highest)
            bias .+= rest * 2 / reach
        end
        k == 0 && w.degree == 2 * w.half && (bias[end] = 0.0)  # interpolation returns the samples
        # The recurrence is stable where the polynomials oscillate, (offset/m)^2 + (p/size)^2 < 1,
        # and elsewhere keeps eight digits up to 6 sqrt(size).
        limit = max(6 * sqrt(size), size * sqrt(1 - (offset / w.half)^2))
        squares = 0.0
        for p in 0:min(w.degree, floor(Int, limit))
            squares += b[p + 1]^2
            risk = variance * squares + bias[p + 1]
            if p >= k && risk < choice.risk[i, d]
                choice.risk[i, d], choice.window[i, d], choice.degree[i, d] = risk, index, p
            end
        end
    end
    return choice
end

function choose(windows::Vector{Windows}, variance::Float64, orders::Vector{Int}, n::Int)
    last = div(n - 1, 2)
    dense = min(32, last)
    distance = vcat(collect(0:(dense - 1)), geometric(dense, last, SIZES))
    shape = (length(orders), length(distance))
    choice = Choice(distance, zeros(Int, shape), zeros(Int, shape), fill(Inf, shape))
    for (index, w) in enumerate(windows)
        least_risks!(choice, index, w, variance, orders)
    end
    return choice
end

"Values and risks (orders, length(position)) at `position`, in steps from the first sample."
function evaluate(
    windows::Vector{Windows}, choice::Choice, position::Vector{Float64}, orders::Vector{Int}, n::Int
)
    values = zeros(length(orders), length(position))
    risk = zeros(length(orders), length(position))
    for (m, x) in enumerate(position)
        low = clamp(floor(Int, x), 0, n - 1)
        share = x - low
        for (sample, weight) in ((low, 1 - share), (min(low + 1, n - 1), share))
            weight > 0 || continue
            place = searchsortedlast(choice.distance, min(sample, n - 1 - sample))
            for (i, k) in enumerate(orders)
                w, p = windows[choice.window[i, place]], choice.degree[i, place]
                centre = clamp(sample, w.half, n - 1 - w.half)
                b = gram_derivatives(2 * w.half + 1, p, k, [x - centre])
                fit = 0.0
                for j in 1:(p + 1)
                    fit += w.coefficients[centre - w.half + 1, j] * b[1, j, k + 1]
                end
                values[i, m] += weight * fit
                risk[i, m] += weight * choice.risk[i, place]
            end
        end
    end
    return values, risk
end

register!(
    SavitzkyGolayAdaptive();
    name="savitzky_golay_adaptive",
    family="local polynomial",
    exact_degree=7,
    min_samples=20,
    uneven=false,
    standard_deviation=true,
    cites=["savitzky1964smoothing", "gorry1990general"],
    oracle="oracle_savitzky_golay",
    source=@__FILE__,
)

end
