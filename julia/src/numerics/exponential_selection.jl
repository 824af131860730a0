"""
Number and places of the exponents of a sum of exponentials: a grid finds them, BIC chooses.
Python's `numerics/exponentials/exponential_selection.py` tries the same terms in the same order.

From a simple fit on, one term at a time is added or taken, and all exponents move to the nearest
minimum of the squares; changes that are hopeless after some steps are given up. Of all such changes
the one of least BIC is made, as long as BIC falls. That is done from two starts: from a constant
without a change of degree until nothing else helps, which finds sums of decays; and from the best
polynomial, which finds a trend.
"""
module ExponentialSelection

using LinearAlgebra: LAPACK, dot
using ..ExponentialDescent
using ..ExponentialFits
using ..ExponentialGrid: Candidates, best_candidate, real_rates, tones

export best_fit, bic

const MOST_PLACED = 150  # samples on which exponents are chosen
const MOST_PARAMETERS = 0.6  # of the number of samples
# Fall of BIC for which a change is made, and below which of two models the first is taken: ten
# times what descents that end early leave of it, and far above rounding.
const LEAST_FALL = 1e-2
const FIRST_STEPS, STEPS = 6, 20  # of the descent after a change, at most
# BIC above that of the best change after the first steps, with which a change is given up.
const HOPELESS = 100.0
# BIC above that of the fit with a trend, with which a pure sum is given no degrees.
const NO_RIVAL = 30.0
const SLOW = 1.0  # frequency below which a tone may be one or two real exponents
# Half the distance of two real exponents in place of a tone, at least: of their mean, and at all.
const APART, LEAST_APART = 0.1, 0.3

"Degree of a polynomial, and exponents."
const Terms = Tuple{Int,Vector{ComplexF64}}

"""
    bic(fit, resolution)

Schwarz's criterion, with a uniform prior for the exponents' places.

On a record of length 2 some |s| places can be told apart up to |s| in either coordinate, so that to
find one costs ``2 log |s|``. Squares below the samples' rounding count as that.
"""
bic(fit::ExponentialFit, resolution::Float64) =
    criterion(length(fit.residual), fit.squares, fit.degree, fit.exponents, resolution)

function criterion(
    n::Int, rest::Float64, degree::Int, exponents::Vector{ComplexF64}, resolution::Float64
)
    count = degree + 1 + 2 * coordinates(exponents)
    places = 0.0
    for s in exponents
        places += 2.0 * log(max(abs(s), 1.0))
    end
    return n * log(max(rest, n * resolution^2) / n) + count * log(n) + places
end

"BIC of a model, which leaves the squares `rest`."
value(model::Descent, record::Record, rest::Float64=squares(model.point)) = criterion(
    length(record.x), rest, model.degree, model.point.exponents, record.resolution
)

"""
    best_fit(x, y, resolution) -> ExponentialFit

Choose degree, number and places of the exponents for samples `y` of size one, of rounding
`resolution`, at increasing `x` from -1 to 1. At most `MOST_PLACED` of them, evenly chosen, decide
on the terms; all of them on the places.
"""
function best_fit(x::Vector{Float64}, y::Vector{Float64}, resolution::Float64)
    n = length(x)
    few = evenly_chosen(n, min(n, MOST_PLACED))
    # Room for as many terms as the parameters allow, and for polynomials alone.
    widest = max(floor(Int, MOST_PARAMETERS * length(few)), HIGHEST_DEGREE + 1) + 1
    placed = selected(Record(x[few], y[few], resolution, widest))
    length(few) == n && return placed
    fit = fit_coefficients(x, y, placed.degree, placed.exponents)
    fit === nothing && throw(dependent(length(placed.exponents), length(few), n))
    return refine(Record(x, y, resolution, widest), fit::ExponentialFit, 1e-12, 20)
end

dependent(exponents::Int, few::Int, n::Int) = ErrorException(
    "exponentials: $exponents exponents placed on $few samples are linearly dependent on all $n"
)

evenly_chosen(n::Int, count::Int) =
    unique(Int[round(Int, i * ((n - 1) / (count - 1))) + 1 for i in 0:(count - 1)])

"The better of the fits from a constant and from the best polynomial on."
function selected(record::Record)
    n = length(record.x)
    candidates = (Candidates(record.x, tones(n)), Candidates(record.x, real_rates(n)))
    polynomials = Descent[]
    for degree in 0:min(HIGHEST_DEGREE, n - 2)
        model = begun(record, degree, ComplexF64[])
        model === nothing || push!(polynomials, model)
    end
    trend = settle(record, candidates, least(record, polynomials), true, Inf)
    goal = value(trend, record)
    pure = settle(record, candidates, polynomials[1], false, goal)
    if value(pure, record) < goal + NO_RIVAL
        pure = settle(record, candidates, pure, true, goal)
    end
    return refine(record, fitted(record, least(record, [pure, trend])), 1e-12, 100)
end

"The first of the models whose BIC is the least, up to `LEAST_FALL`."
function least(record::Record, models::Vector{Descent})
    values = Float64[value(model, record) for model in models]
    lowest = minimum(values)
    return models[findfirst(value -> value < lowest + LEAST_FALL, values)]
end

"The fit that a model stands for."
function fitted(record::Record, model::Descent)
    exponents = model.point.exponents
    found = fit_coefficients(record.x, record.y, model.degree, exponents)
    # The descent's factorisation just took them for independent.
    n = length(record.x)
    found === nothing && throw(dependent(length(exponents), n, n))
    return found::ExponentialFit
end

"A model with these terms; `nothing` if they are too many, or dependent."
function begun(record::Record, degree::Int, exponents::Vector{ComplexF64})
    count = degree + 1 + 2 * coordinates(exponents)
    isempty(exponents) || count <= MOST_PARAMETERS * length(record.x) || return nothing
    point = evaluate(record, degree, exponents)
    return point === nothing ? nothing : Descent(degree, point)
end

"""
    settle(record, candidates, model, degrees, goal) -> Descent

Make the best change, and move the exponents, as long as BIC falls. It ends where BIC would be above
`goal` even if rounding alone were left of the samples.
"""
function settle(
    record::Record,
    candidates::NTuple{2,Candidates},
    model::Descent,
    degrees::Bool,
    goal::Float64,
)
    rounding = length(record.x) * record.resolution^2
    while squares(model.point) > rounding && value(model, record, rounding) < goal
        best = least(record, vcat(model, trials(record, candidates, model, degrees)))
        best === model && break
        model = best
    end
    return model
end

"Models with one term more or less, after their descents; hopeless ones are left out."
function trials(
    record::Record, candidates::NTuple{2,Candidates}, model::Descent, degrees::Bool
)
    models = Descent[]
    for (degree, exponents) in changes(record, candidates, model, degrees)
        trial = begun(record, degree, exponents)
        trial === nothing || push!(models, descend!(trial, record, FIRST_STEPS))
    end
    values = Float64[value(trial, record) for trial in models]
    lowest = minimum(vcat(Inf, values))
    return Descent[settled(record, trial) for trial in models[values .< lowest + HOPELESS]]
end

"Move a model's exponents by at most so many steps more."
descend!(model::Descent, record::Record, steps::Int) =
    advance!(model, record, steps, 1e-3 / length(record.x))

"""
    settled(record, model) -> Descent

The model after the rest of its descent.

Where a tone comes to rest at the least frequency, the minimum may lie beyond, where it is two real
exponents; that is gone on to if BIC falls.
"""
function settled(record::Record, model::Descent)
    descend!(model, record, STEPS - FIRST_STEPS)
    while true
        exponents = model.point.exponents
        slowest = findfirst(s -> imag(s) == SLOWEST, exponents)
        slowest === nothing && return model
        beyond = begun(record, model.degree, as_two_real(exponents, slowest))
        beyond === nothing && return model
        descend!(beyond, record, STEPS)
        least(record, [model, beyond]) === model && return model
        model = beyond
    end
end

"Degrees and exponents with one term more or less than a model's."
function changes(
    record::Record, candidates::NTuple{2,Candidates}, model::Descent, degrees::Bool
)
    degree, exponents = model.degree, model.point.exponents
    fit = fitted(record, model)
    found = Terms[(degree, vcat(exponents, best_candidate(c, fit))) for c in candidates]
    if degrees
        for other in sort!(unique([0, degree - 1, degree + 1, degree + 2]))
            other != degree && 0 <= other <= HIGHEST_DEGREE && push!(found, (other, exponents))
        end
    end
    isempty(exponents) || push!(found, (degree, without(exponents, least_term(model.point))))
    for (j, s) in enumerate(exponents)
        0.0 < imag(s) < SLOW || continue
        push!(found, (degree, vcat(without(exponents, j), complex(real(s)))))
        imag(s) > SLOWEST && push!(found, (degree, as_two_real(exponents, j)))
    end
    return found
end

"Exponents with two real ones, about its rate, in place of the tone at index `j`."
function as_two_real(exponents::Vector{ComplexF64}, j::Int)
    rate, frequency = real(exponents[j]), imag(exponents[j])
    apart = max(frequency, APART * abs(rate), LEAST_APART)
    return vcat(without(exponents, j), complex(rate - apart), complex(rate + apart))
end

without(exponents::Vector{ComplexF64}, j::Int) = deleteat!(copy(exponents), j)

"""
    least_term(point) -> Int

Index of the exponent whose loss raises the squares least, the others held. For coefficients c of a
term's columns the rise is ``c' V^-1 c``, V their block of the inverse of the normal equations'
matrix.
"""
function least_term(point::Point)
    m = length(point.exponents)
    before = length(point.coefficients) - coordinates(point.exponents)
    inverse = LAPACK.trtri!('U', 'N', copy(point.triangle))
    product(i, j) = dot(view(inverse, i, :), view(inverse, j, :))
    pair, chosen, lowest = before + m, 0, Inf
    for j in 1:m
        i = before + j
        c, v = point.coefficients[i], product(i, i)
        rise = c^2 / v
        if is_pair(point.exponents[j])
            pair += 1
            d, w, vw = point.coefficients[pair], product(pair, pair), product(i, pair)
            rise = (c^2 * w - 2.0 * c * d * vw + d^2 * v) / (v * w - vw^2)
        end
        rise < lowest && ((chosen, lowest) = (j, rise))
    end
    return chosen
end

end
