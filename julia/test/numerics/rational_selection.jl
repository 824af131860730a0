using DerivativeEstimators.RationalFits
using DerivativeEstimators.RationalRefinement: refine
using DerivativeEstimators.RationalSelection: Contender, MARGIN, ROUND, STEPS
using DerivativeEstimators.RationalSelection: advance!, arrived, best_fit, bic, may_reach
using DerivativeEstimators.RationalSelection: pole_grid, settle, split_poles, winner
using Test

const X = collect(range(-1.0, 1.0; length=61))

@testset "a planted rational function is found" begin
    planted = [0.35 + 0.3im, 1.6 + 0.0im]
    y = columns(X, 1, planted, 0) * [0.1, 0.4, 0.3, -0.5, 0.2]
    noise = [1e-4 * sinpi(0.37i^2 + 0.2i) for i in 1:61]
    fit = best_fit(X, y .+ noise, 1e-15)
    @test length(fit.poles) == 2 && fit.degree == 1
    # Columns of the poles have norms of about 1, and the noise is 1e-4.
    @test maximum(abs, sort(fit.poles; by=real) .- planted) < 1e-2
    @test fit.squares <= sum(abs2, noise)
end

@testset "samples of a polynomial have no poles" begin
    for degree in (1, 4, 8)
        y = X .^ degree .- 0.3 .* X
        fit = best_fit(X, y ./ maximum(abs, y), 1e-15)
        @test sqrt(fit.squares) < 1e-12
        @test all(distances(fit.poles) .> 1)  # where there are some, they are a polynomial's
    end
end

@testset "Schwarz's criterion, by hand" begin
    record = Record(X, cos.(9 .* X), 0.05, 1e-3)
    fit = fit_residues(record, 2, [0.1 + 0.2im, 1.25 + 0.0im, 4.0 + 3.0im])
    @test parameters(fit) == 3 + 5 + 5
    by_hand = 61 * log(fit.squares / 61) + 13 * log(61) - 2 * log(0.2) - 2 * log(0.25)
    @test bic(fit, 1e-3) ≈ by_hand
    @test bic(fit, 2.0) - 61 * log(4.0) ≈ by_hand - 61 * log(fit.squares / 61)
end

# Runge's function, a wave and noise; fits of one to three pairs begin far from their minima.
const WAVY = Record(
    X,
    [1 / (1 + 25v^2) + sin(5v) + 0.02 * sinpi(0.37i^2 + 0.2i) for (i, v) in enumerate(X)],
    4 / 60,
    1e-15,
)
const BEGINNINGS = [
    ComplexF64[],
    [0.2im],
    [0.3 + 0.5im],
    [0.1 + 0.3im, -0.6 + 0.4im],
    [0.5im, 0.9 + 0.5im, -0.9 + 0.5im],
]

@testset "a contender that moves on is its descent in rounds" begin
    start = fit_residues(WAVY, 1, BEGINNINGS[4])
    one = Contender(WAVY, start)
    while !arrived(one)
        advance!(one, WAVY)
    end
    fit = refine(WAVY, start, 1e-3 / 61, STEPS)
    @test one.descent.fit.poles == fit.poles
    @test one.value == bic(fit, 1e-15)
end

@testset "what may be reached follows from the pace" begin
    one = Contender(WAVY, fit_residues(WAVY, 1, BEGINNINGS[3]))
    @test may_reach(one, -Inf)  # it has not been seen moving
    before = one.value
    advance!(one, WAVY)
    fall = (before - one.value) / ROUND * (STEPS - ROUND)
    @test fall > 0
    @test may_reach(one, one.value - fall - 0.99 * MARGIN)
    @test !may_reach(one, one.value - fall - 1.01 * MARGIN)
end

@testset "the hopeless are given up, and the winner would win if all went on" begin
    fits = [fit_residues(WAVY, 1, poles) for poles in BEGINNINGS]
    contenders = [Contender(WAVY, fit) for fit in fits]
    found = winner(WAVY, contenders)
    ends = [refine(WAVY, fit, 1e-3 / 61, STEPS) for fit in fits]
    @test found.descent.fit.poles == ends[argmin([bic(fit, 1e-15) for fit in ends])].poles
    given_up = filter(!arrived, contenders)
    @test !isempty(given_up)
    @test all(one.value - found.value > MARGIN for one in given_up)
end

@testset "no single change of the result lowers the criterion" begin
    y = [1 / (1 + 25v^2) + 0.02 * sinpi(0.37i^2 + 0.2i) for (i, v) in enumerate(X)]
    fit = best_fit(X, y, 1e-15)
    record = Record(X, y, 4 / 60, 1e-15)
    @test bic(settle(record, fit), 1e-15) == bic(fit, 1e-15)
    @test all(distances(fit.poles) .>= 4 / 60 - 1e-12)
end

@testset "poles of AAA are divided by where they are" begin
    poles = [0.2 + 0.3im, 0.2 - 0.3im, 0.5 + 0.01im, 0.5 - 0.01im, 0.4 + 0im, 3.0 + 0im, 20.0 + 0im]
    degree, kept = split_poles(poles, 9, 0.05)
    @test kept == [0.2 + 0.3im, 3.0 + 0im]
    @test degree == 3  # one is far, two are at infinity
    @test split_poles(poles[1:2], 2, 0.05)[1] == 1
    @test split_poles(fill(20.0 + 0im, 30), 30, 0.05) == (10, ComplexF64[])
end

@testset "the grid has half of its heights between places" begin
    grid = pole_grid(0.05)
    @test unique(imag.(grid)) ≈ [0.1, 0.2, 0.4, 0.8]
    @test extrema(real.(grid)) == (-1.0, 1.0)
    low = real.(grid[imag.(grid) .≈ 0.1])
    @test maximum(abs, diff(low) .- 0.1) < 1e-12
end

@testset "types are inferred, and memory is that of a few hundred fits" begin
    y = [1 / (1 + 25v^2) + 0.02 * sinpi(0.37i^2 + 0.2i) for (i, v) in enumerate(X)]
    @inferred best_fit(X, y, 1e-15)
    used = @allocated best_fit(X, y, 1e-15)
    # A fit keeps and a step makes some ten arrays of 61 x 20 numbers, 0.1 MB in all.
    @test used < 100e6
end
