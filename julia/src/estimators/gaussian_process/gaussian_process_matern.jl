"""
Gaussian processes with Matérn covariance, of given or of learned smoothness.

A Matérn process of smoothness nu = p + 1/2 has derivatives up to order p. Its spectrum falls like
`w^-(2p + 2)` where the squared-exponential one, the limit of large p, falls like a Gaussian:
signals with sharper and smoother stretches are between the two. See `process_fit.jl` for the
process on a circle and its numerics.
"""
module GaussianProcessMatern

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..MaternSpectrum: Matern
using ..ProcessFit: fit, left_out, posterior, reduce_samples
using ..ProcessSearch: Found, best, covering
using ..Scaling: unit_time, to_time!

struct GaussianProcess <: AbstractEstimator
    spectrum::Matern
end

mean_of(v) = sum(v) / length(v)

"""
    estimate(estimator, t, y, t_eval, orders) -> Estimate

Signal ~ constant + Matérn process, independent Gaussian noise. Length scale, noise ratio and, where
it is not given, smoothness maximise the restricted likelihood, in which the constant is integrated
and the signal variance maximised out (Rasmussen & Williams 2006, section 4.2.1).
"""
function estimate(
    estimator::GaussianProcess,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    x, x_eval, half_width = unit_time(t, t_eval)
    mean = mean_of(y)
    centred = y .- mean
    offset = mean_of(centred)
    mean, centred = mean + offset, centred .- offset
    largest = maximum(abs, centred)
    row = findfirst(isequal(0), orders)
    if largest <= 8eps() * maximum(abs, y)  # constant: what is left is rounding
        values = zeros(length(orders), length(t_eval))
        row === nothing || (values[row, :] .= mean)
        return Estimate(
            values; standard_deviation=zero(values), settings=(signal_sd=0.0, noise_sd=0.0)
        )
    end
    scale = ldexp(1.0, exponent(largest) + 1)  # dividing by a power of two does not round
    found, values, variance = predict(x, centred ./ scale, estimator.spectrum, x_eval, orders)
    deviation = sqrt.(variance) .* scale
    values .*= scale
    to_time!(values, orders, half_width)
    to_time!(deviation, orders, half_width)
    row === nothing || (values[row, :] .+= mean)
    settings = reported(estimator.spectrum, found, half_width, scale)
    return Estimate(values; standard_deviation=deviation, settings=settings)
end

# The fit, means and variances from all samples. The variances include frequencies above the
# features' bandwidth, which samples do not determine.
function predict(
    x::Vector{Float64}, y::Vector{Float64}, spectrum::Matern, x_eval::Vector{Float64},
    orders::Vector{Int},
)
    found = best(x, y, spectrum)
    if found.seen < length(x)
        theta = found.model.theta
        samples = reduce_samples(x, y, covering(spectrum, theta, length(x)))
        found = Found(fit(samples, spectrum, theta), samples, length(x))
    end
    model, grid = found.model, found.samples.grid
    values, variance = posterior(found.samples, model, length(x), x_eval, orders)
    unseen = left_out(grid, spectrum, model.theta, orders)
    for i in axes(variance, 2), row in axes(variance, 1)
        variance[row, i] += model.signal_variance * unseen[row]
    end
    return found, values, variance
end

function reported(spectrum::Matern, found::Found, half_width::Float64, scale::Float64)
    model = found.model
    signal_variance = model.signal_variance * sum(abs2, model.a[1:found.samples.grid.highest+1])
    return (
        length_scale=exp(model.theta[1]) * half_width,
        smoothness=(spectrum.learned ? exp(model.theta[2]) : spectrum.roughest) + 0.5,
        signal_sd=sqrt(signal_variance) * scale,
        noise_sd=sqrt(model.noise_variance) * scale,
    )
end

for (name, spectrum, max_order) in (
    ("gaussian_process_matern_52", Matern(2.0), 2),
    ("gaussian_process_matern_72", Matern(3.0), 3),
    ("gaussian_process_matern_92", Matern(4.0), 4),
    ("gaussian_process_matern", Matern(7.5, 400.0), 7),
)
    register!(
        GaussianProcess(spectrum);
        name=name,
        family="gaussian process",
        max_order=max_order,
        exact_degree=0,
        min_samples=8,
        standard_deviation=true,
        cites=["rasmussen2006gaussian", "patterson1971recovery"],
        source=@__FILE__,
    )
end

end
