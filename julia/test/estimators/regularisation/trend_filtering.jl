using DerivativeEstimators: estimate, method, JumpSplines, TrendFilters
using LinearAlgebra
using Test

"Matrix of the differences of the given order."
function difference_matrix(n, order)
    D = Matrix(1.0I, n, n)
    for _ in 1:order
        D = diff(D; dims=1)
    end
    return D
end

@testset "a discrete spline solves its normal equations" begin
    z = [cos(1e3 * i^2) for i in 1:33]
    spline = JumpSplines.difference_spline(33, 3)
    variance = [0.01 + 0.5 * abs(sin(i)) for i in 1:length(spline.knots)]
    found = JumpSplines.solve(spline, z, variance, zeros(length(variance)))
    D = difference_matrix(33, 4)
    dense = (I + D' * Diagonal(1 ./ variance) * D) \ z
    @test found.fitted ≈ dense atol = 1e-9
    @test D * found.fitted ≈ found.jumps atol = 1e-9
end

@testset "trend filters of degree $degree satisfy the optimality conditions" for degree in (1, 2, 3)
    t = collect(range(0.0, 3.0; length=40))
    y = sin.(2 .* t) .+ 0.05 .* cos.(1e3 .* t .^ 2)
    problem = TrendFilters.prepare(t, y, degree)
    fit = TrendFilters.fit_at(problem, -0.5)
    D = difference_matrix(40, degree + 1)
    dual = (D' \ (y .- fit.smooth)) ./ (problem.spread * 10^-0.5)
    jumps = D * fit.smooth
    used = abs.(jumps) .> 1e-4 * maximum(abs, jumps)
    @test maximum(abs, dual) < 1 + 1e-6
    @test 0 < count(used) <= fit.knots < 30
    @test maximum(abs.(dual .- sign.(jumps))[used]) < 1e-3
end

@testset "total variation of the first derivative finds two straight pieces" begin
    t = collect(range(0.0, 1.0; length=101))
    y = abs.(t .- 0.4) .+ 1e-3 .* cos.(1e4 .* t .^ 2)
    slope = estimate(method("total_variation_velocity"), t, y, t, [1]).values[1, :]
    @test all(abs.(slope[t .> 0.5] .- 1) .< 0.2)
    @test all(abs.(slope[t .< 0.3] .+ 1) .< 0.2)
end

@testset "Chartrand's order 0 is the integral of order 1" begin
    t = collect(range(0.0, 4.0; length=41))
    at = collect(range(0.5, 1.5; length=1001))
    found = estimate(method("tvregdiff"), t, sin.(t), at, [0, 1]).values
    slope = diff(found[1, :]) ./ diff(at)
    @test maximum(abs, slope .- (found[2, 2:end] .+ found[2, 1:(end - 1)]) ./ 2) < 1e-9
end
