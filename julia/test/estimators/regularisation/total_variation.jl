using DerivativeEstimators: estimate, method, TotalVariationSpline, JumpSplines
using Test

const TV = TotalVariationSpline

"X'r for truncated powers of degree 7 that reach to the nearer end, and what 2e-11 in r does to it."
function exact_duals(x, knots, residual)
    duals, slack = Float64[], Float64[]
    for knot in knots
        side = knot > length(x) / 2 ? 1 : -1
        reach = [max(side * (big(s) - x[knot]), 0)^7 for s in x]
        push!(duals, sum(reach .* residual))
        push!(slack, 2e-11 * sum(reach))
    end
    return duals, slack
end

@testset "the solution satisfies the optimality conditions" begin
    for uneven in (false, true), log_penalty in (1.0, 3.0, 6.0)
        x = [i + (uneven ? 0.3 * sin(i^2) * (0 < i < 35) : 0.0) for i in 0.0:35.0]
        z = sin.(0.35 .* x) .+ 0.02 .* cos.(1e3 .* x .^ 2)
        spline, penalty = JumpSplines.jump_spline(x, 7), exp(log_penalty)
        lasso = TV.interior_point(spline, z, penalty, 1e-8)
        j, used = lasso.solution.jumps, TV.knots_used(lasso)
        u, slack = exact_duals(x, spline.knots, z .- lasso.solution.fitted)
        slack .+= 1e-6 * penalty
        @test lasso.gap <= TV.TOLERANCE
        @test any(used)
        @test all(abs.(u) .<= penalty .+ slack)
        @test all(abs.(u .- penalty .* sign.(j))[used] .<= slack[used])
        @test all(abs.(j[.!used]) .< 1e-5 * maximum(abs, j))
    end
end

@testset "a large penalty leaves the polynomial" begin
    x = collect(0.0:35.0)
    z = sin.(0.35 .* x)
    lasso = TV.interior_point(JumpSplines.jump_spline(x, 7), z, 1e14, 1e-8)
    @test !any(TV.knots_used(lasso))
    A = [(s / 17.5 - 1)^k for s in x, k in 0:7]
    @test lasso.solution.fitted ≈ A * (A \ z) atol = 1e-9
end

@testset "close samples share a knot" begin
    x = Float64[0:9; 10; 10.1; 10.2; 11:19]
    knots = JumpSplines.jump_spline(x, 7).knots
    @test 11 in knots && !(12 in knots) && !(13 in knots)
end

@testset "a single jump is found" begin
    t = collect(range(0.0, 1.0; length=101))
    y = sin.(3 .* t) .+ 300 .* max.(t .- 0.6, 0.0) .^ 7 .+ 1e-5 .* cos.(1e5 .* t .^ 2)
    found = estimate(method("total_variation"), t, y, t, [0, 7])
    seventh = found.values[2, :]
    # The jump is 300 * 7! = 1.5e6; sin(3 t) contributes 3^7 = 2e3.
    @test found.settings.knots <= 12
    @test seventh[90] - seventh[30] > 0.75e6
end
