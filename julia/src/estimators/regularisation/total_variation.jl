module TotalVariationSpline

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate
using ..JumpSplines: JumpSpline, Solution, jump_spline, solve, evaluate
using ..InformationSmoother: triangular!, back_substitute!
using ..SampleScaling: UnitSamples, unit_samples
using ..SplineProcess: prepare, choose_by_validation, describe

# The constants of Python's `total_variation`, which explains them.
const DEGREE = 7
const PILOT_ORDER = 6
const PRICE = 3.0
const SPAN = 8.0
const COARSE, FINE = 1.0, 0.25
const TOLERANCE = 1e-10
const LEAST_VARIATION = 1e-8
const ITERATIONS = 100
const STARTS = 40

"""
Spline of degree 7 with knots at the samples that minimises squares plus the total variation of
its seventh derivative, solved by an interior-point method. See Python's `total_variation`.
"""
struct TotalVariation <: AbstractEstimator end

"Minimum and solution of the lasso for one penalty, its relative duality gap, and its steps."
struct Lasso
    penalty::Float64
    objective::Float64
    solution::Solution
    gap::Float64
    iterations::Int
end

function estimate(
    ::TotalVariation,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    samples = unit_samples(y)
    step = (t[end] - t[1]) / (length(t) - 1)
    x, x_eval = [(s - t[1]) / step for s in t], [(s - t[1]) / step for s in t_eval]
    values, squares = polynomial(x, samples.z, x_eval, orders)
    settings = NamedTuple()
    if squares > samples.floor
        spline = jump_spline(x, DEGREE)
        best, noise, iterations = choose(spline, t, samples, factorial(DEGREE) + 0.0, PRICE)
        values = evaluate(spline, best.solution, x_eval, orders)
        # One unit of sum |j| is spread * 7! / step^7 of the variation of f^(7).
        settings = (
            penalty=best.penalty * samples.spread / (factorial(DEGREE) / step^DEGREE),
            knots=count(knots_used(best)),
            noise=noise * samples.spread,
            gap=best.gap,
            iterations=iterations,
        )
    else
        settings = (knots=0,)
    end
    for j in 1:length(x_eval), (row, order) in enumerate(orders)
        offset = order == 0 ? samples.mean : 0.0
        values[row, j] = values[row, j] * samples.spread / step^order + offset
    end
    return Estimate(values; settings=settings)
end

"Derivatives of the least-squares polynomial of degree 7, and its sum of squares."
function polynomial(
    x::Vector{Float64}, y::Vector{Float64}, x_eval::Vector{Float64}, orders::Vector{Int}
)
    n, half_width = length(x), x[end] / 2
    A = zeros(n, DEGREE + 2)
    for i in 1:n
        A[i, 1:(DEGREE + 1)] = legendre(x[i] / half_width - 1.0, 0)
        A[i, DEGREE + 2] = y[i]
    end
    triangular!(A)
    coefficients = back_substitute!(A, DEGREE + 1, A[1:(DEGREE + 1), DEGREE + 2])
    values = zeros(length(orders), length(x_eval))
    for (j, s) in enumerate(x_eval), (row, order) in enumerate(orders)
        shapes = legendre(s / half_width - 1.0, order)
        values[row, j] = sum(shapes .* coefficients) / half_width^order
    end
    return values, A[DEGREE + 2, DEGREE + 2]^2
end

"Derivatives of the given order of the Legendre polynomials of degree 0 to 7 at x."
function legendre(x::Float64, order::Int)
    P = zeros(DEGREE + 1, order + 1)  # P[j + 1, d + 1] is the derivative of order d of P_j
    P[1, 1] = 1.0
    for d in 0:order, j in 1:DEGREE
        lower = d > 0 ? d * P[j, d] : 0.0
        before = j > 1 ? (j - 1) * P[j - 1, d + 1] : 0.0
        P[j + 1, d + 1] = ((2j - 1) * (x * P[j, d + 1] + lower) - before) / j
    end
    return P[:, order + 1]
end

"""
The solution of least risk on two grids of penalties, the noise, and the largest number of steps on
the last grid; `unit` times a jump is that of the seventh derivative.
"""
function choose(
    spline::JumpSpline, t::Vector{Float64}, samples::UnitSamples, unit::Float64, price::Float64
)
    pilot = prepare(t, samples, PILOT_ORDER)
    q = choose_by_validation(pilot)
    noise = describe(pilot, q)[3]
    cut_off = exp(log(q * factorial(PILOT_ORDER - 1)^2) / (2 * PILOT_ORDER))
    variance = cut_off^(2 * DEGREE + 2) / unit^2
    count = length(spline.knots)
    smooth = solve(spline, samples.z, fill(variance, count), zeros(count))
    middle = log(sqrt(sum(abs2, smooth.jumps) / count) / variance)
    best = Lasso(0.0, 0.0, smooth, 0.0, 0)
    iterations = 0
    for grid in (-SPAN:COARSE:SPAN, (FINE - COARSE):FINE:(COARSE - FINE))
        least, iterations, centre = Inf, 0, middle
        for offset in grid
            lasso = interior_point(spline, samples.z, exp(centre + offset), variance)
            iterations = max(iterations, lasso.iterations)
            value = risk(samples.z, lasso, noise, price)
            if value < least
                least, best, middle = value, lasso, centre + offset
            end
        end
    end
    return best, noise, iterations
end

"Residual plus `price` noise variances for every degree of freedom; see Python."
function risk(z::Vector{Float64}, lasso::Lasso, noise::Float64, price::Float64)
    freedom = DEGREE + 1 + count(knots_used(lasso))
    return squares_left(z, lasso.solution) + price * noise^2 * freedom
end

function squares_left(z::Vector{Float64}, solution::Solution)
    total = 0.0
    for i in 1:length(z)
        total += (z[i] - solution.fitted[i])^2
    end
    return total
end

"Mask of the jumps that are not zero; Python's `knots_used` explains it."
function knots_used(lasso::Lasso)
    least = LEAST_VARIATION * lasso.objective / lasso.penalty
    scale = max(maximum(abs, lasso.solution.jumps), least)
    return [
        abs(lasso.solution.jumps[i]) >
        (lasso.penalty - abs(lasso.solution.duals[i])) / lasso.penalty * scale
        for i in 1:length(lasso.solution.jumps)
    ]
end

"Solution with a quadratic penalty so small that all duals are below half of `penalty`."
function interior_start(
    spline::JumpSpline, z::Vector{Float64}, penalty::Float64, variance::Float64
)
    count = length(spline.knots)
    for attempt in 1:STARTS
        found = solve(spline, z, fill(variance, count), zeros(count))
        maximum(abs, found.duals) <= 0.5 * penalty && return found
        variance *= 10.0
    end
    throw(
        ErrorException(
            "total_variation found no interior start for lambda = $penalty after $STARTS " *
            "variances; the sample times may be too uneven",
        ),
    )
end

"Solve the lasso to a relative duality gap of `TOLERANCE`; Python's `interior_point` explains it."
function interior_point(
    spline::JumpSpline, z::Vector{Float64}, penalty::Float64, variance::Float64
)
    iterate = interior_start(spline, z, penalty, variance)
    j, u, K = iterate.jumps, iterate.duals, length(spline.knots)
    scale = sum(abs, j) / K
    plus = [scale + abs(s) + s for s in j]
    minus = [scale + abs(s) - s for s in j]
    a, b = zeros(K), zeros(K)  # multipliers of plus and minus
    V, e, dp, dm = zeros(K), zeros(K), zeros(K), zeros(K)
    centring, gap, objective, silence = 0.3, Inf, Inf, zeros(length(z))
    for iteration in 0:(ITERATIONS - 1)
        gap <= TOLERANCE && return Lasso(penalty, objective, iterate, gap, iteration)
        product = 0.0
        for i in 1:K
            a[i], b[i] = 0.5 * (penalty - u[i]), 0.5 * (penalty + u[i])
            product += plus[i] * a[i] + minus[i] * b[i]
        end
        mu = centring * 0.5 * product / K
        for i in 1:K
            V[i] = 0.25 * (plus[i] / a[i] + minus[i] / b[i])
            e[i] = 0.5 * (mu / a[i] - mu / b[i]) - j[i]
        end
        step = solve(spline, silence, V, e)
        room = Inf
        for i in 1:K
            du = step.duals[i]
            dp[i] = mu / a[i] - plus[i] + 0.5 * plus[i] / a[i] * du
            dm[i] = mu / b[i] - minus[i] - 0.5 * minus[i] / b[i] * du
            dp[i] < 0.0 && (room = min(room, -plus[i] / dp[i]))
            dm[i] < 0.0 && (room = min(room, -minus[i] / dm[i]))
            du > 0.0 && (room = min(room, 2.0 * a[i] / du))
            du < 0.0 && (room = min(room, -2.0 * b[i] / du))
        end
        len = min(1.0, 0.99 * room)
        for i in 1:K
            plus[i] += len * dp[i]
            minus[i] += len * dm[i]
        end
        add_step!(iterate, step, len)
        centring = clamp((1.0 - len)^2, 1e-3, 0.8)
        gap, objective = relative_gap(z, penalty, plus, minus, iterate)
    end
    throw(
        ErrorException(
            "total_variation did not converge: relative duality gap $gap after $ITERATIONS " *
            "steps, tolerance $TOLERANCE",
        ),
    )
end

function add_step!(iterate::Solution, step::Solution, len::Float64)
    add!(iterate.jumps, step.jumps, len)
    add!(iterate.duals, step.duals, len)
    add!(iterate.fitted, step.fitted, len)
    for k in 1:length(iterate.ends)
        iterate.ends[k] += len * step.ends[k]
    end
    return nothing
end

function add!(whole::Vector{Float64}, part::Vector{Float64}, factor::Float64)
    for k in 1:length(whole)
        whole[k] += factor * part[k]
    end
    return nothing
end

function relative_gap(
    z::Vector{Float64}, penalty::Float64, plus::Vector{Float64}, minus::Vector{Float64},
    iterate::Solution,
)
    product = 0.0
    for (i, u) in enumerate(iterate.duals)
        product += 0.5 * (plus[i] * (penalty - u) + minus[i] * (penalty + u))
    end
    variation = penalty * sum(abs, iterate.jumps)
    objective = 0.5 * squares_left(z, iterate) + variation
    return product / max(variation, LEAST_VARIATION * objective), objective
end

register!(
    TotalVariation();
    name="total_variation",
    family="regularisation",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=16,
    cites=[
        "mammen1997locally",
        "chartrand2011numerical",
        "tibshirani2014adaptive",
        "tibshirani2012degrees",
        "friedman1991multivariate",
    ],
    source=@__FILE__,
)

end
