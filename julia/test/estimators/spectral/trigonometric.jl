using DerivativeEstimators: estimate, method
using LinearAlgebra
using Test

@testset "GCV chooses the harmonics of the record and gives their least squares" begin
    t = [1 + 4 * (s + 0.02 * sin(6 * pi * s)) for s in range(0.0, 1.0; length=81)]
    y = exp.(sin.(pi / 2 .* t)) .+ 1e-2 .* cos.(41 .* t .^ 2)
    columns(m) = [j == 0 ? 1.0 : cos(abs(j) * pi / 2 * (s - 1) - (j < 0) * pi / 2)
                  for s in t, j in (-m):m]
    scores = map(1:25) do m
        sum(abs2, y .- columns(m) * (columns(m) \ y)) / (81 - 2 * m - 1)^2
    end
    found = estimate(method("fourier_gcv"), t, y, t, [0, 1])
    m = found.settings.harmonics
    @test m == argmin(scores)
    coefficients = columns(m) \ y
    slopes = [j == 0 ? 0.0 : -abs(j) * pi / 2 * sin(abs(j) * pi / 2 * (s - 1) - (j < 0) * pi / 2)
              for s in t, j in (-m):m]
    @test found.values[1, :] ≈ columns(m) * coefficients rtol = 1e-11
    @test found.values[2, :] ≈ slopes * coefficients rtol = 1e-10
    covariance = sum(abs2, y .- columns(m) * coefficients) / (81 - 2 * m - 1) *
                 inv(columns(m)' * columns(m))
    @test found.standard_deviation[2, :] ≈ sqrt.(diag(slopes * covariance * slopes')) rtol = 1e-8
end
