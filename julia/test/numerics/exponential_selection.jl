using DerivativeEstimators.ExponentialDescent
using DerivativeEstimators.ExponentialFits
using DerivativeEstimators.ExponentialGrid
using DerivativeEstimators.ExponentialSelection: as_two_real, begun, best_fit, bic, changes
using DerivativeEstimators.ExponentialSelection: evenly_chosen, fitted, least, LEAST_FALL, settled
using DerivativeEstimators.ExponentialSelection: trials, value
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

# Two decays, for which a tone of nearly no frequency stands halfway.
const DECAYS = Record(X, exp.(-3 .* X .- 3) .- 0.6 .* exp.(-1.5 .* X .- 1.5), 1e-15, 40)

@testset "a tone that comes to rest goes on as two decays" begin
    @test as_two_real([1.0 + 0im, -2.0 + 0.5im], 2) == [1, -2.5, -1.5]
    @test as_two_real([-2.0 + SLOWEST * im], 1) == [-2.3, -1.7]
    @test as_two_real([-9.0 + SLOWEST * im], 1) ≈ [-9.9, -8.1]
    at_rest = [-2.0 + SLOWEST * im]
    found = settled(DECAYS, begun(DECAYS, 0, at_rest))
    @test found.point.exponents ≈ [-3.0, -1.5] rtol = 1e-4
    # Where the two are no better, it stays a tone.
    tone = Record(X, exp.(-2 .* X .- 2) .* cos.(6 .* X), 1e-15, 40)
    @test imag(settled(tone, begun(tone, 0, [-1.8 + 5.5im])).point.exponents[1]) ≈ 6
end

@testset "the first of models that are all but equal is taken" begin
    models = [begun(DECAYS, degree, ComplexF64[]) for degree in (3, 5, 5)]
    @test least(DECAYS, models) === models[2]
    @test least(DECAYS, models[[1]]) === models[1]
    noisy = Record(X, DECAYS.y .+ 1e-2 .* noise(61), 1e-15, 40)
    one, other = (begun(noisy, 0, [complex(rate)]) for rate in (-2.0, -2.00001))
    @test 0 < abs(value(one, noisy) - value(other, noisy)) < LEAST_FALL
    @test least(noisy, [one, other]) === one && least(noisy, [other, one]) === other
end

@testset "hopeless changes are left out, and no other" begin
    model = begun(DECAYS, 1, ComplexF64[])
    candidates = (Candidates(X, tones(61)), Candidates(X, real_rates(61)))
    tried = changes(DECAYS, candidates, model, true)
    @test [degree for (degree, exponents) in tried if isempty(exponents)] == [0, 2, 3]
    found = trials(DECAYS, candidates, model, true)
    # A constant in place of the line explains next to nothing of what an exponential does.
    @test !any(isempty(trial.point.exponents) for trial in found)
    @test !isempty(found) && length(found) <= length(tried) - 3
end

@testset "types are inferred" begin
    @inferred best_fit(X, exp.(-2 .* X), 1e-15)
end
