using DerivativeEstimators: estimate, method
using Test

const RATIONAL = method("rational_least_squares")

@testset "a rational function is reproduced at every order" begin
    t = collect(range(2.0, 5.0; length=81))
    pole = 3.6 + 0.9im
    y = 7 .+ imag.(1 ./ (pole .- t))
    found = estimate(RATIONAL, t, y, t[1:4:81], collect(0:7))
    for order in 0:7
        exact = factorial(order) .* imag.(1 ./ (pole .- t[1:4:81]) .^ (order + 1))
        order == 0 && (exact .+= 7)
        # The samples' rounding of 1e-15, times some 10^order.
        tolerance = 1e-12 * 10.0^order * maximum(abs, exact)
        @test maximum(abs, found.values[order + 1, :] .- exact) < tolerance
    end
    @test found.settings.poles == 2
    @test found.settings.nearest ≈ 0.9 rtol = 1e-6
end

@testset "errors are as large as stated" begin
    # A pair of poles is the right model of Runge's function. Root mean squares of error over
    # deviation at 41 correlated points, twelve draws: within a factor of two.
    t = collect(range(2.0, 12.0; length=81))
    u = (t .- 7) ./ 5
    exact = [1 ./ (1 .+ 9 .* u .^ 2) -18 .* u ./ (1 .+ 9 .* u .^ 2) .^ 2 ./ 5]
    squares = 0.0
    for draw in 1:12
        noise = [sqrt(2) * sinpi(0.37 * i^2 + 0.2i * draw + 0.13 * draw^2) for i in 1:81]
        found = estimate(RATIONAL, t, exact[:, 1] .+ 1e-3 .* noise, t[21:61], [0, 1])
        score = (found.values .- exact[21:61, :]') ./ found.standard_deviation
        squares += sum(abs2, score) / length(score) / 12
        @test 0.7e-3 < found.settings.noise < 1.4e-3
    end
    @test 0.5 < sqrt(squares) < 2
end

@testset "equal samples are a constant" begin
    t = collect(range(0.0, 3.0; length=30))
    found = estimate(RATIONAL, t, fill(4.2, 30), t, [0, 1])
    @test found.values[1, :] ≈ fill(4.2, 30)
    @test all(iszero, found.values[2, :]) && all(iszero, found.standard_deviation)
    @test found.settings == (poles=0, degree=0)
end
