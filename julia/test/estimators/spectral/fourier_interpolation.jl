using DerivativeEstimators: estimate, method
using Test

@testset "mirrored cosines up to 0.4 of the highest frequency, and none above" begin
    for n in (50, 51)
        t = collect(range(-1.0, 3.0; length=n))
        between = collect(range(-1.0, 3.0; length=23))
        y = 7 .- 2 .* cos.(3 * pi / 4 .* (t .+ 1)) .+ cos.(8 * pi / 4 .* (t .+ 1))
        found = estimate(method("fourier_interpolation"), t, y, between, [0, 1, 7])
        @test found.settings.harmonics == floor(Int, 0.4 * (n - 1))
        for (i, k) in enumerate((0, 1, 7))
            exact = [(k == 0 ? 7.0 : 0.0) -
                     2 * (3 * pi / 4)^k * cos(3 * pi / 4 * (s + 1) + k * pi / 2) +
                     (2 * pi)^k * cos(2 * pi * (s + 1) + k * pi / 2) for s in between]
            # Round-off 1e-16 in harmonics up to 20: (20 / 8)^7 = 600 of the 8th one's derivative.
            @test maximum(abs.(found.values[i, :] .- exact)) < 1e-10 * (2 * pi)^k
        end
        high = cos.((floor(Int, 0.4 * (n - 1)) + 1) * pi / 4 .* (t .+ 1))
        @test maximum(abs.(estimate(method("fourier_interpolation"), t, high, t, [0]).values)) < 1e-12
    end
end
