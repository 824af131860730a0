"""
Spectral densities of Matérn processes, differentiated with respect to their parameters.

Points lie in [-1, 1]. Parameters are logarithms, ordered so that a smaller one means a rougher
process. Densities are not normalised: the likelihood profiles the signal's variance out. The
length scale enters as `log l` besides its effect on the shape, which keeps the variance nearly
constant.
"""
module MaternSpectrum

export Matern, Density, density, period, lower, upper, parameters

const LONGEST = log(6.0)  # three durations: longer ones are polynomials of low degree

"""
    Matern(p)
    Matern(roughest, smoothest)

Matérn processes of smoothness p + 1/2: of given p, with the parameter `log l`, or of learned p
between two bounds, with the parameters `log l, log p`. `bandwidth` is the highest frequency,
relative to the samples' mean Nyquist frequency, that is ever used.
"""
struct Matern
    learned::Bool
    roughest::Float64
    smoothest::Float64
    bandwidth::Float64
end
Matern(p::Float64) = Matern(false, p, p, 2.0)
Matern(roughest::Float64, smoothest::Float64) = Matern(true, roughest, smoothest, 1.3)

parameters(spectrum::Matern) = spectrum.learned ? 2 : 1

"Logarithm of a spectral density at K frequencies, its gradient (K, q) and Hessian (K, q, q)."
struct Density
    log::Vector{Float64}
    gradient::Matrix{Float64}
    hessian::Array{Float64,3}
end

"""
    density(spectrum, theta, w) -> Density

`l (1 + (w l)^2 / (2p + 1))^-(p + 1)` (Rasmussen & Williams 2006, eq. 4.15 with D = 1); only the
first elements of `theta` are used.
"""
function density(spectrum::Matern, theta::Vector{Float64}, w::Vector{Float64})
    q = parameters(spectrum)
    p = spectrum.learned ? exp(theta[2]) : spectrum.roughest
    power, below = p + 1, 2p + 1
    # u = d log ratio / d log p, and d share = share (1 - share) d log ratio.
    u = -2p / below
    du = u + 4p^2 / below^2
    squared_length = exp(2theta[1])
    log_density = Vector{Float64}(undef, length(w))
    gradient = Matrix{Float64}(undef, length(w), q)
    hessian = Array{Float64,3}(undef, length(w), q, q)
    for k in eachindex(w)
        ratio = w[k]^2 * squared_length / below
        logarithm = log1p(ratio)
        share = ratio / (1 + ratio)
        spread = share * (1 - share)
        log_density[k] = theta[1] - power * logarithm
        gradient[k, 1] = 1 - 2power * share
        hessian[k, 1, 1] = -4power * spread
        if spectrum.learned
            gradient[k, 2] = -p * logarithm - power * share * u
            hessian[k, 1, 2] = hessian[k, 2, 1] = -2p * share - 2power * spread * u
            hessian[k, 2, 2] =
                -p * logarithm - 2p * share * u - power * (spread * u^2 + share * du)
        end
    end
    return Density(log_density, gradient, hessian)
end

"""
    period(spectrum, log_length) -> Float64

Circumference of the circle: longer than the record, which is 2, by four length scales, but at most
by 24, and by 8 where the smoothness is given and the features are many.
"""
period(spectrum::Matern, log_length::Float64) =
    2 + clamp(4exp(log_length), 1.0, spectrum.learned ? 24.0 : 8.0)

"Lower bounds of the parameters; length scales are at least the mean spacing of n samples."
function lower(spectrum::Matern, n::Int)
    shortest = max(log(2 / (n - 1)), log(0.004))
    return spectrum.learned ? [shortest, log(spectrum.roughest)] : [shortest]
end

"Upper bounds of the parameters."
upper(spectrum::Matern) =
    spectrum.learned ? [LONGEST, log(spectrum.smoothest)] : [LONGEST]

end
