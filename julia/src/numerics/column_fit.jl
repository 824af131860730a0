"Least squares of given columns, and the standard deviations of what is linear in them."
module ColumnFits

using LinearAlgebra: BLAS, LAPACK, norm

export ColumnFit, fit_columns!, column_norms, project_out!, linearised_deviations

# Directions of which the samples determine less than this share of the best determined one are
# left out of standard deviations.
const UNDETERMINED = 1e-12

"""
    ColumnFit

Least squares of columns (n, K): their `coefficients`, the `residual` (n), the sum of its `squares`,
and `Q` (n, K), an orthonormal basis of the columns.
"""
struct ColumnFit
    coefficients::Vector{Float64}
    residual::Vector{Float64}
    squares::Float64
    Q::Matrix{Float64}
end

"""
    fit_columns!(A, y, dependent) -> Union{Nothing,ColumnFit}

Fit `y` (n) by the columns of `A` (n, K), which becomes `Q`. It is `nothing` where K >= n, or where
the columns before it leave less than the share `dependent` of a column.
"""
function fit_columns!(A::Matrix{Float64}, y::Vector{Float64}, dependent::Float64)
    n, count = size(A)
    count < n || return nothing
    scale = column_norms(A)
    for j in 1:count, i in 1:n
        A[i, j] /= scale[j]
    end
    tau = Vector{Float64}(undef, count)
    LAPACK.geqrf!(A, tau)
    all(j -> abs(A[j, j]) >= dependent, 1:count) || return nothing
    R = A[1:count, 1:count]
    LAPACK.orgqr!(A, tau)
    coefficients = BLAS.gemv('T', A, y)
    residual = BLAS.gemv!('N', -1.0, A, coefficients, 1.0, copy(y))
    BLAS.trsv!('U', 'N', 'N', R, coefficients)
    coefficients ./= scale
    return ColumnFit(coefficients, residual, sum(abs2, residual), A)
end

column_norms(A::Matrix{Float64}) = Float64[norm(view(A, :, j)) for j in 1:size(A, 2)]

"Take what the orthonormal columns of `Q` explain out of the columns of `A`."
function project_out!(A::Matrix{Float64}, Q::Matrix{Float64})
    along = BLAS.gemm('T', 'N', Q, A)
    return BLAS.gemm!('N', 'N', -1.0, Q, along, 1.0, A)
end

"""
    linearised_deviations(J, gradients, variance) -> Matrix{Float64}

Standard deviations by linearised least squares; a row for each of `gradients`, and a column for
each of the latter's rows (m, k), the gradients of estimates in the k parameters. `J` (n, k) has
those of the fitted values, and `variance` is that of a sample.
"""
function linearised_deviations(
    J::Matrix{Float64}, gradients::Vector{Matrix{Float64}}, variance::Float64
)
    scale = max.(column_norms(J), floatmin(Float64))
    _, s, Vt = LAPACK.gesdd!('S', J ./ scale')
    kept = findall(value -> value > UNDETERMINED * s[1], s)
    root = Float64[Vt[r, j] / (s[r] * scale[j]) for j in eachindex(scale), r in kept]
    result = Matrix{Float64}(undef, length(gradients), size(gradients[1], 1))
    for (row, gradient) in enumerate(gradients)
        spread = BLAS.gemm('N', 'N', gradient, root)
        for i in 1:size(spread, 1)
            result[row, i] = sqrt(variance) * norm(view(spread, i, :))
        end
    end
    return result
end

end
