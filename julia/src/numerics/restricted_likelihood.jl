"Restricted likelihood of chains, and the order that it prefers; Python's `restricted_likelihood`."
module RestrictedLikelihood

using ..CriterionSearch: smallest
using ..InformationSmoother: Chain, forward, triangular!

export restricted_likelihood, likeliest_order

const COARSE_STEP = 0.3
const MARGIN = 1e-3  # by which -2 log of the likelihood must fall: more than rounding can

"-2 log of the restricted likelihood up to a constant; columns of `trend` are unknown effects."
function restricted_likelihood(
    chain::Chain, z::Vector{Float64}, floor::Float64, q::Float64, trend::Matrix{Float64}
)
    reduced = forward(chain, hcat(trend, z), q; keep=false)
    R = triangular!(reduced.residuals)
    effects = size(trend, 2)
    freedom = length(z) - size(chain.back[1], 1) - effects
    log_determinant = reduced.log_determinant
    for k in 1:effects
        log_determinant += 2.0 * log(abs(R[k, k]))
    end
    return freedom * log(R[effects + 1, effects + 1]^2 + floor) + log_determinant
end

"""
The order whose likelihood is highest, going up through `orders` until one is worse. `chain_of(m)`
and `ratio_of(parameter, m)` give the chain and its noise ratio. See Python.
"""
function likeliest_order(
    @nospecialize(chain_of),
    @nospecialize(ratio_of),
    orders::UnitRange{Int},
    x::Vector{Float64},
    z::Vector{Float64},
    floor::Float64,
    bounds::Tuple{Float64,Float64},
)
    best, least = 0, Inf
    highest = last(orders)
    scale = log(2.0 / (length(z) - 1))
    # The state's polynomials have leading coefficient 1; Legendre's change the determinant.
    leading = [log(binomial(2k, k)) - k * log(2.0) + k * scale for k in 0:(highest - 1)]
    polynomials = legendre_columns(x, highest - 1)
    for m in orders
        trend = polynomials[:, (m + 1):end]
        chain = chain_of(m)::Chain
        function criterion(parameter)
            return restricted_likelihood(chain, z, floor, ratio_of(parameter, m)::Float64, trend)
        end
        where = smallest(criterion, bounds[1], bounds[2], COARSE_STEP)
        value = criterion(where) - 2.0 * sum(leading[(m + 1):end])
        value >= least - MARGIN && break
        best, least = m, value
    end
    return best
end

"Legendre polynomials of degree 0 to `degree` at x: (n, degree + 1)."
function legendre_columns(x::Vector{Float64}, degree::Int)
    columns = ones(length(x), degree + 1)
    for i in 1:length(x), k in 1:degree
        before = k > 1 ? (k - 1) * columns[i, k - 1] : 0.0
        columns[i, k + 1] = ((2k - 1) * x[i] * columns[i, k] - before) / k
    end
    return columns
end

end
