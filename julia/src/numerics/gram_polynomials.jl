"Gram (discrete Chebyshev) polynomials: orthonormal on evenly spaced points."
module GramPolynomials

using LinearAlgebra

export gram_basis, gram_derivatives

"""
    recurrence(size, degree)

Recurrence coefficients `b[1 .. degree]` of the Gram polynomials on `size` unit-spaced points
centred at zero: `b[j+1] q_{j+1}(x) = x q_j(x) - b[j] q_{j-1}(x)` with
`b[j]^2 = j^2 (size^2 - j^2) / (4 (4 j^2 - 1))`, Gautschi (2004), table 1.2, scaled to unit norm
and unit steps.
"""
function recurrence(size::Int, degree::Int)
    return Float64[j / 2 * sqrt((size^2 - j^2) / (4 * j^2 - 1)) for j in 1:degree]
end

"""
    gram_basis(size, degree) -> Matrix (size, degree + 1)

Values of the orthonormal Gram polynomials of degree 0 to `degree` at their own points. The
recurrence alone loses orthogonality once the degree passes about `2 sqrt(size)`, so every column
is orthogonalised twice against all earlier ones. Those of the other parity are orthogonal by
symmetry in exact arithmetic only: a kernel that uses FMA for a part of a vector breaks it, and the
recurrence amplifies what is left.
"""
function gram_basis(size::Int, degree::Int)
    b = recurrence(size, degree)
    x = Float64[i - (size + 1) / 2 for i in 1:size]
    q = zeros(size, degree + 1)
    v = zeros(size)
    for i in 1:size
        q[i, 1] = 1 / sqrt(size)
    end
    for j in 1:degree
        for i in 1:size
            v[i] = x[i] * q[i, j] - (j > 1 ? b[j - 1] * q[i, j - 1] : 0.0)
        end
        earlier = view(q, :, 1:j)
        for _ in 1:2
            BLAS.gemv!('N', -1.0, earlier, BLAS.gemv('T', earlier, v), 1.0, v)
        end
        share = norm(v)
        for i in 1:size
            q[i, j + 1] = v[i] / share
        end
    end
    return q
end

"""
    gram_derivatives(size, degree, max_order, offset) -> Array{Float64,3}

Derivatives of the orthonormal Gram polynomials: entry `[i, j + 1, k + 1]` is the derivative of
order k of the polynomial of degree j at `offset[i]`, in steps from the centre, by differentiating
the recurrence k times.
"""
function gram_derivatives(size::Int, degree::Int, max_order::Int, offset::Vector{Float64})
    b = recurrence(size, degree)
    d = zeros(length(offset), degree + 1, max_order + 1)
    fill!(view(d, :, 1, 1), 1 / sqrt(size))
    for j in 1:degree, k in 0:max_order, i in eachindex(offset)
        v = offset[i] * d[i, j, k + 1]
        j > 1 && (v -= b[j - 1] * d[i, j - 1, k + 1])
        k > 0 && (v += k * d[i, j, k])
        d[i, j + 1, k + 1] = v / b[j]
    end
    return d
end

end
