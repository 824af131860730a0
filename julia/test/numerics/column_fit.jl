using DerivativeEstimators.ColumnFits
using LinearAlgebra
using Test

const X = [0.0, 0.5, 1.25, 2.0, 4.0, 4.5]
const Y = [1.0, -2.0, 0.5, 3.0, 2.0, 7.0]

@testset "a straight line, in closed form" begin
    fit = fit_columns!(hcat(ones(6), X), Y, 1e-12)
    centred = X .- sum(X) / 6
    slope = dot(centred, Y) / dot(centred, centred)
    @test fit.coefficients ≈ [sum(Y) / 6 - slope * sum(X) / 6, slope]
    residual = Y .- sum(Y) / 6 .- slope .* centred
    @test fit.residual ≈ residual
    @test fit.squares ≈ sum(abs2, residual)
    @test fit.Q' * fit.Q ≈ I
    @test norm(project_out!(hcat(ones(6), X, 3 .* X .- 2), fit.Q)) < 1e-14
    # Of the line and of its slope: textbook formulas.
    at = [-1.0, 3.0]
    gradients = [hcat(ones(2), at), hcat(zeros(2), ones(2))]
    found = linearised_deviations(hcat(ones(6), X), gradients, 0.25)
    spread = dot(centred, centred)
    @test found[1, :] ≈ 0.5 .* sqrt.(1 / 6 .+ (at .- sum(X) / 6) .^ 2 ./ spread)
    @test found[2, :] ≈ fill(0.5 / sqrt(spread), 2)
end

@testset "columns of any size, and dependent ones" begin
    slope(size) = fit_columns!(hcat(ones(6), size .* X), Y, 1e-12).coefficients[2]
    @test slope(1e-200) * 1e-200 ≈ slope(1.0)
    @test fit_columns!(hcat(ones(6), X, X .- 3), Y, 1e-12) === nothing
    @test fit_columns!(X .^ (0:5)', Y, 1e-12) === nothing  # as many as samples
    nearly = X .- 3 .+ 1e-9 .* X .^ 2
    @test fit_columns!(hcat(ones(6), X, nearly), Y, 1e-12) !== nothing
    @test fit_columns!(hcat(ones(6), X, nearly), Y, 1e-7) === nothing
end

@testset "directions without information have no say in deviations" begin
    J = hcat(ones(6), X)
    twice = hcat(J, X)  # the slope in two parameters of which only the sum matters
    one, two = (
        linearised_deviations(A, [B], 1.0) for
        (A, B) in ((J, [1.0 2.0]), (twice, [1.0 2.0 2.0]))
    )
    @test one ≈ two
end
