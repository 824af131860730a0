using DerivativeEstimators: estimate, method
using Test

const EXPONENTIALS = method("exponentials")

@testset "a damped oscillation is reproduced at every order" begin
    t = collect(range(0.0, 10.0; length=101))
    curve(k) = real.((1 - 0.5im) * (-0.3 + 4im)^k .* exp.((-0.3 + 4im) .* t))
    found = estimate(EXPONENTIALS, t, 20 .+ curve(0), t, collect(0:7))
    for order in 0:7
        exact = curve(order) .+ (order == 0 ? 20 : 0)
        # The samples' rounding of 4e-15, and 4e-15 in the exponent's size, which order 7 sees
        # seven times: 1e-12 in all.
        @test maximum(abs, found.values[order + 1, :] .- exact) < 1e-11 * maximum(abs, exact)
    end
    @test (found.settings.real, found.settings.complex, found.settings.degree) == (0, 1, 0)
    @test found.settings.fastest ≈ abs(-0.3 + 4im) rtol = 1e-9
end

@testset "errors are as large as stated" begin
    # Root mean squares of error over deviation at 101 correlated points, twelve draws: within a
    # factor of two.
    t = collect(range(0.0, 5.0; length=101))
    exact = [exp.(-0.7 .* t) .- exp.(-6 .* t) -0.7 .* exp.(-0.7 .* t) .+ 6 .* exp.(-6 .* t)]
    squares = 0.0
    for draw in 1:12
        noise = [sqrt(2) * sinpi(0.37 * i^2 + 0.2i * draw + 0.13 * draw^2) for i in 1:101]
        found = estimate(EXPONENTIALS, t, exact[:, 1] .+ 1e-3 .* noise, t, [0, 1])
        score = (found.values .- exact') ./ found.standard_deviation
        squares += sum(abs2, score) / length(score) / 12
        @test 0.7e-3 < found.settings.noise < 1.4e-3
    end
    @test 0.5 < sqrt(squares) < 2
end

@testset "equal samples are a constant" begin
    t = collect(range(0.0, 3.0; length=30))
    found = estimate(EXPONENTIALS, t, fill(4.2, 30), t, [0, 1])
    @test found.values[1, :] == fill(4.2, 30)
    @test all(iszero, found.values[2, :]) && all(iszero, found.standard_deviation)
    @test found.settings == (real=0, complex=0, degree=0)
end
