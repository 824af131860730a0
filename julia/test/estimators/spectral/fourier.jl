using DerivativeEstimators: estimate, method
using LinearAlgebra
using Test

const T = collect(range(1.0, 5.0; length=101))

@testset "least squares of the selected period and harmonics" begin
    y = exp.(-T) .+ 0.3 .* sin.(5 .* T) .+ 1e-2 .* cos.(41 .* T .^ 2)
    found = estimate(method("fourier"), T, y, T, [0, 1])
    w = 2 * pi / found.settings.period
    m, x = found.settings.harmonics, T .- 3
    cosines = [cos(w * j * s) for s in x, j in 1:m]
    sines = [sin(w * j * s) for s in x, j in 1:m]
    frequencies = w .* (1:m)'
    values = [ones(101) x cosines sines]
    slopes = [zeros(101) ones(101) -frequencies .* sines frequencies .* cosines]
    coefficients = values \ y
    covariance = sum(abs2, y .- values * coefficients) / (101 - 2 * m - 2) * inv(values' * values)
    for (i, rows) in enumerate((values, slopes))
        # The condition number of these columns, about 1e4, times round-off.
        @test found.values[i, :] ≈ rows * coefficients rtol = 1e-9
        @test found.standard_deviation[i, :] ≈ sqrt.(diag(rows * covariance * rows')) rtol = 1e-4
    end
end

@testset "series of its periods, and signals that are not periodic" begin
    for extension in (1.1, 1.25, 1.5, 2.0)
        w = 2 * pi / (4 * extension)
        y = 2 .- T .+ cos.(w .* (T .- 3)) .+ 0.5 .* sin.(3 * w .* (T .- 3))
        found = estimate(method("fourier"), T, y, T, [2]).values
        exact = -w^2 .* cos.(w .* (T .- 3)) .- 4.5 * w^2 .* sin.(3 * w .* (T .- 3))
        @test maximum(abs.(vec(found) .- exact)) < 1e-7
    end
    found = estimate(method("fourier"), T, exp.(T ./ 2), T, [0, 1]).values
    @test maximum(abs.(found[1, :] .- exp.(T ./ 2))) < 1e-8
    @test maximum(abs.(found[2, :] .- exp.(T ./ 2) ./ 2)) < 1e-5
end
