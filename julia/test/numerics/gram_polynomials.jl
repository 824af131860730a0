using LinearAlgebra
using DerivativeEstimators.GramPolynomials
using Test

@testset "orthonormal, and as the recurrence says where that is stable" begin
    for size in (5, 36, 101, 1001)
        degree = min(size - 1, floor(Int, 2 * sqrt(size)))
        basis = gram_basis(size, degree)
        # 1e-13: a few hundred roundings of numbers below one.
        @test maximum(abs, basis' * basis - I) < 1e-13
        offsets = Float64[i - (size + 1) / 2 for i in 1:size]
        @test maximum(abs, gram_derivatives(size, degree, 0, offsets)[:, :, 1] - basis) < 1e-13
    end
end

@testset "orthonormal to the last degree, with a parity, whatever the kernel of the products" begin
    for size in (12, 41, 81)
        basis = gram_basis(size, size - 1)
        # 1e-13: as above. Orthogonalised against the same parity only, 41 points had 7e-7.
        @test maximum(abs, basis' * basis - I) < 1e-13
        for j in 0:(size - 1)
            @test maximum(abs, basis[:, j + 1] - (-1.0)^j .* basis[end:-1:1, j + 1]) < 1e-13
        end
    end
end

@testset "weights are the tables of Savitzky and Golay (1964)" begin
    basis = gram_basis(5, 3)
    at_centre = gram_derivatives(5, 3, 2, [0.0])
    weights(k, degree) = basis[:, 1:(degree + 1)] * at_centre[1, 1:(degree + 1), k + 1]
    @test weights(0, 2) ≈ [-3, 12, 17, 12, -3] ./ 35
    @test weights(1, 2) ≈ [-2, -1, 0, 1, 2] ./ 10
    @test weights(1, 3) ≈ [1, -8, 0, 8, -1] ./ 12
    @test weights(2, 2) ≈ [2, -1, -2, -1, 2] ./ 7
end
