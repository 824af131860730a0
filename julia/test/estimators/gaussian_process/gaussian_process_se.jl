# The squared-exponential Gaussian process against arithmetic in 256 bits and closed forms.
using LinearAlgebra: cholesky, diag, dot

const GPSE = DerivativeEstimators.GaussianProcessSE

@testset "gaussian_process_se" begin
    # Twelve uneven samples of a smooth curve; the last digits play the noise of 1e-8.
    x = [-1.0, -0.93, -0.7, -0.61, -0.35, -0.2, 0.08, 0.24, 0.45, 0.58, 0.81, 1.0]
    curve = [sin(4v) * exp(v) + 1e-8 * sinpi(37v^2 + 5v) for v in x]
    y = curve .- sum(curve) / 12
    y .-= sum(y) / 12

    # Rasmussen & Williams 2006, chapter 2, with an unknown mean, for order 0 and 1.
    function dense(theta, at)
        X, Y, l, r = big.(x), big.(y), exp(big(theta[1])), exp(big(theta[2]))
        K = [exp(-((a - b) / l)^2 / 2) + (a == b ? r : big(0.0)) for a in X, b in X]
        L = Matrix(cholesky(K).L)
        whiten(v) = L \ v
        ones_, wy = whiten(fill(big(1.0), 12)), whiten(Y)
        precision = dot(ones_, ones_)
        mean = dot(ones_, wy) / precision
        wy = wy - mean * ones_
        s2 = dot(wy, wy) / 11
        objective = (11log(s2) + 2sum(log.(diag(L))) + log(precision / 12)) / 2
        k = [exp(-((at - b) / l)^2 / 2) for b in X]
        dk = whiten([-(at - b) / l^2 for b in X] .* k)
        k = whiten(k)
        v0 = s2 * (1 - dot(k, k) + (1 - dot(ones_, k))^2 / precision)
        v1 = s2 * (1 / l^2 - dot(dk, dk) + dot(ones_, dk)^2 / precision)
        return objective, [mean + dot(k, wy), dot(dk, wy)], sqrt.([v0, v1])
    end

    for log_ratio in (-4.0, -20.0, -37.0)
        theta = [log(0.6), log_ratio]
        model = GPSE.fit(x, y, theta, GPSE.covering(12, theta))
        mean, deviation = GPSE.posterior(model, [0.3], 12, [0, 1])
        objective, exact, exact_deviation = dense(theta, big(0.3))
        # Features err by 1e-10 of the noise variance, rounding by eps / sqrt(ratio): 2e-8 at -37.
        @test model.objective ≈ Float64(objective) atol = 1e-7
        @test maximum(abs.(mean[:, 1] .- exact) ./ exact_deviation) < 1e-5
        @test deviation[:, 1] ≈ Float64.(exact_deviation) rtol = 1e-6
    end

    @testset "derivatives of the objective" begin
        theta, step = [log(0.4), -9.0], 1e-5
        grid = GPSE.covering(12, theta)
        model = GPSE.fit(x, y, theta, grid)
        for i in 1:2
            shift = [i == 1 ? step : 0.0, i == 2 ? step : 0.0]
            up, down = GPSE.fit(x, y, theta + shift, grid), GPSE.fit(x, y, theta - shift, grid)
            # Central differences: step^2 and rounding 1e-12 / step.
            @test model.gradient[i] ≈ (up.objective - down.objective) / 2step rtol = 1e-5
            @test model.hessian[i, :] ≈ (up.gradient - down.gradient) / 2step rtol = 1e-5
        end
    end

    @testset "newton step" begin
        lower, upper = [-3.0, -55.0], [1.8, 9.0]
        gradient = [0.4, -0.2]
        step = GPSE.newton_step([0.0, 0.0], gradient, [-2.0 0.3; 0.3 1.0], lower, upper)
        @test dot(gradient, step) < 0  # downhill from a saddle
        hessian = [2.0 0.3; 0.3 1.0]
        step = GPSE.newton_step([0.0, 0.0], gradient, hessian, lower, upper)
        @test hessian * step ≈ -gradient
        @test GPSE.newton_step(lower, [1.0, 1.0], hessian, lower, upper) == [0.0, 0.0]
        @test GPSE.newton_step(lower, [1.0, -1.0], hessian, lower, upper) == [0.0, 1.0]
    end

    process = DerivativeEstimators.method("gaussian_process_se")
    t = collect(range(0.0, 6.0; length=60))
    orders = collect(0:7)

    @testset "a sine, noise $level" for level in (1e-8, 1e-3)
        samples = [3 + sin(2t[i]) + level * sqrt(2) * sinpi(0.37i^2 + 0.2i) for i in 1:60]
        result = DerivativeEstimators.estimate(process, t, samples, t, orders)
        for (row, k) in enumerate(orders)
            exact = [2.0^k * sin(2v + k * pi / 2) + (k == 0 ? 3 : 0) for v in t]
            score = (result.values[row, :] - exact) ./ result.standard_deviation[row, :]
            # Deviations ignore the settings' uncertainty: rms a little above 1 is expected.
            @test sqrt(sum(abs2, score) / 60) < 3
        end
        @test 0.5level < result.settings.noise_sd < 2level
    end

    @testset "hard data" begin
        for samples in (3 .* t .- 1, t .^ 7, sign.(t .- 2), 1e6 .+ sin.(3 .* t))
            result = DerivativeEstimators.estimate(process, t, samples, t, orders)
            @test all(isfinite, result.values)
            @test all(isfinite, result.standard_deviation)
        end
        result = DerivativeEstimators.estimate(process, t, fill(0.1, 60), t, [0, 3])
        @test result.values[1, :] ≈ fill(0.1, 60)
        @test all(iszero, result.values[2, :])
    end
end
