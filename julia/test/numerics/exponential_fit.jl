using DerivativeEstimators.ExponentialDescent
using DerivativeEstimators.ExponentialFits
using DerivativeEstimators.ExponentialSelection: least_term
using LinearAlgebra
using Test

const X = collect(range(-1.0, 1.0; length=61))
const EXPONENTS = [-1.5 + 0.0im, 0.7 + 5.0im, 2.0 + 0.0im, -3.0 + 11.0im]
# A line; four real parts, two imaginary ones.
const COEFFICIENTS = [0.3, -0.2, 1.0, 0.5, -0.8, 0.4, -0.6, 0.9]
const Y = columns(X, 1, EXPONENTS, 0) * COEFFICIENTS

record(y) = Record(X, y, 1e-15, 40)

@testset "columns are exponentials of largest value 1, and derivatives of each other" begin
    found = columns(X, 0, EXPONENTS, 0)
    @test found[:, 2] ≈ exp.(-1.5 .* X .- 1.5)
    @test found[:, 3] ≈ exp.(0.7 .* X .- 0.7) .* cos.(5 .* X)
    @test found[:, 6] ≈ exp.(0.7 .* X .- 0.7) .* sin.(5 .* X)
    @test maximum(abs, found) <= 1.0
    h = 1e-3  # five-point differences err by (11 h)^4 / 30
    for order in 0:6
        below = [columns(X[10:50] .+ s * h, 3, EXPONENTS, order) for s in (-2, -1, 1, 2)]
        slope = (below[1] .- 8 .* below[2] .+ 8 .* below[3] .- below[4]) ./ 12h
        exact = columns(X[10:50], 3, EXPONENTS, order + 1)
        @test maximum(abs.(slope .- exact) ./ (maximum(abs, exact; dims=1) .+ 1)) < 1e-7
    end
end

@testset "columns of the exponents are derivatives by rate and by frequency" begin
    fit = fit_coefficients(X, Y, 1, EXPONENTS)
    @test fit.coefficients ≈ COEFFICIENTS rtol = 1e-10
    @test parameters(fit) == 2 + 6 + 6
    for order in (0, 2), j in 1:6
        h = 1e-5 * (j <= 4 ? 1.0 : 1.0im)
        shift = zeros(ComplexF64, 4)
        shift[j <= 4 ? j : (2, 4)[j - 4]] = h
        up, down = (columns(X, 1, EXPONENTS .+ sign .* shift, order) * COEFFICIENTS
                    for sign in (1, -1))
        exact = exponent_columns(X, fit, order)[:, j]
        # Central differences: 1e-10 of the third derivative, and rounding over 1e-5.
        @test (up - down) ./ 2e-5 ≈ exact atol = 1e-7 * maximum(abs, exact)
    end
end

@testset "a point has the squares and slopes of explicit projections" begin
    y = Y .+ 0.1 .* cos.(41 .* X .^ 2)
    fit = fit_coefficients(X, y, 1, EXPONENTS)
    point = evaluate(record(y), 1, EXPONENTS)
    @test point.coefficients ≈ fit.coefficients
    @test squares(point) <= fit.squares  # what slopes and one more direction see of the residual
    J = exponent_columns(X, fit, 0)
    J .-= fit.Q * (fit.Q' * J)
    @test point.slopes' * point.slopes ≈ J' * J
    @test point.slopes' * point.left[1:(end - 1)] ≈ J' * fit.residual
    @test squares(point) ≈ fit.squares
end

@testset "too many and dependent terms have no fit" begin
    twice = vcat(EXPONENTS, EXPONENTS[2])
    @test fit_coefficients(X, Y, 1, twice) === nothing
    @test evaluate(record(Y), 1, twice) === nothing
    few = X[1:9]  # eight columns and six slopes
    @test evaluate(Record(few, Y[1:9], 1e-15, 40), 1, EXPONENTS) === nothing
    @test fit_coefficients(few[1:8], Y[1:8], 1, EXPONENTS) === nothing
end

@testset "exponents stay within what samples show" begin
    steepest, fastest = bounds(61)
    @test (steepest, fastest) == (30.0, 0.8 * pi * 30)
    @test moved(EXPONENTS, zeros(6), 61) == EXPONENTS
    @test moved(EXPONENTS, [0.1, 0, 0, 0, 0.2, 0], 61) ≈ EXPONENTS .+ [0.1, 0.2im, 0, 0]
    # The longest step is 0.7 of |s|, or 1.4 of a frequency, and all are shortened alike.
    @test moved(EXPONENTS, [3.0, 0, 0, 0, 0, 0.6], 61) ≈ EXPONENTS .+ [1.05, 0, 0, 0.21im]
    edge = [complex(-steepest), complex(steepest, fastest), -0.06 + 0im, 0.1 + 0.06im]
    @test moved(edge, [-0.5, 0.5, 0.5, 0, 0.5, -0.5], 61) ≈
          [complex(-steepest), complex(steepest, fastest), 0.44 + 0im, 0.1 + 0.05im]
    @test real(moved([-0.06 + 0im], [0.05], 61)[1]) == -0.05
end

@testset "refining finds the exponents, and squares never rise" begin
    start = fit_coefficients(X, Y, 1, EXPONENTS .* [1.1, 1.02, 0.9, 0.98])
    fit = refine(record(Y), start, 1e-14, 100)
    @test maximum(abs, fit.exponents .- EXPONENTS) < 1e-6
    previous = start.squares
    for steps in 1:4
        here = refine(record(Y), start, 0.0, steps).squares
        @test here < previous
        previous = here
    end
    line = fit_coefficients(X, Y, 1, ComplexF64[])
    @test refine(record(Y), line, 1e-14, 100).squares == line.squares
end

@testset "the least term is the one whose loss costs least" begin
    y = Y .+ 0.1 .* cos.(41 .* X .^ 2)
    for weights in ([1.0, 1, 1, 1], [1e-3, 1, 1, 1], [1, 1, 1e-2, 1], [1, 1, 1, 1e-3])
        scaled = weights[[1, 2, 3, 4, 2, 4]] .* COEFFICIENTS[3:8]
        samples = y .- Y .+ columns(X, 1, EXPONENTS, 0) * vcat(COEFFICIENTS[1:2], scaled)
        lost = [
            fit_coefficients(X, samples, 1, EXPONENTS[setdiff(1:4, j)]).squares for j in 1:4
        ]
        @test least_term(evaluate(record(samples), 1, EXPONENTS)) == argmin(lost)
    end
end

@testset "deviations are those of the whole linearisation" begin
    fit = fit_coefficients(X, Y .+ 1e-2 .* cos.(41 .* X .^ 2), 1, EXPONENTS)
    J = hcat(columns(X, 1, EXPONENTS, 0), exponent_columns(X, fit, 0))
    covariance = fit.squares / (61 - 14) * inv(J' * J)
    at = [-0.9, 0.123]
    rows = hcat(columns(at, 1, EXPONENTS, 3), exponent_columns(at, fit, 3))
    found = standard_deviations(X, fit, at, [3])
    # J'J has a condition number of some 1e8.
    @test vec(found) ≈ sqrt.(diag(rows * covariance * rows')) rtol = 1e-6
end

@testset "types are inferred, and a point costs little memory" begin
    samples = record(Y)
    @inferred Union{Nothing,Point} evaluate(samples, 1, EXPONENTS)
    @inferred advance!(Descent(1, evaluate(samples, 1, EXPONENTS)), samples, 2, 1e-3)
    fit = fit_coefficients(X, Y, 1, EXPONENTS)
    @inferred refine(samples, fit, 1e-3, 2)
    @inferred standard_deviations(X, fit, X, [0, 1])
    evaluate(samples, 1, EXPONENTS)
    # The columns of all samples are in `room`: what is new has 8 x 8, 6 x 6 and fewer numbers.
    @test @allocated(evaluate(samples, 1, EXPONENTS)) < 8 * 61 * 15
end
