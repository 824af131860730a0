module TVRegDiff

using LinearAlgebra
using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate

# The constants of Python's `tvregdiff`.
const WEIGHT = 0.01
const ROUNDING = 1e-6
const ITERATIONS = 100

"Chartrand's total-variation derivative by 100 steps; see Python's `tvregdiff`."
struct LaggedDiffusivity <: AbstractEstimator end

function estimate(
    ::LaggedDiffusivity,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    n = length(t)
    step = (t[n] - t[1]) / (n - 1)
    u = lagged_diffusivity(y .- y[1], step)
    integral = fill(y[1], n)
    for i in 2:n
        integral[i] = integral[i - 1] + 0.5 * step * (u[i] + u[i - 1])
    end
    values = zeros(length(orders), length(t_eval))
    for (column, s) in enumerate(t_eval)
        place = (s - t[1]) / step
        left = clamp(floor(Int, place), 0, n - 2) + 1
        part = place - (left - 1)
        between = (1.0 - part) * u[left] + part * u[left + 1]
        area = 0.5 * part * step * (u[left] + between)
        for (row, order) in enumerate(orders)
            values[row, column] = order == 0 ? integral[left] + area : between
        end
    end
    return Estimate(values)
end

"Chartrand's iteration for samples `rise`, the first of them zero, `step` apart."
function lagged_diffusivity(rise::Vector{Float64}, step::Float64)
    n = length(rise)
    all(iszero, rise) && return zeros(n)
    A = zeros(n, n)  # the trapezoidal rule
    for i in 2:n, j in 1:i
        A[i, j] = j == 1 || j == i ? 0.5 * step : step
    end
    squares, right = A' * A, A' * rise
    u = [(rise[min(i + 1, n)] - rise[max(i - 1, 1)]) / (2 * step) for i in 1:n]
    u[1], u[n] = (rise[2] - rise[1]) / step, (rise[n] - rise[n - 1]) / step
    for _ in 1:ITERATIONS
        matrix = copy(squares)
        for i in 1:(n - 1)
            slope = (u[i + 1] - u[i]) / step
            stiffness = WEIGHT / step / sqrt(slope^2 + ROUNDING)  # of alpha step D'ED
            matrix[i, i] += stiffness
            matrix[i + 1, i + 1] += stiffness
            matrix[i, i + 1] -= stiffness
            matrix[i + 1, i] -= stiffness
        end
        factor = cholesky!(Symmetric(matrix); check=false)
        issuccess(factor) || error(
            "tvregdiff: samples of size $(maximum(abs, rise)) at steps of $step are too far from " *
            "the units of its weight, $WEIGHT; scale both to order one",
        )
        u = factor \ right
    end
    return u
end

register!(
    LaggedDiffusivity();
    name="tvregdiff",
    family="regularisation",
    max_order=1,
    exact_degree=1,
    min_samples=8,
    uneven=false,
    cites=["chartrand2011numerical"],
    exempt=[
        "y_scale" => "the weight 0.01 of the variation is fixed in units of the signal",
        "t_stretch" => "the weight 0.01 of the variation is fixed in units of time",
        "time_reversal" => "the integral starts at the first sample, which is taken to be exact",
    ],
    prior_names=["TVRegDiff"],
    source=@__FILE__,
)

end
