using DerivativeEstimators: estimate, method
using DerivativeEstimators.SavitzkyGolayCurvature: asymptotic_risk, legendre_at_zero
using Test

@testset "savitzky_golay_21_5" begin
    t = collect(range(0.0, 2.0; length=41))
    y = sin.(9 .* t)
    values = estimate(method("savitzky_golay_21_5"), t, y, t, collect(0:5))
    # The centre's window by least squares in powers of the offset.
    powers = [(0.05 * i)^j for i in -10:10, j in 0:5]
    coefficients = powers \ y[11:31]
    for k in 0:5
        # Powers up to (1/2)^5 lose four digits.
        @test values[k + 1, 21] ≈ factorial(k) * coefficients[k + 1] rtol = 1e-9 atol = 1e-9
    end
    @test_throws ArgumentError estimate(method("savitzky_golay_21_5"), t .^ 2, y, t, [0])
end

@testset "windows from noise and curvature" begin
    @test legendre_at_zero(4, 0) ≈ [1, 0, -1 / 2, 0, 3 / 8]
    @test legendre_at_zero(4, 2) ≈ [0, 0, 3, 0, -15 / 2]
    # Order 0, degree 3: V = 9/8, and x^4 / 24 leaves P_4(0) / (35/8) / 24.
    variance, bias, r = asymptotic_risk(0, 3)
    @test variance ≈ 1 / 2 + 5 / 2 / 4
    @test bias ≈ 3 / 8 / (35 / 8) / 24
    @test r == 4
    t = collect(range(0.0, 10.0; length=101))
    hybrid = method("savitzky_golay_hybrid")
    @test estimate(hybrid, t, sin.(5 .* t), t, [0]).settings.window == [15]
end
