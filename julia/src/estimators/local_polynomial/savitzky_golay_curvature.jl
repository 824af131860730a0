"""
Savitzky-Golay windows from the noise and the curvature of the signal.

A polynomial of degree p = k + 3 in a window of N samples estimates derivative k, in units of one
step, with asymptotic risk

    sigma^2 V (2 / N)^(2k + 1) + (D_r B)^2 (N / 2)^8,    r = k + 4,

where D_r is the rms derivative of order r, and with Legendre's polynomials P_j (leading
coefficient l_j) on the window mapped to [-1, 1]

    V = sum_{j<=p} (2j + 1) / 2 * P_j^(k)(0)^2,    B = |P_r^(k)(0)| / (l_r r!).

The risk is least for `(N / 2)^(2k + 9) = (2k + 1) sigma^2 V / (8 (D_r B)^2)`: the ratio
`sigma^2 / D_4^2` sets the window of order 0. D_4 and D_2 are measured by differences of block
means; `D_r = D_4 (D_4 / D_2)^(k / 2)` continues them as for an oscillation.
"""
module SavitzkyGolayCurvature

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..MovingPolynomial: SIZES, Windows, even_step, geometric, moving_fit, noise_variance, position,
    windows_of
using ..SampleScaling: UnitSamples, unit_samples

const EXTRA = 3  # degree beyond the order of the derivative
const FIXED_HALF, FIXED_DEGREE = 7, 7  # of the hybrid at low noise: 15 samples, degree 7
# Ratio of a fourth difference's mean square to the noise's above which it measures curvature.
const TELLING = 4.0

"""
Moving polynomial with the optimal window for measured noise and curvature; a `hybrid` takes 15
samples and degree 7 where their error from noise is below their bias.
"""
struct CurvatureWindow <: AbstractEstimator
    hybrid::Bool
end

"Noise variance, rms fourth derivative, and root of the ratio of fourth to second, per step."
struct Curvature
    noise::Float64
    fourth::Float64
    frequency::Float64
end

"Root mean square of a derivative of order 4 or more."
derivative(c::Curvature, order::Int) = c.fourth * c.frequency^(order - 4)

function estimate(
    method::CurvatureWindow,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    samples = unit_samples(y)
    values = zeros(length(orders), length(t_eval))
    for j in eachindex(t_eval), row in eachindex(orders)
        orders[row] == 0 && (values[row, j] = samples.mean)
    end
    samples.spread == 0.0 && return Estimate(values)
    step, place = even_step(t, "savitzky_golay_curvature"), position(t, t_eval)
    curvature = measure(samples)
    halves, degrees = zeros(Int, length(orders)), zeros(Int, length(orders))
    for (row, k) in enumerate(orders)
        half, degree = best_half(curvature, k, length(t)), k + EXTRA
        if method.hybrid && needs_no_more_smoothing(curvature, k)
            half, degree = FIXED_HALF, FIXED_DEGREE
        end
        halves[row], degrees[row] = half, degree
        fit = moving_fit(samples.z, place, k, half, degree)
        for j in eachindex(fit)
            values[row, j] += fit[j] * samples.spread / step^k
        end
    end
    settings = (noise=sqrt(curvature.noise) * samples.spread, window=2 .* halves .+ 1,
        degree=degrees)
    return Estimate(values; settings=settings)
end

"Derivatives of `order` at zero of Legendre's polynomials of degree 0 to `degree`."
function legendre_at_zero(degree::Int, order::Int)
    rows = zeros(order + 1, degree + 1)
    rows[1, 1] = 1.0
    for j in 0:(degree - 1), k in 0:order
        value = k > 0 ? (2j + 1) * k * rows[k, j + 1] : 0.0
        j > 0 && (value -= j * rows[k + 1, j])
        rows[k + 1, j + 2] = value / (j + 1)
    end
    return rows[order + 1, :]
end

"Constants V and B of the risk, and the order r of the derivative in its bias."
function asymptotic_risk(order::Int, degree::Int)
    r = iseven(degree + 1 - order) ? degree + 1 : degree + 2
    at_zero = legendre_at_zero(r, order)
    variance = 0.0
    for j in 0:degree
        variance += (2j + 1) / 2 * at_zero[j + 1]^2
    end
    leading = binomial(2r, r) / 2.0^r
    return variance, abs(at_zero[r + 1]) / (leading * factorial(r)), r
end

"Whether the fixed window's noise error is below its bias, by its asymptotic risk."
function needs_no_more_smoothing(c::Curvature, order::Int)
    variance, bias, r = asymptotic_risk(order, FIXED_DEGREE)
    width = FIXED_HALF + 0.5
    from_noise = c.noise * variance * width^(-(2 * order + 1))
    from_bias = (derivative(c, r) * bias * width^(r - order))^2
    return from_noise <= from_bias
end

"Half-width of least asymptotic risk; windows have more samples than coefficients."
function best_half(c::Curvature, order::Int, n::Int)
    degree = order + EXTRA
    variance, bias, r = asymptotic_risk(order, degree)
    lowest, highest = div(degree + 2, 2), div(n - 1, 2)
    size = derivative(c, r) * bias
    size == 0.0 && return highest
    ratio = (2 * order + 1) * c.noise * variance / (8 * size^2)
    half = floor(Int, min(ratio^(1 / (2 * order + 9)), Float64(n)))
    return max(lowest, min(half, highest))
end

"Measure noise and curvature of the samples."
function measure(samples::UnitSamples)
    z = samples.z
    n = length(z)
    windows = Windows[windows_of(z, half) for half in geometric(1, div(n - 1, 2), SIZES)]
    noise = max(noise_variance(windows), samples.floor / n)
    sums = zeros(n + 1)
    for i in 1:n
        sums[i + 1] = sums[i] + z[i]
    end
    second, fourth = 0.0, 0.0
    for stride in 1:div(n, 5)
        means = Float64[(sums[i + stride] - sums[i]) / stride for i in 1:(n + 1 - stride)]
        m = length(means) - 4 * stride
        square, curve = 0.0, 0.0
        for i in 1:m
            a, b, c = means[i], means[i + stride], means[i + 2 * stride]
            d, e = means[i + 3 * stride], means[i + 4 * stride]
            square += (a - 4b + 6c - 4d + e)^2 / m
            curve += (b - 2c + d)^2 / m
        end
        from_noise = 70 * noise / stride
        fourth = sqrt(max(square - from_noise, from_noise)) / Float64(stride)^4
        second = sqrt(curve) / stride^2
        square > TELLING * from_noise && break
    end
    return Curvature(noise, fourth, second > 0 ? sqrt(fourth / second) : 0.0)
end

for hybrid in (false, true)
    register!(
        CurvatureWindow(hybrid);
        name=hybrid ? "savitzky_golay_hybrid" : "savitzky_golay_curvature",
        family="local polynomial",
        exact_degree=3,
        min_samples=20,
        uneven=false,
        cites=["savitzky1964smoothing", "gorry1990general", "fan1996local"],
        prior_names=[hybrid ? "Savitzky-Golay-Hybrid" : "Savitzky-Golay-Adaptive"],
        source=@__FILE__,
    )
end

end
