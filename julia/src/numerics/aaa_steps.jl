"The AAA algorithm: greedy rational interpolation in barycentric form; Python's `aaa_steps`."
module AAASteps

using LinearAlgebra

export Progress, begin_steps, add_support!

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

end
