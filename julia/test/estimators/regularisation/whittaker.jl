using DerivativeEstimators: estimate, method, Whittaker
using DerivativeEstimators.InformationSmoother: forward, backward
using LinearAlgebra
using Test

const ORDER = Whittaker.ORDER

function dense_smoother(n, smoothing)
    D = Matrix(1.0I, n, n)
    for _ in 1:ORDER
        D = diff(D; dims=1)
    end
    return inv(I + smoothing * D' * D), svdvals(D)
end

@testset "smoothed samples, their squares and the score are those of the dense smoother" begin
    n = 40
    z = [sin(0.3i) + 0.1 * cos(1e3 * i^2) for i in 1:n]
    for smoothing in (1e-3, 1.0, 1e3)
        S, stretch = dense_smoother(n, smoothing)
        chain = Whittaker.difference_chain(n, ORDER, fill(true, n))
        smoothed = backward(chain, forward(chain, reshape(z, :, 1), 1 / smoothing), 1 / smoothing)
        residual = z .- S * z
        # The dense matrix has a condition number of 4e3 * smoothing.
        @test smoothed.states[1, :] ≈ S * z atol = 1e-9
        @test smoothed.variances[1, :] ≈ diag(S) rtol = 1e-9
        squares = dot(residual, residual)
        @test Whittaker.squares_left(z, smoothed, 1 / smoothing) ≈ squares rtol = 1e-8
        score = dot(residual, residual) / (n - tr(S))^2
        score *= Whittaker.ROBUSTNESS + (1 - Whittaker.ROBUSTNESS) * tr(S * S) / n
        found = Whittaker.robust_cross_validation(z, 0.0, stretch, 1 / smoothing)
        @test found ≈ log(score) rtol = 1e-8
    end
end

@testset "the central series" begin
    # (2 asinh(d / 2))^2 = d^2 - d^4 / 12 + d^6 / 90 - …, and mu d (1 - d^2 / 6 + d^4 / 30 - …).
    @test Whittaker.central_series(2, 3) ≈ [1, -1 / 12, 1 / 90] rtol = 1e-14
    @test Whittaker.central_series(1, 3) ≈ [1, -1 / 6, 1 / 30] rtol = 1e-14
    @test Whittaker.central_series(0, 3) == [1, 0, 0]
end

@testset "uneven times are refused" begin
    t = collect(range(0.0, 1.0; length=30)) .^ 1.1
    @test_throws ArgumentError estimate(method("whittaker"), t, t, t, [0])
end

@testset "derivatives of a clean signal" begin
    t = collect(range(0.0, 6.0; length=121))
    found = estimate(method("whittaker"), t, sin.(2 .* t), t, collect(0:7)).values
    for order in 0:7
        exact = [2.0^order * sin(2s + order * pi / 2) for s in t]
        # Inside; at the ends orders 6 and 7 follow the penalty. 1e-6: round-off times 20^order.
        @test found[order + 1, 25:97] ≈ exact[25:97] atol = 1e-6 * 2.0^order * 4.0^order
    end
end
