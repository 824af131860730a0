using DerivativeEstimators: estimate, method, SplineProcess, SmoothingSpline
using DerivativeEstimators.SampleScaling: unit_samples
using DerivativeEstimators.RestrictedLikelihood: restricted_likelihood
using LinearAlgebra
using Test

"""
Minimiser of squares plus `smoothing` times the penalty from its kernel, in 256 bits: a polynomial
plus multiples of (-1)^m |x - x_i|^(2m-1) / 2 (2m-1)! orthogonal to polynomials.
"""
function exact_spline(x, z, m, smoothing, x_eval, orders)
    n, r = length(x), 2m - 1
    x, scale = big.(x), big(-1.0)^m / (2 * factorial(big(r)))
    A = zeros(BigFloat, n + m, n + m)
    A[1:n, 1:n] = [scale * abs(s - u)^r for s in x, u in x] + big(smoothing) * I
    A[1:n, (n + 1):end] = [s^k for s in x, k in 0:(m - 1)]
    A[(n + 1):end, 1:n] = transpose(A[1:n, (n + 1):end])
    c = A \ vcat(big.(z), zeros(BigFloat, m))
    falling(a, k) = prod(big.(a:-1:(a - k + 1)))
    return [
        Float64(
            scale * falling(r, k) *
            sum(c[i] * abs(s - x[i])^(r - k) * sign(s - x[i])^isodd(k) for i in 1:n) +
            sum(BigFloat[c[n + 1 + j] * falling(j, k) * s^(j - k) for j in k:(m - 1)]),
        ) for k in orders, s in big.(x_eval)
    ]
end

function unit_problem(n, m, uneven)
    t = [s + (uneven ? 0.02 * sinpi(6s) : 0.0) for s in range(0.0, 1.0; length=n)]
    y = sin.(12 .* t) .+ 1e-3 .* cos.(1e4 .* t .^ 2)
    return SplineProcess.prepare(t, unit_samples(y), m)
end

"Factor of the penalty, in units of the problem, that belongs to noise ratio q."
smoothing_of(q, m) = 1 / (factorial(m - 1)^2 * q)

@testset "derivatives agree with 256 bits" begin
    for uneven in (false, true), log_cut_off in (-1.0, 1.0)
        problem = unit_problem(20, 6, uneven)
        q = SplineProcess.noise_ratio(log_cut_off, 6)
        x_eval = sort(vcat(problem.times[1:4:end], problem.times[end], [0.3, 7.7, 15.2]))
        found, _ = SmoothingSpline.evaluate(problem, q, x_eval, collect(0:7))
        exact = exact_spline(problem.times, problem.z, 6, smoothing_of(q, 6), x_eval, 0:7)
        for row in 1:8
            scale = maximum(abs, exact[row, :])
            # Round-off, which interpolation of noise at the ends amplifies; seen: 1e-10.
            @test found[row, :] ./ scale ≈ exact[row, :] ./ scale atol = 1e-8
        end
    end
end

@testset "likelihood, trace and deviations are those of the smoother matrix" begin
    n, m = 13, 3
    problem = unit_problem(n, m, true)
    likelihoods, found = Float64[], Float64[]
    for log_cut_off in (-0.5, 0.4)
        q = SplineProcess.noise_ratio(log_cut_off, m)
        rows = [
            exact_spline(
                problem.times, Matrix(1.0I, n, n)[:, i], m, smoothing_of(q, m), problem.times, 0:0
            ) for i in 1:n
        ]
        S = Matrix(transpose(vcat(rows...)))
        residual = problem.z .- S * problem.z
        left = eigvals(Symmetric(I - (S + S') / 2))[(m + 1):end]
        quadratic = dot(problem.z, residual)
        push!(likelihoods, (n - m) * log(quadratic + problem.floor) - sum(log, left))
        value = restricted_likelihood(problem.chain, problem.z, problem.floor, q, zeros(n, 0))
        push!(found, value)
        freedom, by_likelihood, by_residuals = SplineProcess.describe(problem, q)
        @test freedom ≈ tr(S) rtol = 1e-9
        @test by_likelihood ≈ sqrt(quadratic / (n - m)) rtol = 1e-9
        @test by_residuals ≈ sqrt(dot(residual, residual) / (n - freedom)) rtol = 1e-9
        _, deviations = SmoothingSpline.evaluate(problem, q, problem.times, [0, 3])
        @test deviations[1, :] .^ 2 ≈ diag(S) rtol = 1e-9
        @test all(isnan, deviations[2, :])
    end
    @test diff(found) ≈ diff(likelihoods) rtol = 1e-8
end

@testset "the order is higher for a smoother signal" begin
    t = collect(range(0.0, 1.0; length=151))
    noise = 1e-6 .* cos.(1e5 .* t .^ 2)
    spline = method("smoothing_spline_reml")
    smooth = estimate(spline, t, sin.(20 .* t) .+ noise, t, [0]).settings.penalty_order
    rough = estimate(spline, t, abs.(t .- 0.4) .+ noise, t, [0]).settings.penalty_order
    @test smooth > rough == 6
end

@testset "the highest derivative at a sample is the mean of both sides" begin
    for m in 2:4
        problem = unit_problem(20, m, true)
        q = SplineProcess.noise_ratio(0.0, m)
        knot = problem.times[8]
        found, _ = SmoothingSpline.evaluate(problem, q, knot .+ [-1e-6, 0.0, 1e-6], [2m - 1])
        @test abs(found[3] - found[1]) > 1e-3 * abs(found[2])
        @test found[2] ≈ (found[1] + found[3]) / 2 rtol = 1e-6
    end
end

@testset "residuals near interpolation are the jumps" begin
    for m in 2:5
        problem = unit_problem(20, m, false)
        q = SplineProcess.noise_ratio(SplineProcess.search_bounds(20, m)[2], m)
        smoothed = SplineProcess.smooth(problem.chain, problem.z, q)
        squares, _ = SplineProcess.residual(problem, smoothed, q)
        fitted = exact_spline(
            problem.times, problem.z, m, smoothing_of(q, m), problem.times, 0:0
        )
        # exact_spline rounds its values, to 1e-16 of residuals of 1e-9.
        @test squares ≈ sum(abs2, problem.z .- vec(fitted)) rtol = 1e-5
    end
end
