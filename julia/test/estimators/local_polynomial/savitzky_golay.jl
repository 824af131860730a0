using DerivativeEstimators: estimate, method
using DerivativeEstimators.MovingPolynomial: noise_variance, windows_of
using Test

const SAVITZKY_GOLAY = method("savitzky_golay_adaptive")

# A Weyl sequence through the Box-Muller transform: the same noise in every version of Julia.
fraction(i, step) = mod(i * step, 1.0)
noise(n) = [sqrt(-2 * log(fraction(i, 0.6180339887498949))) *
            cospi(2 * fraction(i, 0.7548776662466927)) for i in 1:n]

function noisy_sine(n::Int, level::Float64)
    t = collect(range(0.0, 10.0; length=n))
    return t, sin.(t) .+ level .* noise(n)
end

"The k-th derivative at zero of the Chebyshev polynomial of degree j."
function chebyshev_at_zero(j::Int, k::Int)
    before, now = zeros(k + 1), zeros(k + 1)
    now[1] = 1
    for i in 1:j
        after = -before
        for order in 1:k
            after[order + 1] += (i == 1 ? 1 : 2) * order * now[order]
        end
        before, now = now, after
    end
    return now[k + 1]
end

@testset "least squares in the selected window" begin
    t, y = noisy_sine(101, 1e-2)
    orders = collect(0:4)
    found = estimate(SAVITZKY_GOLAY, t, y, t, orders)
    for (i, k) in enumerate(orders)
        half, degree = div(found.settings.window[i], 2), found.settings.degree[i]
        x = Float64.(-half:half) ./ half
        vandermonde = [cos(j * acos(clamp(s, -1, 1))) for s in x, j in 0:degree]
        coefficients = vandermonde \ y[(51 - half):(51 + half)]
        expected = sum(coefficients[j + 1] * chebyshev_at_zero(j, k) for j in 0:degree)
        @test found.values[i, 51] ≈ expected / (half * 0.1)^k rtol = 1e-6 atol = 1e-9
    end
end

@testset "errors fall with the noise at every order" begin
    errors = map((1e-8, 1e-6, 1e-4, 1e-2)) do level
        t, y = noisy_sine(101, level)
        found = estimate(SAVITZKY_GOLAY, t, y, t, collect(0:7)).values
        [sqrt(sum(abs2, found[k + 1, :] .- sin.(t .+ k * pi / 2)) / 101) for k in 0:7]
    end
    for k in 1:8, i in 1:3
        @test errors[i][k] < errors[i + 1][k]
    end
    @test errors[1][1] < 1e-8
end

@testset "noise estimate" begin
    for level in (1e-8, 1e-4, 1e-1)
        _, y = noisy_sine(201, level)
        found = sqrt(noise_variance([windows_of(y, half) for half in (10, 20, 40, 60, 80, 100)]))
        @test 0.4 * level < found < 2 * level
    end
end

@testset "uneven times are refused" begin
    t = range(0.0, 1.0; length=30) .^ 1.1
    @test_throws ArgumentError estimate(SAVITZKY_GOLAY, t, sin.(t), t, [0])
end
