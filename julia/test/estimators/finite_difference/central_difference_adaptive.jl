using DerivativeEstimators: estimate, method
using DerivativeEstimators.CentralDifferenceAdaptive: noise_variance
using Test

"Normal numbers by a Lehmer generator and Box-Muller: the same in every version of Julia."
function noise(n::Int)
    state = 20
    uniform() = (state = (state * 48271) % 2147483647; state / 2147483647)
    return [sqrt(-2 * log(uniform())) * cospi(2 * uniform()) for _ in 1:n]
end

@testset "noise estimate" begin
    t = collect(range(0.0, 6.0; length=201))
    for level in (1e-6, 1e-2)
        # 190 residuals, of which the least of six means is taken: within a fifth.
        found = sqrt(noise_variance(t, sin.(2 .* t) .+ level .* noise(201)))
        @test 0.8 * level < found < 1.2 * level
    end
    @test noise_variance(t, fill(1e6, 201)) ≈ (2e6 * eps())^2
end

@testset "beats the narrowest stencils in noise, by wider ones" begin
    t = collect(range(0.0, 6.0; length=101))
    y = sin.(2 .* t) .+ 1e-2 .* noise(101)
    orders = collect(0:7)
    exact = [2.0^k * sin(2 * s + k * pi / 2) for k in orders, s in t]
    error(values) = vec(sum(abs2, values .- exact; dims=2))
    chosen = estimate(method("central_difference_adaptive"), t, y, t, orders)
    narrow = estimate(method("central_difference"), t, y, t, orders)
    @test all(error(chosen.values)[3:8] .< error(narrow)[3:8])
    @test all(chosen.settings.width .* chosen.settings.stride .>= [3, 3, 3, 5, 5, 7, 7, 9])
end
