# Test-only Julia estimators that misbehave.
module Hostile

using ..DerivativeEstimators: AbstractEstimator, Estimate, register!
import ..DerivativeEstimators: estimate

struct Throws <: AbstractEstimator end
estimate(::Throws, t, y, t_eval, orders) = throw(DomainError(-1.0, "on purpose"))

struct Loops <: AbstractEstimator end
function estimate(::Loops, t, y, t_eval, orders)
    x = 1.0
    while x > 0  # allocates nothing: Julia's collector cannot interrupt it either
        x = x + 1 / x
    end
    return fill(x, length(orders), length(t_eval))
end

struct ReturnsWrongShape <: AbstractEstimator end
estimate(::ReturnsWrongShape, t, y, t_eval, orders) = zeros(length(t_eval), length(orders))

struct ReturnsNaN <: AbstractEstimator end
estimate(::ReturnsNaN, t, y, t_eval, orders) = fill(NaN, length(orders), length(t_eval))

struct HasEndlessSettings <: AbstractEstimator end
function estimate(::HasEndlessSettings, t, y, t_eval, orders)
    values = zeros(length(orders), length(t_eval))
    return Estimate(values; settings=(log=repeat("x", 10_000),))
end

struct Works <: AbstractEstimator end
estimate(::Works, t, y, t_eval, orders) = zeros(length(orders), length(t_eval))

for (method, name) in (
    (Throws(), "throws"),
    (Loops(), "loops"),
    (ReturnsWrongShape(), "returns_wrong_shape"),
    (ReturnsNaN(), "returns_nan"),
    (HasEndlessSettings(), "has_endless_settings"),
    (Works(), "works"),
)
    register!(method; name=name, family="control", exact_degree=-1, min_samples=2,
        tags=["hostile"], source=@__FILE__)
end

end
