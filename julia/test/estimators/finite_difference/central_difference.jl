using DerivativeEstimators: estimate, method
using DerivativeEstimators.FiniteDifferences: fornberg_weights
using Test

const UNEVEN = [0.0, 0.4, 0.9, 1.7, 2.0, 2.2, 3.1, 3.9, 4.0, 5.2, 6.0, 6.4, 7.1]

@testset "weights agree with rational arithmetic" begin
    offsets = [big(i - 4) + (i % 3) // 7 for i in 0:8] .// 1
    for order in 0:7
        # Row k of the inverse of the Taylor matrix, times k!.
        taylor = [o^k for k in 0:8, o in offsets]
        unit = [k == order ? big(factorial(order)) // 1 : big(0) // 1 for k in 0:8]
        expected = Float64.(taylor \ unit)
        found = fornberg_weights(Float64.(offsets), order)
        @test maximum(abs, found - expected) <= 1e-13 * maximum(abs, expected)
    end
end

@testset "classic formulas on even times" begin
    h = 0.25
    t = collect(0:11) .* h
    y = exp.(sin.(3 .* t))
    found = estimate(method("central_difference"), t, y, t, [0, 1, 2])
    @test found[1, :] == y
    @test found[2, 2:11] ≈ (y[3:12] .- y[1:10]) ./ (2 * h) rtol = 1e-12
    @test found[2, 1] ≈ (-3 * y[1] + 4 * y[2] - y[3]) / (2 * h) rtol = 1e-12
    @test found[3, 2:11] ≈ (y[3:12] .- 2 .* y[2:11] .+ y[1:10]) ./ h^2 rtol = 1e-11
end

@testset "exact up to the degree of the stencil" begin
    for order in 1:7
        degree = max(2, order + order % 2)
        y = (UNEVEN .- 3) .^ degree
        found = estimate(method("central_difference"), UNEVEN, y, UNEVEN, [order])
        factor = prod(Float64[degree - j for j in 0:(order - 1)])
        exact = factor .* (UNEVEN .- 3) .^ (degree - order)
        @test maximum(abs.(vec(found) .- exact)) <= 1e-9 * maximum(abs, exact)
    end
end
