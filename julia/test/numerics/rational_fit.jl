using DerivativeEstimators.RationalFits
using DerivativeEstimators.RationalRefinement: moved, polish, refine
using LinearAlgebra
using Test

const X = collect(range(-1.0, 1.0; length=81))
const POLES = [0.3 + 0.4im, -0.5 + 0.8im, 1.7 + 0.0im]
# Degree 1; two coefficients of the line, three of real parts, two of imaginary ones.
const COEFFICIENTS = [0.2, -1.0, 1.0, 0.5, -2.0, -0.7, 0.3]
const Y = columns(X, 1, POLES, 0) * COEFFICIENTS
const RECORD = Record(X, Y, 0.05, 1e-15)

shifted(step) = moved(POLES, step, 0.05)

@testset "each order is the derivative of the one below" begin
    # Five-point differences of step 1e-3 err by 1e-9.
    h = 1e-3
    for order in 0:6
        below = [columns(X[20:60] .+ s * h, 3, POLES, order) for s in (-2, -1, 1, 2)]
        slope = (below[1] .- 8 .* below[2] .+ 8 .* below[3] .- below[4]) ./ 12h
        exact = columns(X[20:60], 3, POLES, order + 1)
        @test maximum(abs.(slope .- exact) ./ (maximum(abs, exact; dims=1) .+ 1)) < 1e-7
    end
end

@testset "columns of the poles are derivatives in their coordinates" begin
    fit = fit_residues(RECORD, 1, POLES)
    @test fit.coefficients ≈ COEFFICIENTS rtol = 1e-9
    for order in (0, 2), j in 1:5
        step = zeros(5)
        step[j] = 1e-5
        up, down = (columns(X, 1, shifted(sign .* step), order) * COEFFICIENTS for sign in (1, -1))
        # Central differences: 1e-10 of the third derivative, and rounding over 1e-5.
        exact = pole_columns(X, fit, order)[:, j]
        @test (up - down) ./ 2e-5 ≈ exact atol = 1e-7 * maximum(abs, exact)
    end
end

@testset "poles stay where they may be" begin
    @test shifted(zeros(5)) ≈ POLES
    @test shifted([0.5, 0.0, 0.0, log(2.0), 0.0]) ≈ [0.5 + 0.4im, -0.5 + 1.6im, 1.7]
    nearest = shifted([0.0, 0.0, -9.0, -9.0, -9.0])
    @test distances(nearest) ≈ fill(0.05, 3)
    @test imag.(nearest) ≈ [0.05, 0.05, 0.0] && real(nearest[3]) ≈ 1.05
    @test maximum(abs, shifted([0.0, 0.0, 9.0, 9.0, 9.0])) ≈ 50.0
end

@testset "refining finds the poles of a rational function" begin
    start = fit_residues(RECORD, 1, POLES .+ [0.05 - 0.03im, -0.04 + 0.06im, 0.1])
    fit = refine(RECORD, start, 1e-14, 100)
    # The squares end at rounding, 1e-15 of samples, which the poles' columns tell to 1e-10.
    @test maximum(abs, fit.poles .- POLES) < 1e-6
    @test refine(RECORD, start, 0.0, 0).poles == start.poles
    previous = start.squares
    for steps in 1:5
        squares = refine(RECORD, start, 0.0, steps).squares
        @test squares < previous
        previous = squares
    end
end

@testset "polishing ends where no direction is left" begin
    noisy = Record(X, Y .+ 1e-3 .* cos.(41 .* X .^ 2), 0.05, 1e-15)
    start = fit_residues(noisy, 1, POLES .+ [0.01, -0.01im, 0.02])
    fit = polish(noisy, refine(noisy, start, 1e-14, 100))
    J = pole_columns(X, fit, 0)
    J .-= fit.Q * (fit.Q' * J)
    gradient = J' * fit.residual ./ sqrt.(vec(sum(abs2, J; dims=1)))
    @test maximum(abs, gradient) < 1e-10 * sqrt(fit.squares)
    bare = fit_residues(noisy, 3, ComplexF64[])
    @test polish(noisy, refine(noisy, bare, 1e-14, 100)) === bare
end

@testset "the most useful pole is the one whose fit is best" begin
    fit = fit_residues(RECORD, 1, POLES[2:3])
    grid = vec([complex(a, h) for a in -1.0:0.05:1.0, h in (0.2, 0.4, 0.7)])
    squares = [fit_residues(RECORD, 1, vcat(fit.poles, pole)).squares for pole in grid]
    @test length(grid) > 64  # more than are tried at once
    @test most_useful_pole(RECORD, fit, grid) == grid[argmin(squares)]
    @test most_useful_pole(RECORD, fit, reverse(grid)) == grid[argmin(squares)]
end

@testset "dependent poles have no fit" begin
    @test fit_residues(RECORD, 1, [0.3 + 0.4im, 0.3 + 0.4im]) === nothing
    @test fit_residues(Record(X[1:6], Y[1:6], 0.05, 0.0), 1, POLES) === nothing  # 7 columns
end

@testset "deviations are those of the whole linearisation" begin
    fit = fit_residues(Record(X, Y .+ 1e-2 .* cos.(41 .* X .^ 2), 0.05, 0.0), 1, POLES)
    J = hcat(columns(X, 1, POLES, 0), pole_columns(X, fit, 0))
    covariance = fit.squares / (81 - 12) * inv(J' * J)
    at = [-0.9, 0.123]
    rows = hcat(columns(at, 1, POLES, 3), pole_columns(at, fit, 3))
    found = standard_deviations(X, fit, at, [3])
    # J'J has a condition number of some 1e8.
    @test vec(found) ≈ sqrt.(diag(rows * covariance * rows')) rtol = 1e-6
    @test parameters(fit) == 12 && coordinates(POLES) == 5
end

@testset "types are inferred" begin
    fit = @inferred Union{Nothing,RationalFit} fit_residues(RECORD, 1, POLES)
    @inferred refine(RECORD, fit, 1e-3, 3)
    @inferred polish(RECORD, fit)
    @inferred most_useful_pole(RECORD, fit, [0.1 + 0.3im])
    @inferred standard_deviations(X, fit, X, [0, 1])
end
