using DerivativeEstimators: estimate, REGISTRY
using DerivativeEstimators.MaternSpectrum: Matern, density
using DerivativeEstimators.ProcessFit: fit, reduce_samples
using DerivativeEstimators.ProcessSearch: best, covering, newton_step

method(name) = first(m for (facts, m) in REGISTRY if facts.name == name)

@testset "gaussian_process_matern" begin
    x = [-1 + k / 20 for k in 0:40]
    y = [sin(4s) * exp(s) + 1e-3 * sin(1000s) for s in x]
    y .-= sum(y) / 41

    @testset "derivatives of densities and of the objective" begin
        step = 1e-5
        for (spectrum, theta) in (
            (Matern(7.5, 400.0), [-0.6, 2.5, -8.0]), (Matern(2.0), [-0.6, -8.0])
        )
            samples = reduce_samples(x, y, covering(spectrum, theta, 41))
            here = fit(samples, spectrum, theta)
            for i in eachindex(theta)
                shift = [step * (j == i) for j in eachindex(theta)]
                up, down = fit(samples, spectrum, theta + shift), fit(samples, spectrum, theta - shift)
                # Rounding 1e-12 of objectives of 1e2, over the step.
                @test here.gradient[i] ≈ (up.objective - down.objective) / 2step rtol = 1e-6 atol = 1e-5
                @test here.hessian[:, i] ≈ (up.gradient - down.gradient) / 2step rtol = 1e-5 atol = 1e-5
            end
        end
        w = [0.0, 3.0, 20.0]
        fixed, learned = density(Matern(4.0), [-0.5], w), density(Matern(2.0, 9.0), [-0.5, log(4)], w)
        @test fixed.log ≈ learned.log
    end

    @testset "a step holds bounds and couples the others" begin
        hessian, gradient = [2.0 1.0; 1.0 2.0], [4.0, 0.0]
        # Unconstrained: (-8/3, 4/3). With the first at its bound -1 the second minimises at 1/2.
        @test newton_step(zeros(2), gradient, hessian, [-1.0, -9.0], [1.0, 9.0]) ≈ [-1.0, 0.5]
        @test newton_step([-1.0, 0.0], gradient, hessian, [-1.0, -9.0], [1.0, 9.0]) == [0.0, 0.0]
    end

    @testset "the fit is stationary" begin
        found = best(x, y, Matern(3.0))
        @test maximum(abs, found.model.gradient) < 1e-5
    end

    @testset "a sine is recovered within its standard deviations" begin
        t = [k / 10 for k in 0:60]
        noisy = [sin(3s) + 3 + 1e-3 * sin(977s^2) for s in t]
        for (name, highest) in (
            ("gaussian_process_matern", 7), ("gaussian_process_matern_52", 2),
            ("gaussian_process_matern_92", 4),
        )
            orders = collect(0:highest)
            found = estimate(method(name), t, noisy, t, orders)
            for order in 1:highest
                exact = [3.0^order * sin(3s + order * pi / 2) for s in t]
                score = (found.values[order+1, :] - exact) ./ found.standard_deviation[order+1, :]
                @test sqrt(sum(abs2, score) / 61) < 4
            end
        end
    end

    @testset "hard data give finite results" begin
        t = [k / 32 for k in 0:32]
        for curve in (s -> 3s - 1, s -> sign(s - 0.4), s -> sin(1e4s^2), s -> 0.1)
            found = estimate(method("gaussian_process_matern"), t, curve.(t), t, collect(0:7))
            @test all(isfinite, found.values) && all(isfinite, found.standard_deviation)
        end
        values = estimate(method("gaussian_process_matern"), t, fill(0.1, 33), t, [0, 3]).values
        @test values[1, :] ≈ fill(0.1, 33) && all(iszero, values[2, :])
    end
end
