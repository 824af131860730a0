using DerivativeEstimators: Estimate, Facts, estimate
using Test

# y_scale and t_stretch, apart from each other, reveal fixed thresholds.
"Properties that a method may declare not to satisfy, each with a check `(facts, method) -> Bool`."
const PROPERTIES = [
    "polynomial" => (facts, method) -> exact_on_polynomials(facts, method),
    "y_shift" => (facts, method) -> equivariant(facts, method; y_shift=128.0),
    "y_scale" => (facts, method) -> equivariant(facts, method; y_scale=2.0^-30),
    "t_shift" => (facts, method) -> equivariant(facts, method; t_shift=1024.0),
    "t_stretch" => (facts, method) -> equivariant(facts, method; t_stretch=2.0^-40),
    "time_reversal" => (facts, method) -> equivariant(facts, method; reversal=true),
    "falls_with_noise" => (facts, method) -> falls_with_noise(facts, method),
    "not_constant" => (facts, method) -> not_constant(facts, method),
    "repeatable" => (facts, method) -> repeatable(facts, method),
    "t_eval" => (facts, method) -> pointwise(facts, method),
]

"""
    test_estimator(facts, method)

The shared suite: sizes, finite values, untouched arguments, and every property of `PROPERTIES`.
A property that `facts.exempt` names must be violated, so that no exemption outlives its reason.
"""
function test_estimator(facts::Facts, method)
    exempt = Dict(facts.exempt)
    @testset "$(facts.name)" begin
        @test isempty(setdiff(keys(exempt), first.(PROPERTIES)))
        @testset "shape" begin
            test_shape(facts, method)
        end
        for (name, check) in PROPERTIES
            @testset "$name" begin
                if haskey(exempt, name)
                    @test violated(check, facts, method)
                else
                    @test check(facts, method)
                end
            end
        end
    end
    return nothing
end

function violated(check, facts::Facts, method)
    try
        return !check(facts, method)
    catch
        return true
    end
end

values_of(result::Estimate) = result.values
values_of(result::Matrix{Float64}) = result

function run(facts::Facts, method, t, y; t_eval=t)
    return values_of(estimate(method, t, y, t_eval, collect(0:facts.max_order)))
end

# --- Data: deterministic, the same in every version of Julia -------------------------------------

"Standard normal numbers from a Lehmer generator and the Box-Muller transform."
function normals(seed::Int, n::Int)
    state = UInt64(2 * seed + 1)
    uniform() = (state = (state * 48271) % 2147483647; state / 2147483647)
    foreach(_ -> uniform(), 1:10)
    return [sqrt(-2 * log(uniform())) * cospi(2 * uniform()) for _ in 1:n]
end

"Times in exact binary fractions, so that shifting them rounds nothing; a little longer if uneven."
function times(n::Int; uneven::Bool=false)
    t = collect(0:(n - 1)) .* 0.1875
    uneven && (t .+= 0.03125 .* (collect(0:(n - 1)) .% 3))
    return t
end

signal(t) = @. sin(t) + 0.5 * cos(2.3 * t + 1)
slope(t) = @. cos(t) - 1.15 * sin(2.3 * t + 1)

function samples(n::Int; noise::Float64=1e-2, seed::Int=1)
    t = times(n)
    return t, signal(t) .+ noise .* normals(seed, n)
end

# --- Checks ---------------------------------------------------------------------------------------

function test_shape(facts::Facts, method)
    t, y = samples(51)
    t_eval = [t[1], (t[3] + t[4]) / 2, t[20], t[51]]
    orders = collect(0:(facts.max_order))
    kept = deepcopy((t, y, t_eval, orders))
    result = estimate(method, t, y, t_eval, orders)
    @test (t, y, t_eval, orders) == kept
    @test size(values_of(result)) == (length(orders), 4)
    @test all(isfinite, values_of(result))
    if facts.standard_deviation
        deviation = result.standard_deviation
        @test size(deviation) == size(result.values)
        # NaN says that the method's own model has no derivative of that order.
        @test all(d -> isnan(d) || 0 <= d < Inf, deviation) && all(isfinite, deviation[1, :])
    end
    for few in ([facts.max_order], [0, facts.max_order])
        few = sort!(unique(few))
        @test size(values_of(estimate(method, t, y, t, few))) == (length(few), 51)
    end
    constant = values_of(estimate(method, t, fill(2.5, 51), t, orders))
    @test all(isfinite, constant)
    fewest = max(facts.min_samples, 5)
    t, y = samples(fewest)
    @test all(isfinite, run(facts, method, t, y))
end

"""
Noise-free polynomials up to `exact_degree` are reproduced to 1e-6 of the largest derivative that a
polynomial of that degree and range can have (Markov's inequality; a degree of at least k is put
in for derivatives that vanish). The margin is for round-off, which order 7 amplifies.
"""
function exact_on_polynomials(facts::Facts, method)
    facts.exact_degree < 0 && return true  # no degree is promised
    for uneven in unique([false, facts.uneven]), degree in unique([0, 1, facts.exact_degree])
        degree > facts.exact_degree && continue
        t = times(51; uneven=uneven)
        half = (t[end] - t[1]) / 2
        x = (t .- (t[1] + half)) ./ half
        exact = chebyshev_derivatives(degree, x, facts.max_order)
        found = run(facts, method, t, exact[1, :])
        for k in 0:facts.max_order
            bound = markov(max(degree, k), k) / half^k
            error = maximum(abs.(found[k + 1, :] .- exact[k + 1, :] ./ half^k))
            error <= 1e-6 * bound || return false
        end
    end
    return true
end


"Largest value on [-1, 1] of the k-th derivative of the Chebyshev polynomial of that degree."
markov(degree::Int, k::Int) = prod(Float64[(degree^2 - j^2) / (2j + 1) for j in 0:(k - 1)])

"Derivatives of ``\\sum_j T_j(x) / (j + 1)``, j up to `degree`: row k + 1 is order k."
function chebyshev_derivatives(degree::Int, x::Vector{Float64}, max_order::Int)
    total = zeros(max_order + 1, length(x))
    before, now = zeros(size(total)), zeros(size(total))
    now[1, :] .= 1
    for j in 0:degree
        total .+= now ./ (j + 1)
        after = (j == 0 ? 1.0 : 2.0) .* x' .* now .- before
        for k in 1:max_order
            after[k + 1, :] .+= (j == 0 ? 1.0 : 2.0) * k .* now[k, :]
        end
        before, now = now, after
    end
    return total
end

"""
An affine change of time or samples changes the estimate as it changes the derivative. 1e-5 of each
order's largest value: optimisers stop at about 1e-6, and order 7 amplifies round-off.
"""
function equivariant(facts::Facts, method; y_shift=0.0, y_scale=1.0, t_shift=0.0, t_stretch=1.0,
    reversal=false)
    t, y = samples(51)
    t_eval = sort!(vcat(t[1:5:51], t[2:7:50] .+ 0.0625))
    before = run(facts, method, t, y; t_eval=t_eval)
    map_time(s) = reversal ? reverse(-s) : s .* t_stretch .+ t_shift
    z = y .* y_scale .+ y_shift
    reversal && (z = reverse(z))
    after = run(facts, method, map_time(t), z; t_eval=map_time(t_eval))
    for k in 0:facts.max_order
        expected = before[k + 1, :] .* (y_scale / t_stretch^k)
        k == 0 && (expected .+= y_shift)
        reversal && (expected = reverse(expected) .* (-1.0)^k)
        scale = maximum(abs, expected .- (k == 0 ? y_shift : 0.0))
        maximum(abs.(after[k + 1, :] .- expected)) <= 1e-5 * scale || return false
    end
    return true
end

"At orders 0 and 1, the median error of three draws is less at noise 1e-4 than at 5e-2."
function falls_with_noise(facts::Facts, method)
    for k in 0:min(1, facts.max_order)
        low, high = map((1e-4, 5e-2)) do noise
            errors = map(1:3) do seed
                t, y = samples(51; noise=noise, seed=seed)
                exact = k == 0 ? signal(t) : slope(t)
                sum(abs2, run(facts, method, t, y)[k + 1, :] .- exact)
            end
            sort(errors)[2]
        end
        low < high || return false
    end
    return true
end

"At little noise, no order that the samples determine is the same at all times."
function not_constant(facts::Facts, method)
    t, y = samples(101; noise=1e-4)
    found = run(facts, method, t, y)
    return all(k -> maximum(found[k + 1, :]) > minimum(found[k + 1, :]), 0:facts.max_order)
end

"Equal arguments give equal numbers, in a second call and from several threads at once."
function repeatable(facts::Facts, method)
    t, y = samples(51)
    once = run(facts, method, t, y)
    isequal(once, run(facts, method, t, y)) || return false
    found = Vector{Matrix{Float64}}(undef, 4 * Threads.nthreads())
    Threads.@threads for i in eachindex(found)
        found[i] = run(facts, method, t, y)
    end
    return all(isequal(once), found)
end

"The estimate at one time does not depend on the other times of `t_eval` (up to round-off)."
function pointwise(facts::Facts, method)
    t, y = samples(51)
    all_times = run(facts, method, t, y)
    chosen = 2:7:51
    few = run(facts, method, t, y; t_eval=t[chosen])
    for k in 0:facts.max_order
        scale = maximum(abs, all_times[k + 1, :])
        maximum(abs.(few[k + 1, :] .- all_times[k + 1, chosen])) <= 1e-8 * scale || return false
    end
    return true
end
