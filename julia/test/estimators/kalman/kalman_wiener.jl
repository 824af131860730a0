using DerivativeEstimators: estimate, method
using DerivativeEstimators.IntegratedWienerSmoother: smooth
using DerivativeEstimators.IntegratedWienerWindow: LATTICE, likeliest, log_ratio,
    restricted_log_likelihood, window_problem
using Test

@testset "kalman_wiener" begin
    # A Weyl sequence: the same noise in every version of Julia.
    t = collect(range(0.0, 10.0; length=101))
    y = [sin(v) + 1e-2 * (mod(0.618034 * i^2, 1) - 0.5) for (i, v) in enumerate(t)]
    for q in (4, 6, 8)
        problem = window_problem(t, y, q, 0.0)
        ratio, variance = likeliest(problem)
        index = round(Int, -ratio / ((2q + 2) * LATTICE))
        @test ratio ≈ log_ratio(q, index)
        best, of_best = restricted_log_likelihood(problem, ratio)
        @test variance == of_best
        for other in (index - 30, index - 1, index + 1, index + 30)
            @test restricted_log_likelihood(problem, log_ratio(q, other))[1] <= best + 1e-6
        end
        found = estimate(method("kalman_wiener_$q"), t, y, t, collect(0:min(q, 7)))
        mean, _ = smooth(t, y, t, q, ratio)
        # 1e-8: the estimator centres and scales the samples.
        @test found.values[1, :] ≈ mean[1, :] rtol = 1e-8
        @test found.values[4, :] ≈ mean[4, :] rtol = 1e-6
        @test 0.5 < found.settings.noise / (1e-2 / sqrt(12)) < 2
    end
end
