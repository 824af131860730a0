"Symmetric positive definite banded systems, by Cholesky's method inside the band."
module SymmetricBanded

export solve_banded!

"""
    solve_banded!(bands, x) -> Bool

Overwrite `x` with the solution of `A x = b`, where `b` was in `x` and `bands[offset + 1, i]` is
`A[i + offset, i]`; `bands` becomes the Cholesky factor. False if `A` is not positive definite.
"""
function solve_banded!(bands::Matrix{Float64}, x::Vector{Float64})
    width, n = size(bands)
    for i in 1:n
        pivot = bands[1, i]
        pivot > 0.0 || return false
        root = sqrt(pivot)
        reach = min(width - 1, n - i)
        bands[1, i] = root
        for p in 1:reach
            bands[p + 1, i] /= root
        end
        for q in 1:reach, p in q:reach
            bands[p - q + 1, i + q] -= bands[p + 1, i] * bands[q + 1, i]
        end
    end
    for i in 1:n
        x[i] /= bands[1, i]
        for p in 1:min(width - 1, n - i)
            x[i + p] -= bands[p + 1, i] * x[i]
        end
    end
    for i in n:-1:1
        for p in 1:min(width - 1, n - i)
            x[i] -= bands[p + 1, i] * x[i + p]
        end
        x[i] /= bands[1, i]
    end
    return true
end

end
