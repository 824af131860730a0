"""
The AAA algorithm: greedy rational interpolation in barycentric form, and its poles; Python's
`aaa_steps`.
"""
module AAASteps

using LinearAlgebra

export Progress, begin_steps, add_support!, poles_of

const INFINITE = 1e-13  # eigenvalues alpha / beta with a smaller beta are poles at infinity

"""
State of AAA after a step: its `support` and the `others` among the samples, barycentric `weights`,
and the approximant's values at all samples.
"""
mutable struct Progress
    support::Vector{Int}
    others::Vector{Int}
    weights::Vector{Float64}
    rational::Vector{Float64}
end

"AAA before its first step: the approximant is zero."
begin_steps(n::Int) = Progress(Int[], collect(1:n), Float64[], zeros(n))

"""
    add_support!(progress, x, y, resolution) -> Bool

Take the sample of largest residual as support point and compute new weights; false, and nothing
changes, where that residual is at most `resolution`.
"""
function add_support!(
    progress::Progress, x::Vector{Float64}, y::Vector{Float64}, resolution::Float64
)
    support, others, rational = progress.support, progress.others, progress.rational
    worst = others[argmax(abs.(y[others] .- rational[others]))]
    abs(y[worst] - rational[worst]) > resolution || return false
    push!(support, worst)
    deleteat!(others, searchsortedfirst(others, worst))
    cauchy = [1.0 / (x[i] - x[j]) for i in others, j in support]
    loewner = [(y[i] - y[j]) for i in others, j in support] .* cauchy
    weights = svd(loewner).Vt[end, :]
    denominator = cauchy * weights
    numerator = cauchy * (weights .* y[support])
    rational[support] = y[support]
    for (row, i) in enumerate(others)
        # A vanishing denominator is a pole on a sample: its residual must be the largest.
        bottom = denominator[row] == 0.0 ? floatmin(Float64) : denominator[row]
        rational[i] = numerator[row] / bottom
    end
    progress.weights = weights
    return true
end

"Zeros of the barycentric denominator ``sum w_j / (x - z_j)``: finite eigenvalues of a pencil."
function poles_of(support::Vector{Float64}, weights::Vector{Float64})
    m = length(support)
    arrow = zeros(m + 1, m + 1)
    arrow[1, 2:end] = weights
    arrow[2:end, 1] .= 1.0
    mass = Matrix{Float64}(I, m + 1, m + 1)
    mass[1, 1] = 0.0
    for j in 1:m
        arrow[j + 1, j + 1] = support[j]
    end
    re, im, beta = LAPACK.ggev!('N', 'N', arrow, mass)
    alpha = complex.(re, im)
    finite = abs.(beta) .> INFINITE .* abs.(alpha)
    return alpha[finite] ./ beta[finite]
end

end
