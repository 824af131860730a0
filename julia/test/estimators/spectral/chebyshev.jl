using DerivativeEstimators: estimate, method
using LinearAlgebra
using Test

@testset "least squares of the selected degree, with its covariance" begin
    t = [2 + 3 * (s + 0.05 * sin(6 * pi * s)) for s in range(0.0, 1.0; length=61)]
    y = sin.(4 .* t) .+ 1e-2 .* cos.(41 .* t .^ 2)
    found = estimate(method("chebyshev"), t, y, t, [0, 1])
    degree = found.settings.degree
    angle = acos.(clamp.((t .- 3.5) ./ 1.5, -1, 1))
    values = [cos(j * a) for a in angle, j in 0:degree]
    # T_j'(x) = j U_{j-1}(x); at the ends the limit is (+-1)^{j+1} j^2.
    slopes = [sin(a) < 1e-12 ? (cos(a) > 0 ? 1.0 : (-1.0)^(j + 1)) * j^2 : j * sin(j * a) / sin(a)
              for a in angle, j in 0:degree] ./ 1.5
    coefficients = values \ y
    covariance = sum(abs2, y .- values * coefficients) / (61 - degree - 1) * inv(values' * values)
    for (i, rows) in enumerate((values, slopes))
        # The condition number of these columns, below 1e4, times round-off.
        @test found.values[i, :] ≈ rows * coefficients rtol = 1e-10
        @test found.standard_deviation[i, :] ≈ sqrt.(diag(rows * covariance * rows')) rtol = 1e-6
    end
end

@testset "the degree predicts left-out samples best" begin
    t = collect(range(-1.0, 1.0; length=31))
    y = sin.(4 .* t) .+ 1e-2 .* cos.(41 .* t .^ 2)
    angle = acos.(clamp.(t, -1, 1))
    errors = map(0:20) do degree
        values = [cos(j * a) for a in angle, j in 0:degree]
        residual = y .- values * (values \ y)
        leverage = diag(values * inv(values' * values) * values')
        sum(abs2, residual ./ (1 .- leverage))
    end
    @test estimate(method("chebyshev"), t, y, t, [0]).settings.degree == argmin(errors) - 1
end

@testset "AICc chooses among degrees 3 to 30 and gives that polynomial" begin
    t = collect(range(-1.0, 1.0; length=61))
    y = exp.(sin.(3 .* t)) .+ 1e-3 .* cos.(41 .* t .^ 2)
    angle = acos.(clamp.(t, -1, 1))
    scores = map(3:30) do degree
        values = [cos(j * a) for a in angle, j in 0:degree]
        p = degree + 2
        61 * log(sum(abs2, y .- values * (values \ y))) + 2 * p * 61 / (61 - p - 1)
    end
    found = estimate(method("chebyshev_aicc"), t, y, t, [0])
    degree = found.settings.degree
    @test degree == argmin(scores) + 2
    values = [cos(j * a) for a in angle, j in 0:degree]
    @test vec(found.values) ≈ values * (values \ y) rtol = 1e-10
    @test estimate(method("chebyshev_aicc"), t, 2 .- t, t, [0]).settings.degree == 3
end
