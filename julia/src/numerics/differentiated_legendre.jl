"Legendre polynomials and their derivatives; Python's `numerics/bases/legendre.py`."
module DifferentiatedLegendre

export legendre!

"""
    legendre!(A, x, degree, order) -> A

Put the derivatives of order `order` (0 or more) of the Legendre polynomials of degree 0 to `degree`
at `x` (n) into the first `degree + 1` columns of `A` (n rows).

Bonnet's recurrence gives the polynomials, and ``P_n' = P_{n-2}' + (2n - 1) P_{n-1}``, once for each
order, their derivatives; neither cancels on [-1, 1].
"""
function legendre!(A::Matrix{Float64}, x::Vector{Float64}, degree::Int, order::Int)
    for i in eachindex(x)
        A[i, 1] = 1.0
        degree > 0 && (A[i, 2] = x[i])
        for n in 2:degree
            A[i, n + 1] = ((2n - 1) * x[i] * A[i, n] - (n - 1) * A[i, n - 1]) / n
        end
    end
    for _ in 1:order, i in eachindex(x)
        lower = A[i, 1]  # of degree n - 1, one differentiation less
        A[i, 1] = 0.0
        for n in 1:degree
            here = A[i, n + 1]
            A[i, n + 1] = (n > 1 ? A[i, n - 1] : 0.0) + (2n - 1) * lower
            lower = here
        end
    end
    return A
end

end
