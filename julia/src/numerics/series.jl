"Polynomials and harmonics as nested bases that are orthonormal on the samples; Python's `series`."
module SeriesBases

using ..NestedBases

export polynomial_basis, differentiate_polynomials, harmonic_basis, differentiate_harmonics
export combine

"Polynomials of degree 0 to `highest` at `x` in [-1, 1]."
function polynomial_basis(x::Vector{Float64}, highest::Int)
    steps = [Step(k == 0 ? 1 : 0, k) for k in 0:highest]
    return build_basis(x, ones(length(x), 1), steps)
end

"Derivatives (depth, m, count) of the first `count` functions of a polynomial basis at `x`."
function differentiate_polynomials(basis::NestedBasis, count::Int, x::Vector{Float64}, depth::Int)
    multiplier, seeds = zeros(depth, length(x)), zeros(depth, length(x), 1)
    multiplier[1, :] = x
    seeds[1, :, 1] .= 1.0
    depth > 1 && (multiplier[2, :] .= 1.0)
    return differentiate_basis(basis, count, multiplier, seeds)
end

"One, then cos and sin of the harmonics of `frequency` at `x`; the multiplier is the first cosine."
function harmonic_basis(x::Vector{Float64}, frequency::Float64, harmonics::Int)
    steps = [Step(1, 0)]
    for harmonic in 1:harmonics
        first = harmonic == 1
        push!(steps, Step(0, first ? 1 : 2 * harmonic - 2))
        push!(steps, first ? Step(2, 0) : Step(0, 2 * harmonic - 1))
    end
    seeds = ones(length(x), 2)
    seeds[:, 2] = sin.(frequency .* x)
    return build_basis(cos.(frequency .* x), seeds, steps)
end

"Derivatives (depth, m, count) of the first `count` functions of a harmonic basis at `x`."
function differentiate_harmonics(
    basis::NestedBasis, count::Int, x::Vector{Float64}, frequency::Float64, depth::Int
)
    m = length(x)
    multiplier, seeds = zeros(depth, m), zeros(depth, m, 2)
    seeds[1, :, 1] .= 1.0
    for j in 1:m
        cosine, sine = cos(frequency * x[j]), sin(frequency * x[j])
        signed = (cosine, -sine, -cosine, sine)  # k-th derivative of cos: signed[k mod 4 + 1]
        for k in 0:(depth - 1)
            multiplier[k + 1, j] = frequency^k * signed[mod(k, 4) + 1]
            seeds[k + 1, j, 2] = frequency^k * signed[mod(k + 3, 4) + 1]
        end
    end
    return differentiate_basis(basis, count, multiplier, seeds)
end

"""
    combine(functions, coefficients, orders, offset, variance) -> (values, deviation)

Sum of the `functions` (depth, m, count) times their coefficients, plus `offset` at order 0, for
each order, with the standard deviation that independent coefficients of that variance give it.
"""
function combine(
    functions::Array{Float64,3},
    coefficients::Vector{Float64},
    orders::Vector{Int},
    offset::Float64,
    variance::Float64,
)
    m = size(functions, 2)
    values, deviation = zeros(length(orders), m), zeros(length(orders), m)
    for j in 1:m, (i, order) in enumerate(orders)
        for k in 1:size(functions, 3)
            term = functions[order + 1, j, k]
            values[i, j] += coefficients[k] * term
            deviation[i, j] += term^2
        end
        deviation[i, j] = sqrt(variance * deviation[i, j])
        order == 0 && (values[i, j] += offset)
    end
    return values, deviation
end

end
