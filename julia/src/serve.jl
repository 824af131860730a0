# Functions for Python: the facts of all methods, and the evaluation of many methods on one dataset.

"Print the facts of every registered method as JSON."
function print_facts()
    println(json([[string(f) => getfield(facts, f) for f in fieldnames(Facts)] for (facts, _) in REGISTRY]))
    return nothing
end

@enum Stage WAITING = 0 WARMING_UP = 1 RUNNING = 2 FINISHED = 3

const TEXT_BYTES = 8192
# Rows of `costs`; times are in seconds, memory is in MiB.
const CPU, WALL, WARM_UP, PEAK_MEMORY, FAILED, HAS_DEVIATION, TEXT_LENGTH = 1, 2, 3, 4, 5, 6, 7
const COST_COUNT = 7

"""
    Batch

Methods to evaluate on one dataset, and the memory shared with Python where results appear.
`values[j, i, b]` is method b's derivative of order `orders[i]` at `t_eval[j]`, which Python
sees as a C-ordered array `(b, i, j)`.
"""
struct Batch
    names::Vector{String}
    t::Vector{Float64}
    y::Vector{Float64}
    t_eval::Vector{Float64}
    orders::Vector{Vector{Int}}
    stages::Vector{Int64}
    costs::Matrix{Float64}
    values::Array{Float64,3}
    deviations::Array{Float64,3}
    texts::Matrix{UInt8}
end

"""
    attach(names, orders, n, m, width, input, output) -> Batch

A batch over memory that Python owns: at `input` lie `t` (n), `y` (n) and `t_eval` (m), at
`output` the arrays of [`Batch`](@ref) one after another; `width` is the largest number of
orders.
"""
function attach(names, orders, n::Int, m::Int, width::Int, input::UInt, output::UInt)
    count = length(names)
    data = Ptr{Float64}(input)
    wrap(T, dims, offset) = unsafe_wrap(Array, Ptr{T}(output + offset), dims)
    results = width * m * count * 8
    offsets = cumsum([0, 8count, 8COST_COUNT * count, results, results])
    return Batch(
        names,
        copy(unsafe_wrap(Array, data, n)),
        copy(unsafe_wrap(Array, data + 8n, n)),
        copy(unsafe_wrap(Array, data + 16n, m)),
        orders,
        wrap(Int64, count, offsets[1]),
        wrap(Float64, (COST_COUNT, count), offsets[2]),
        wrap(Float64, (m, width, count), offsets[3]),
        wrap(Float64, (m, width, count), offsets[4]),
        wrap(UInt8, (TEXT_BYTES, count), offsets[5]),
    )
end

"""
    evaluate_batch(batch)

Evaluate every method of `batch`; each of Julia's threads takes the next method when it is free.
A method that throws loses only its own result.
"""
function evaluate_batch(batch::Batch)
    next = Threads.Atomic{Int}(1)
    # One iteration a thread: each takes the next method until none is left.
    Threads.@threads for _ in 1:Threads.nthreads()
        while true
            b = Threads.atomic_add!(next, 1)
            b > length(batch.names) && break
            evaluate_one(batch, b)
        end
    end
    return nothing
end

function evaluate_one(batch::Batch, b::Int)
    text = try
        chosen = method(batch.names[b])
        advance!(batch, b, WARMING_UP)
        batch.costs[WARM_UP, b] = @elapsed warm_up(batch.names[b], chosen, batch.orders[b])
        arguments = (copy(batch.t), copy(batch.y), copy(batch.t_eval), copy(batch.orders[b]))
        advance!(batch, b, RUNNING)
        wall, cpu = time_ns(), thread_seconds()
        result = estimate(chosen, arguments...)
        batch.costs[CPU, b] = thread_seconds() - cpu
        batch.costs[WALL, b] = (time_ns() - wall) / 1e9
        json(deliver!(batch, b, result))
    catch error
        batch.costs[FAILED, b] = 1
        first(split(sprint(showerror, error), "\nStacktrace"))
    end
    write_text!(batch, b, text)
    batch.costs[PEAK_MEMORY, b] = Sys.maxrss() / 2^20
    advance!(batch, b, FINISHED)
    return nothing
end

function advance!(batch::Batch, b::Int, stage::Stage)
    Threads.atomic_fence()  # the results are in memory before the stage that announces them
    batch.stages[b] = Int(stage)
    return nothing
end

# Names of the methods that this process has already run, in this batch or an earlier one.
const WARM = Set{String}()
const WARM_LOCK = ReentrantLock()

# Runs a method once on other samples, so that the timed call need not compile. A failure here is no
# result: the timed call decides.
function warm_up(name::String, chosen::AbstractEstimator, orders::Vector{Int})
    lock(() -> name in WARM, WARM_LOCK) && return nothing
    t = collect(range(0.0, 1.0; length=32))
    y = [sin(7x) + 1e-3 * sinpi(37x^2) for x in t]
    try
        estimate(chosen, t, y, t, orders)
    catch
    end
    lock(() -> push!(WARM, name), WARM_LOCK)
    return nothing
end

deliver!(batch::Batch, b::Int, values::Matrix{Float64}) = deliver!(batch, b, Estimate(values))

function deliver!(batch::Batch, b::Int, result::Estimate)
    wanted = (length(batch.orders[b]), length(batch.t_eval))
    for (kind, array) in (("values", result.values), ("deviations", result.standard_deviation))
        array === nothing || size(array) == wanted ||
            throw(DimensionMismatch("$kind have size $(size(array)), expected $wanted"))
    end
    batch.values[:, 1:wanted[1], b] .= transpose(result.values)
    if result.standard_deviation !== nothing
        batch.costs[HAS_DEVIATION, b] = 1
        batch.deviations[:, 1:wanted[1], b] .= transpose(result.standard_deviation)
    end
    return result.settings
end

function deliver!(::Batch, ::Int, result)
    throw(ArgumentError("returned a $(typeof(result)), expected Matrix{Float64} or Estimate"))
end

function write_text!(batch::Batch, b::Int, text::AbstractString)
    bytes = codeunits(text)
    count = min(length(bytes), TEXT_BYTES)
    batch.texts[1:count, b] .= bytes[1:count]
    batch.costs[TEXT_LENGTH, b] = count
    return nothing
end

"CPU seconds of the calling thread."
function thread_seconds()
    clock = Sys.isapple() ? 16 : 3  # CLOCK_THREAD_CPUTIME_ID
    spec = Ref{NTuple{2,Clong}}((0, 0))
    ccall(:clock_gettime, Cint, (Cint, Ptr{Cvoid}), clock, spec)
    return spec[][1] + spec[][2] / 1e9
end
