using DerivativeEstimators.ExponentialDescent
using DerivativeEstimators.ExponentialFits
using DerivativeEstimators.ExponentialGrid
using DerivativeEstimators.ExponentialSelection: best_fit, bic, evenly_chosen
using Test

const X = collect(range(-1.0, 1.0; length=61))
noise(n) = [sqrt(2) * sinpi(0.37i^2 + 0.2i) for i in 1:n]

@testset "candidates cover every frequency and rate" begin
    steepest, fastest = bounds(61)
    found = tones(61)
    @test all(0 .< imag.(found) .< fastest) && maximum(abs, real.(found)) ≈ steepest
    @test allunique(found)
    steady = sort(imag.(found[real.(found) .== 0]))
    @test maximum(abs, diff(steady) .- pi / 2) < 1e-12 && fastest - steady[end] < pi / 2 + 1e-9
    rates = real.(real_rates(61))
    @test extrema(rates) == (-maximum(rates), maximum(rates)) && maximum(rates) ≈ steepest
    @test all(iszero, imag.(real_rates(61)))
end

@testset "a candidate explains what a fit with it explains" begin
    y = exp.(-2 .* X) .* cos.(7 .* X) .+ 0.1 .* noise(61)
    fit = fit_coefficients(X, y, 2, [-2.0 + 6.0im])
    for exponents in (tones(61)[1:97:end], real_rates(61)[1:5:end])
        candidates = Candidates(X, exponents)
        won = explained(candidates, fit)
        for (j, s) in enumerate(exponents)
            with = fit_coefficients(X, y, 2, [-2.0 + 6.0im, s])
            # Projections cancel: rounding over the least share that is kept.
            @test won[j] ≈ fit.squares - with.squares atol = 1e-6 * fit.squares
        end
        @test best_candidate(candidates, fit) == exponents[argmax(won)]
    end
    # One that is in the fit already explains nothing.
    @test all(iszero, explained(Candidates(X, [-2.0 + 6.0im]), fit))
end

@testset "Schwarz's criterion, by hand" begin
    fit = fit_coefficients(X, cos.(9 .* X), 2, [-0.5 + 0im, 3.0 + 4.0im])
    by_hand = 61 * log(fit.squares / 61) + 9 * log(61) + 2 * log(5)
    @test bic(fit, 1e-3) ≈ by_hand
    @test bic(fit, 2.0) - 61 * log(4.0) ≈ by_hand - 61 * log(fit.squares / 61)
end

@testset "planted terms are found: $name" for (name, planted, curve) in (
    ("two decays", [-6.0, -0.7], x -> exp(-6x - 6) - 0.8 * exp(-0.7x)),
    ("a damped tone", [-0.6 + 9im], x -> exp(-0.6x) * sin(9x)),
    ("growth and a tone", [1.5, 5im], x -> 0.2 * exp(1.5x) + cos(5x)),
)
    fit = best_fit(X, curve.(X) .+ 1e-4 .* noise(61), 1e-15)
    found = sort(fit.exponents; by=abs)
    @test length(found) == length(planted) && fit.degree <= 1
    @test maximum(abs, found .- sort(complex.(planted); by=abs)) < 0.05
    @test fit.squares < 61 * 1e-8 * 1.2
end

@testset "more samples than place exponents move them once more" begin
    x = collect(range(-1.0, 1.0; length=400))
    y = exp.(-3 .* x .- 3) .+ 1e-3 .* noise(400)
    fit = best_fit(x, y, 1e-15)
    @test length(fit.residual) == 400 && length(fit.exponents) == 1
    # A standard error of 1e-3 over the root of some hundred samples that see the decay, times 4.
    @test abs(fit.exponents[1] + 3) < 4e-3
    @test evenly_chosen(61, 61) == 1:61
    few = evenly_chosen(400, 150)
    @test length(few) == 150 && few[1] == 1 && few[end] == 400 && extrema(diff(few)) == (2, 3)
end

@testset "types are inferred" begin
    @inferred best_fit(X, exp.(-2 .* X), 1e-15)
end
