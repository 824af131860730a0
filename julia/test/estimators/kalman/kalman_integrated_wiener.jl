# The Kalman smoother against dense Gaussian-process formulas in 256 bits and closed forms.
using LinearAlgebra: I, dot, logabsdet

const KIW = DerivativeEstimators.KalmanIntegratedWiener
const IW = DerivativeEstimators.IntegratedWiener
const IWS = DerivativeEstimators.IntegratedWienerSmoother

@testset "kalman_integrated_wiener" begin
    # Twenty uneven samples; the last digits play noise of 1e-6.
    steps = [0.1 + 0.2 * mod(0.618034 * i, 1) for i in 1:19]
    t = [5.0; 5.0 .+ cumsum(steps)]
    y = [sin(2v) + 1e-6 * sinpi(37v^2 + 5v) for v in t]
    n, unit = 20, (t[end] - t[1]) / 19

    # Covariance of derivative k at a and the value at b, the integral of two truncated powers.
    function covariance(a, b, q, k, intensity)
        p, r = q - k, q
        a > b && ((a, b, p, r) = (b, a, r, p))
        total = sum(binomial(r, i) * (b - a)^(r - i) * a^(p + i + 1) / (p + i + 1) for i in 0:r)
        return intensity * total / (factorial(big(p)) * factorial(big(r)))
    end

    function dense(at, order, q, log_ratio)
        s, Y = big.(t) .- big(t[1]), big.(y)
        intensity = exp(big(log_ratio)) * factorial(big(q))^2 / big(unit)^(2q + 1)
        V = [covariance(a, b, q, 0, intensity) for a in s, b in s] + I
        X = [a^p for a in s, p in 0:q]
        W = V \ [X Y]
        gram = X' * W[:, 1:(q + 1)]
        beta = gram \ (X' * W[:, end])
        k = [covariance(at - s_0, b, q, order, intensity) for s_0 in (big(t[1]),), b in s][:]
        h = [p < order ? big(0.0) :
             (at - big(t[1]))^(p - order) * factorial(big(p)) / factorial(big(p - order))
             for p in 0:q]
        mean = dot(h, beta) + dot(k, W[:, end] - W[:, 1:(q + 1)] * beta)
        quadratic = dot(Y - X * beta, W[:, end])
        log_det = logabsdet(V)[1] + logabsdet(gram)[1] - 2logabsdet(X[1:(q + 1), :])[1]
        return mean, quadratic, log_det
    end

    for (q, log_ratio) in ((3, 8.0), (7, -12.0))
        at = [t[1], t[2] + 0.01, t[11], t[13] + 0.02, t[end]]
        mean, deviation = IWS.smooth(t, y, at, q, log_ratio)
        @test all(isfinite, deviation) && all(>(0), deviation)
        for order in (0, 1, q), j in eachindex(at)
            exact = dense(big(at[j]), order, q, log_ratio)[1]
            # Samples are rounded at 1e-16; smoothing amplifies that by less than 1e6.
            @test mean[order + 1, j] ≈ Float64(exact) rtol = 1e-9 atol = 1e-10 / unit^order
        end
        moves = IW.transitions(q, steps ./ unit)
        E, log_det = IW.innovations(t, reshape(y, :, 1), q, log_ratio, moves)
        _, quadratic, exact_log_det = dense(big(at[1]), 0, q, log_ratio)
        @test sum(abs2, E) ≈ Float64(quadratic) rtol = 1e-7
        # `moves` are rounded separately from the times here.
        @test log_det ≈ Float64(exact_log_det) rtol = 1e-8
    end

    # The filter that starts at the other end sees the same likelihood.
    moves = IW.transitions(5, steps ./ unit)
    back = IW.transitions(5, reverse(steps) ./ unit)
    E, a = IW.innovations(t, reshape(y, :, 1), 5, 2.0, moves)
    F, b = IW.innovations(-reverse(t), reshape(reverse(y), :, 1), 5, 2.0, back)
    difference = sum(log, (t[j] - t[i] for i in 1:6 for j in (i + 1):6)) -
        sum(log, (t[j] - t[i] for i in 15:20 for j in (i + 1):20))
    @test sum(abs2, E) ≈ sum(abs2, F) rtol = 1e-9
    @test a - b ≈ -2 * difference rtol = 1e-8  # determinants of the two starts

    # Reflections keep A'A.
    A = [sinpi(0.37i * j^2) for i in 1:9, j in 1:4]
    R = IW.triangularise!(copy(A), 9, 4)
    @test R[1:4, :]' * R[1:4, :] ≈ A' * A rtol = 1e-14
    @test all(R[i, j] == 0 for j in 1:4 for i in (j + 1):9)

    P = KIW.orthonormal_polynomials(t, 9)
    @test P' * P ≈ Matrix(I, 10, 10) atol = 1e-14
    @test IWS.merged([1.0, 2.0, 4.0], [2.0, 3.0, 4.0]) == [1.0, 2.0, 3.0, 4.0]
    @test_throws ArgumentError IWS.smooth(t[1:10], y[1:10], t[1:10], 4, 0.0)

    # A sine: noise is found, and deviations are those of the errors.
    method = DerivativeEstimators.method("kalman_integrated_wiener")
    state = 1
    function normal()
        total = 0.0
        for _ in 1:12
            state = mod(16807 * state, 2147483647)
            total += state / 2147483647
        end
        return total - 6
    end
    u = collect(range(0.0, 10.0; length=101))
    z = sin.(u) .+ 1e-4 .* [normal() for _ in u]
    result = DerivativeEstimators.estimate(method, u, z, u, collect(0:7))
    @test 0.65e-4 < result.settings.noise[8] < 1.35e-4
    for k in 0:7
        errors = result.values[k + 1, :] .- sin.(u .+ k * pi / 2)
        @test 0.2 < sqrt(sum(abs2, errors ./ result.standard_deviation[k + 1, :]) / 101) < 3
    end
end
