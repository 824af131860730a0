"""
Fixed-interval smoothing of a Gauss-Markov chain by orthogonal transformations only: the
square-root information filter (Bierman 1977). Python's `information_smoother` explains it.

It loops over small dense matrices that are allocated once: calls to LAPACK and temporaries would
cost several times the arithmetic.
"""
module InformationSmoother

export Chain, Filtered, Smoothed, forward, backward, triangular!

"""
A chain of n states of length p driven by r noises a step: n - 1 matrices `back` (p, p) and `noise`
(p, r), and where a sample of the state's first component exists.
"""
struct Chain
    back::Vector{Matrix{Float64}}
    noise::Vector{Matrix{Float64}}
    observed::Vector{Bool}
end

"""
The least-squares problem reduced to triangular form: `residuals` (n, c), the rows (r, r + p + 1)
that determine each noise, empty unless `forward` kept them, and the rows (p + 1, p + c) that
determine the last state.
"""
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

"Reduce the problem for noise ratio `q`; rows of `samples` (n, c) count where observed."
function forward(chain::Chain, samples::Matrix{Float64}, q::Float64; keep::Bool=true)
    n, c = size(samples)
    p, r = size(chain.noise[1])
    residuals, log_determinant = zeros(n, c), 0.0
    factors = Matrix{Float64}[]
    # The rows R x = z known so far; all zero: nothing is known of the first state.
    state, work = zeros(p + 1, p + c), zeros(r + p + 1, r + p + c)
    observe!(state, p + 1, 1, chain, samples, 1)
    triangular!(state)
    store_residual!(residuals, 1, state)
    for i in 1:(n - 1)
        fill!(work, 0.0)
        for k in 1:r
            work[k, k] = 1.0
        end
        add_product!(work, r, r, state, chain.back[i], 1.0)
        add_known_noise!(work, r, p, chain.noise[i], -sqrt(q))
        for j in 1:c, k in 1:p
            work[r + k, r + p + j] = state[k, p + j]
        end
        observe!(work, r + p + 1, r + 1, chain, samples, i + 1)
        triangular!(work)
        store_residual!(residuals, i + 1, work)
        log_determinant += log_diagonal(work, 0, r)
        for j in 1:(p + c), k in 1:(p + 1)
            state[k, j] = work[r + k, r + j]
        end
        keep && push!(factors, work[1:r, 1:(r + p + 1)])
    end
    return Filtered(residuals, log_determinant + log_diagonal(state, 0, p), factors, state)
end

# Sets row `row` of `rows`: the state's first component, in `column`, equals the sample.
function observe!(
    rows::Matrix{Float64}, row::Int, column::Int, chain::Chain, samples::Matrix{Float64}, i::Int
)
    chain.observed[i] || return nothing
    rows[row, column] = 1.0
    c = size(samples, 2)
    for j in 1:c
        rows[row, size(rows, 2) - c + j] = samples[i, j]
    end
    return nothing
end

function store_residual!(residuals::Matrix{Float64}, i::Int, rows::Matrix{Float64})
    c = size(residuals, 2)
    for j in 1:c
        residuals[i, j] = rows[size(rows, 1), size(rows, 2) - c + j]
    end
    return nothing
end

# Add factor * R * back to the block of `work` below `row` and right of `column`; R is the upper
# triangle in the first columns of `state`, and `back` is upper triangular too.
function add_product!(
    work::Matrix{Float64}, row::Int, column::Int, state::Matrix{Float64}, back::Matrix{Float64},
    factor::Float64,
)
    @inbounds for j in 1:size(back, 2), l in 1:j
        b = factor * back[l, j]
        for k in 1:l
            work[row + k, column + j] += state[k, l] * b
        end
    end
    return nothing
end

# Add factor * known * noise to the first r columns, where `known` stands in the next p.
function add_known_noise!(
    work::Matrix{Float64}, r::Int, p::Int, noise::Matrix{Float64}, factor::Float64
)
    @inbounds for j in 1:r, l in 1:p
        b = factor * noise[l, j]
        for k in 1:l
            work[r + k, j] += work[r + k, r + l] * b
        end
    end
    return nothing
end

function log_diagonal(A::Matrix{Float64}, offset::Int, count::Int)
    total = 0.0
    for k in (offset + 1):(offset + count)
        total += 2.0 * log(abs(A[k, k]))
    end
    return total
end

"Posterior of states and noises from the factors that `forward` kept, for its first samples."
function backward(chain::Chain, filtered::Filtered, q::Float64; uncertainty::Bool=true)
    p, r = size(chain.noise[1])
    steps, root = length(chain.noise), sqrt(q)
    states, variances, noises = zeros(p, steps + 1), zeros(p, steps + 1), zeros(r, steps)
    state = filtered.last[1:p, p + 1]
    back_substitute!(filtered.last, p, state)
    states[:, steps + 1] = state
    deviation = zeros(p, p)
    uncertainty && inverse_triangle!(deviation, filtered.last, p)
    store_variances!(variances, steps + 1, deviation)
    moved, wide = zeros(p), zeros(r + p, p)
    for i in steps:-1:1
        factor, noise = filtered.factors[i], chain.noise[i]
        w = factor[:, r + p + 1]
        for l in 1:p, k in 1:r
            w[k] -= factor[k, r + l] * state[l]
        end
        back_substitute!(factor, r, w)
        noises[:, i] = w
        for k in 1:p
            total = state[k]
            for l in 1:r
                total -= root * noise[k, l] * w[l]
            end
            moved[k] = total
        end
        for k in 1:p
            total = 0.0
            for l in k:p
                total += chain.back[i][k, l] * moved[l]
            end
            state[k] = total
        end
        states[:, i] = state
        uncertainty || continue
        spread_back!(wide, deviation, factor, chain.back[i], noise, root)
        for k in 1:p, l in 1:p
            deviation[k, l] = l <= k ? wide[l, k] : 0.0
        end
        store_variances!(variances, i, deviation)
    end
    return Smoothed(states, variances, noises)
end

# Into `wide`: the triangular factor of the transposed square root [through, open] of the
# covariance of the state before, from the square root `deviation` of that of the state after.
function spread_back!(
    wide::Matrix{Float64}, deviation::Matrix{Float64}, factor::Matrix{Float64},
    back::Matrix{Float64}, noise::Matrix{Float64}, root::Float64,
)
    p, r = size(noise)
    column, open = zeros(p), zeros(r)
    fill!(wide, 0.0)
    for j in 1:(p + r)
        # One column of deviation + enters inv(R_w) R_x deviation, or of enters inv(R_w).
        fill!(open, 0.0)
        fill!(column, 0.0)
        if j <= p
            @inbounds for l in 1:p
                d = deviation[l, j]
                column[l] = d
                for k in 1:r
                    open[k] += factor[k, r + l] * d
                end
            end
        else
            open[j - p] = 1.0
        end
        back_substitute!(factor, r, open)
        @inbounds for l in 1:r, k in 1:p
            column[k] += root * noise[k, l] * open[l]
        end
        @inbounds for l in 1:p, k in 1:l
            wide[j, k] += back[k, l] * column[l]
        end
    end
    return triangular!(wide)
end

function store_variances!(variances::Matrix{Float64}, i::Int, deviation::Matrix{Float64})
    for l in 1:size(deviation, 2), k in 1:size(deviation, 1)
        variances[k, i] += deviation[k, l]^2
    end
    return nothing
end

"Solve U x = b in place for the upper triangle U of the first n rows and columns of `A`."
function back_substitute!(A::Matrix{Float64}, n::Int, b::Vector{Float64})
    @inbounds for l in n:-1:1
        b[l] /= A[l, l]
        for k in 1:(l - 1)
            b[k] -= A[k, l] * b[l]
        end
    end
    return b
end

function inverse_triangle!(inverse::Matrix{Float64}, A::Matrix{Float64}, n::Int)
    column = zeros(n)
    for j in 1:n
        fill!(column, 0.0)
        column[j] = 1.0
        back_substitute!(A, n, column)
        inverse[:, j] = column
    end
    return inverse
end

# Sum of squares that counts as zero: rounding errors of rows without information shrink with every
# step, until their products would underflow.
const NOTHING = 1e-200

"Overwrite A with the triangular factor of its QR factorisation by Householder's reflections."
function triangular!(A::Matrix{Float64})
    rows, columns = size(A)
    @inbounds for j in 1:min(rows - 1, columns)
        below = 0.0
        for i in (j + 1):rows
            below += A[i, j]^2
        end
        if below < NOTHING
            for i in (j + 1):rows
                A[i, j] = 0.0
            end
            continue
        end
        length = copysign(sqrt(A[j, j]^2 + below), A[j, j])
        head = A[j, j] + length
        scale = 1.0 / (length * head)
        for k in (j + 1):columns
            product = head * A[j, k]
            @simd for i in (j + 1):rows
                product += A[i, j] * A[i, k]
            end
            product *= scale
            A[j, k] -= product * head
            @simd for i in (j + 1):rows
                A[i, k] -= product * A[i, j]
            end
        end
        A[j, j] = -length
        for i in (j + 1):rows
            A[i, j] = 0.0
        end
    end
    return A
end

end
