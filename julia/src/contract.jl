using LinearAlgebra: BLAS

"""
    AbstractEstimator

A method `(t, y, t_eval, orders) -> derivatives`. The file of a concrete type implements
[`estimate`](@ref) for it and registers it by [`register!`](@ref).
"""
abstract type AbstractEstimator end

"""
    Estimate(values; standard_deviation=nothing, settings=(;))

Result of an estimator: `values[i, j]` is the derivative of order `orders[i]` at `t_eval[j]`
[signal / time^order], `standard_deviation` has the same shape or is `nothing`, and `settings`
is a `NamedTuple` of the hyperparameters that were selected (numbers and strings).
"""
struct Estimate
    values::Matrix{Float64}
    standard_deviation::Union{Nothing,Matrix{Float64}}
    settings::NamedTuple
end
function Estimate(values; standard_deviation=nothing, settings=NamedTuple())
    return Estimate(values, standard_deviation, settings)
end

"""
    estimate(method, t, y, t_eval, orders) -> Estimate or Matrix{Float64}

Estimate the derivatives of the given `orders` at `t_eval` from samples `y` at times `t`.

`t` (n) strictly increasing [time], `y` (n) [signal], `t_eval` (m) increasing inside
`[t[1], t[end]]`, `orders` a `Vector{Int}` of distinct increasing orders in `0:max_order`.
The result has size `(length(orders), m)` in units [signal / time^order]. Settings are selected
from `t` and `y` alone; the arguments are left untouched. Methods must be safe to call from
several threads at once.
"""
function estimate end

"""
    Facts

Facts that a registered method declares; Python's `Estimator` explains them.
"""
struct Facts
    name::String
    family::String
    max_order::Int
    exact_degree::Int
    min_samples::Int
    uneven::Bool
    standard_deviation::Bool
    tags::Vector{String}
    cites::Vector{String}
    exempt::Vector{Pair{String,String}}
    oracle::String
    prior_names::Vector{String}
    source::String
end

const REGISTRY = Pair{Facts,AbstractEstimator}[]

"""
    register!(method; name, family, max_order=7, exact_degree, min_samples, uneven=true,
              standard_deviation=false, tags=String[], cites=String[], exempt=[],
              oracle="", prior_names=String[], source)

Register `method` under `name` with its facts, which Python's `Estimator` explains; `source` is
`@__FILE__`. Throws an `ArgumentError` if the name is taken.
"""
function register!(
    method::AbstractEstimator;
    name::String,
    family::String,
    max_order::Int=7,
    exact_degree::Int,
    min_samples::Int,
    uneven::Bool=true,
    standard_deviation::Bool=false,
    tags=String[],
    cites=String[],
    exempt=Pair{String,String}[],
    oracle::String="",
    prior_names=String[],
    source::String,
)
    any(facts.name == name for (facts, _) in REGISTRY) &&
        throw(ArgumentError("method $name is registered twice; names must be unique"))
    isempty(prior_names) || (tags = vcat(tags, "prior"))
    facts = Facts(name, family, max_order, exact_degree, min_samples, uneven,
        standard_deviation, tags, cites, exempt, oracle, prior_names, source)
    push!(REGISTRY, facts => method)
    return method
end

"""
    method(name) -> AbstractEstimator

The registered method of that name.
"""
function method(name::AbstractString)
    for (facts, candidate) in REGISTRY
        facts.name == name && return candidate
    end
    known = join((facts.name for (facts, _) in REGISTRY), ", ")
    throw(ArgumentError("no Julia estimator named $name; registered are $known"))
end
