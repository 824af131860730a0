using DerivativeEstimators.DifferentiatedLegendre: legendre!
using Test

legendre(x, degree, order) = legendre!(zeros(length(x), degree + 1), x, degree, order)

@testset "degrees 0 to 3 in closed form" begin
    x = collect(range(-1.0, 1.0; length=7))
    exact = [
        [one.(x) x (3 .* x .^ 2 .- 1) ./ 2 (5 .* x .^ 3 .- 3 .* x) ./ 2],
        [zero(x) one.(x) 3 .* x (15 .* x .^ 2 .- 3) ./ 2],
        [zero(x) zero(x) fill(3.0, 7) 15 .* x],
        [zero(x) zero(x) zero(x) fill(15.0, 7)],
        zeros(7, 4),
    ]
    for order in 0:4
        @test legendre(x, 3, order) ≈ exact[order + 1] atol = 1e-15
    end
    @test legendre(x, 0, 0) == ones(7, 1) && legendre(x, 0, 2) == zeros(7, 1)
end

@testset "values at the end, and columns beyond are left alone" begin
    A = fill(7.0, 1, 14)
    for order in 0:7
        legendre!(A, [1.0], 11, order)
        for n in 0:11
            # The derivative of order k of P_n at 1 is (n + k)! / (2^k k! (n - k)!).
            exact = n < order ? 0.0 : prod(Float64.((n - order + 1):(n + order))) / 2.0^order
            @test A[1, n + 1] ≈ exact / factorial(order) rtol = 1e-14
        end
    end
    @test A[1, 13:14] == [7.0, 7.0]
end
