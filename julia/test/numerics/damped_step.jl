using DerivativeEstimators.DampedSteps
using LinearAlgebra
using Test

const SLOPES = [1.0 0.2; 0.5 -1.0; 0.3 0.4; -0.2 0.1]
const LEFT = [0.4, -0.3, 0.2, 0.1]

@testset "a step solves the damped normal equations" begin
    weights = curvatures(SLOPES)
    @test weights ≈ [norm(SLOPES[:, 1]), norm(SLOPES[:, 2])]
    for damping in (1e-3, 1.0, 50.0)
        A = SLOPES' * SLOPES + damping * Diagonal(weights .^ 2)
        @test damped_step(SLOPES, LEFT, weights, damping) ≈ A \ (SLOPES' * LEFT)
    end
    @test undamped_step(SLOPES, LEFT) ≈ SLOPES \ LEFT
    @test curvatures([1.0 0.0; 0.0 1e-9]) == [1.0, 1e-3]
end

@testset "dependent directions have no undamped step" begin
    @test undamped_step(hcat(SLOPES[:, 1], 2 .* SLOPES[:, 1]), LEFT) === nothing
    @test undamped_step(SLOPES[1:1, :], LEFT[1:1]) === nothing
    step = damped_step(hcat(SLOPES[:, 1], 2 .* SLOPES[:, 1]), LEFT, [1.0, 1.0], 1e-3)
    @test all(isfinite, step)
end

@testset "rounding of squares is what an error of the residual's length makes" begin
    y = [3.0, -4.0]
    error = 8 * eps() * 5
    for r in (0.0, 1e-15, 1e-3, 2.0)
        @test indistinct(r^2, y) ≈ 2r * error + error^2
    end
    # Projections by other arithmetic differ by less, and noise of 1e-8 by a thousand times more.
    x = range(-1.0, 1.0; length=61)
    samples = exp.(-2 .* x) .+ 1e-8 .* sinpi.(0.37 .* (1:61) .^ 2)
    A = [value^k for value in x, k in 0:9]
    found = [sum(abs2, samples .- A[:, order] * (A[:, order] \ samples)) for
             order in (1:10, 10:-1:1, [1:2:9; 2:2:10])]
    @test maximum(found) - minimum(found) < indistinct(maximum(found), samples)
    @test indistinct(maximum(found), samples) < 1e-3 * maximum(found)
end
