using DerivativeEstimators: estimate, method, QuinticSpline
using Test

@testset "polynomials up to degree 5 are reproduced at uneven times" begin
    t = [0.0, 0.4, 1.1, 1.3, 2.0, 2.9, 3.1, 4.0, 4.2, 5.0]
    at = [0.0, 0.1, 1.1, 2.5, 4.2, 4.9, 5.0]
    found = estimate(method("interpolating_spline_quintic"), t, t .^ 5 .- t, at, collect(0:5))
    exact = [at .^ 5 .- at, 5at .^ 4 .- 1, 20at .^ 3, 60at .^ 2, 120at, fill(120.0, 7)]
    for order in 0:5
        # Differences of order 5 amplify rounding of values up to 3000.
        @test found.values[order + 1, :] ≈ exact[order + 1] atol = 1e-8 * maximum(abs, exact[order + 1])
    end
end

@testset "samples are met, and derivatives are those of the values" begin
    t = collect(range(0.0, 4.0; length=30))
    y = sin.(3 .* t) .+ 0.1 .* cos.(50 .* t)
    spline = method("interpolating_spline_quintic")
    @test estimate(spline, t, y, t, [0]).values[1, :] ≈ y rtol = 1e-13
    at = [1.2345, 1.2345 + 1e-5, 1.2345 + 2e-5]
    found = estimate(spline, t, y, at, collect(0:5)).values
    for order in 0:4
        @test (found[order + 1, 3] - found[order + 1, 1]) / 2e-5 ≈ found[order + 2, 2] rtol = 1e-5
    end
end

@testset "the fifth derivative at a sample is the mean of both sides" begin
    t = collect(0.0:19.0)
    at = [7 - 1e-3, 7.0, 7 + 1e-3]
    found = estimate(method("interpolating_spline_quintic"), t, sin.(t), at, [5]).values
    @test found[1] != found[3]
    @test found[2] ≈ (found[1] + found[3]) / 2 rtol = 1e-14
end
