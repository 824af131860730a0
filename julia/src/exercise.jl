"""
    exercise()

Run every estimator, and the evaluation of a batch, on samples of different kinds, so that all of
their code is compiled into a system image.
"""
function exercise()
    for (facts, method) in REGISTRY
        orders = collect(0:(facts.max_order))
        for (t, y) in exercises(facts.uneven), t_eval in (t, t[2:(end - 1)] .+ 1e-3 * (t[2] - t[1]))
            try
                estimate(method, t, y, t_eval, orders)
            catch  # only the compilation counts here
            end
        end
    end
    exercise_batch([facts.name for (facts, _) in REGISTRY if occursin("central", facts.name)])
    return nothing
end

"Samples on which the estimators take their different branches."
function exercises(uneven::Bool)
    even = collect(range(0.0, 8.0; length=64))
    signal = sin.(even) .+ 0.3 .* cos.(3 .* even)
    noise = [sinpi(37 * k^2 / 64) for k in 1:64]
    found = [(even, signal .+ level .* noise) for level in (0.0, 1e-8, 1e-3, 5e-2)]
    append!(found, [(even, fill(2.5, 64)), (even, 3 .* even), (even, noise)])
    if uneven
        t = even .+ 0.03 .* noise
        push!(found, (t, sin.(t) .+ 1e-3 .* noise))
    end
    return found
end

function exercise_batch(names::Vector{String})
    orders = [[0, 1] for _ in names]
    n = 64
    t = collect(range(0.0, 1.0; length=n))
    input = [t; sin.(t); t]
    output = zeros(UInt8, length(names) * (8 + 8COST_COUNT + 32n + TEXT_BYTES))
    GC.@preserve input output begin
        evaluate_batch(attach(names, orders, n, n, 2, UInt(pointer(input)), UInt(pointer(output))))
    end
    return nothing
end
