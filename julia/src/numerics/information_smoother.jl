"""
Fixed-interval smoothing of a Gauss-Markov chain by orthogonal transformations only: the
square-root information filter (Bierman 1977). See Python's `information_smoother`.
"""
module InformationSmoother

using LinearAlgebra

export Chain, Filtered, Smoothed, forward, backward

"""
A chain of n states of length p driven by r noises a step: `back` (p, p, n - 1), `noise`
(p, r, n - 1), and where a sample of the state's first component exists.
"""
struct Chain
    back::Array{Float64,3}
    noise::Array{Float64,3}
    observed::Vector{Bool}
end

"The least-squares problem reduced to triangular form; `residuals` are (n, c)."
struct Filtered
    residuals::Matrix{Float64}
    log_determinant::Float64
    factors::Vector{Matrix{Float64}}
    last::Matrix{Float64}
end

"Posterior means and variances (p, n) of the states, and means (r, n - 1) of the noises."
struct Smoothed
    states::Matrix{Float64}
    variances::Matrix{Float64}
    noises::Matrix{Float64}
end

"Reduce the problem; rows of `samples` (n, c) are ignored where not observed."
function forward(chain::Chain, samples::Matrix{Float64}, q::Float64; keep::Bool=true)
    n, c = size(samples)
    p, r, _ = size(chain.noise)
    root = sqrt(q)
    residuals, log_determinant = zeros(n, c), 0.0
    factors = Matrix{Float64}[]
    # The rows R x = z known so far; all zero: nothing is known of the first state.
    state = zeros(p + 1, p + c)
    if chain.observed[1]
        state[p + 1, 1] = 1.0
        state[p + 1, (p + 1):end] = samples[1, :]
        triangular!(state)
        residuals[1, :] = state[p + 1, (p + 1):end]
    end
    work = zeros(r + p + 1, r + p + c)
    for i in 1:(n - 1)
        known = state[1:p, 1:p] * chain.back[:, :, i]
        fill!(work, 0.0)
        for k in 1:r
            work[k, k] = 1.0
        end
        work[(r + 1):(r + p), 1:r] = -root .* (known * chain.noise[:, :, i])
        work[(r + 1):(r + p), (r + 1):(r + p)] = known
        work[(r + 1):(r + p), (r + p + 1):end] = state[1:p, (p + 1):end]
        if chain.observed[i + 1]
            work[r + p + 1, r + 1] = 1.0
            work[r + p + 1, (r + p + 1):end] = samples[i + 1, :]
        end
        triangular!(work)
        residuals[i + 1, :] = work[r + p + 1, (r + p + 1):end]
        for k in 1:r
            log_determinant += 2 * log(abs(work[k, k]))
        end
        state = work[(r + 1):end, (r + 1):end]
        keep && push!(factors, work[1:r, 1:(r + p + 1)])
    end
    for k in 1:p
        log_determinant += 2 * log(abs(state[k, k]))
    end
    return Filtered(residuals, log_determinant, factors, state[1:p, 1:(p + 1)])
end

"Posterior of states and noises from the factors that `forward` kept."
function backward(chain::Chain, filtered::Filtered, q::Float64; uncertainty::Bool=true)
    p, r, steps = size(chain.noise)
    root = sqrt(q)
    triangle = UpperTriangular(filtered.last[:, 1:p])
    state = triangle \ filtered.last[:, p + 1]
    deviation = uncertainty ? inv(Matrix(triangle)) : zeros(p, 0)
    states, variances = zeros(p, steps + 1), zeros(p, steps + 1)
    noises = zeros(r, steps)
    states[:, end] = state
    record!(variances, steps + 1, deviation)
    for i in steps:-1:1
        factor = filtered.factors[i]
        inner = UpperTriangular(factor[:, 1:r])
        gain = inner \ factor[:, (r + 1):(r + p)]
        noise = inner \ factor[:, r + p + 1] .- gain * state
        noises[:, i] = noise
        enters = root .* chain.noise[:, :, i]
        state = chain.back[:, :, i] * (state .- enters * noise)
        states[:, i] = state
        uncertainty || continue
        through = deviation .+ enters * (gain * deviation)
        open = enters * inv(Matrix(inner))
        wide = Matrix(transpose(chain.back[:, :, i] * hcat(through, open)))
        triangular!(wide)
        deviation = Matrix(transpose(wide[1:p, :]))
        record!(variances, i, deviation)
    end
    return Smoothed(states, variances, noises)
end

function record!(variances::Matrix{Float64}, i::Int, deviation::Matrix{Float64})
    for k in 1:size(deviation, 1), j in 1:size(deviation, 2)
        variances[k, i] += deviation[k, j]^2
    end
    return nothing
end

"Overwrite A with the triangular factor of its QR factorisation, zeros below."
function triangular!(A::Matrix{Float64})
    LAPACK.geqrf!(A)
    for j in 1:size(A, 2), i in (j + 1):size(A, 1)
        A[i, j] = 0.0
    end
    return A
end

end
