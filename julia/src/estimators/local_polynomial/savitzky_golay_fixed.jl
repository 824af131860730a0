"""
Savitzky-Golay differentiation with a fixed window and degree of the earlier study.

The estimate is the derivative of the least-squares polynomial in a window, which is centred where
the record allows it and is otherwise the outermost full one (Gorry 1990). No setting depends on the
samples.
"""
module SavitzkyGolayFixed

using ..DerivativeEstimators: AbstractEstimator, register!
import ..DerivativeEstimators: estimate
using ..MovingPolynomial: even_step, moving_fit, position

"Moving least-squares polynomial of `degree` in a window of `window` samples."
struct SavitzkyGolayWindow <: AbstractEstimator
    window::Int
    degree::Int
end

"""
    estimate(::SavitzkyGolayWindow, t, y, t_eval, orders)

Derivatives of the moving polynomial. Throws an `ArgumentError` if the times are not evenly spaced.
"""
function estimate(
    method::SavitzkyGolayWindow,
    t::Vector{Float64},
    y::Vector{Float64},
    t_eval::Vector{Float64},
    orders::Vector{Int},
)
    step, place = even_step(t, "savitzky_golay"), position(t, t_eval)
    centre = sum(y) / length(y)
    z = y .- centre
    values = zeros(length(orders), length(t_eval))
    for (row, k) in enumerate(orders)
        fit = moving_fit(z, place, k, div(method.window, 2), method.degree)
        for j in eachindex(fit)
            values[row, j] = fit[j] / step^k + (k == 0 ? centre : 0.0)
        end
    end
    return values
end

register!(
    SavitzkyGolayWindow(21, 5);
    name="savitzky_golay_21_5",
    family="local polynomial",
    max_order=5,
    exact_degree=5,
    min_samples=21,
    uneven=false,
    cites=["savitzky1964smoothing", "gorry1990general"],
    exempt=["falls_with_noise" =>
        "the window of 21 samples is fixed: its bias exceeds the noise's error"],
    prior_names=["Savitzky-Golay"],
    source=@__FILE__,
)

end
