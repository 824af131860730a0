using DerivativeEstimators: estimate, method
using DerivativeEstimators.NoiseEstimation: noise_from_wavelets, noise_from_second_differences
using Test

@testset "plain AAA reproduces a rational function at every order" begin
    t = collect(range(-1.0, 1.0; length=81))
    pole = 0.3 + 0.8im
    found = estimate(method("aaa_high_precision"), t, imag.(1 ./ (pole .- t)), t, collect(0:7))
    for order in 0:7
        exact = factorial(order) .* imag.(1 ./ (pole .- t) .^ (order + 1))
        # The samples' rounding of 1e-16, times some 10^order.
        tolerance = 1e-13 * 10.0^order * maximum(abs, exact)
        @test maximum(abs, found.values[order + 1, :] .- exact) < tolerance
    end
end

@testset "noise estimates annihilate low degrees" begin
    t = collect(range(0.0, 1.0; length=50)) .^ 1.2
    @test noise_from_second_differences(t, 5 .+ t) < 1e-14
    @test noise_from_wavelets(collect(range(0.0, 1.0; length=50)) .^ 3) < 1e-14
end
