"""
Estimators of derivatives from noisy samples. Standard library only; Julia 1.5 or later.

Every file below `estimators/` is included by itself: a new estimator is one new file.
"""
module DerivativeEstimators

include("contract.jl")
include("json.jl")
include("serve.jl")
include("exercise.jl")

# Shared numerical modules, one idea each; an estimator says `using ..Scaling: unit_time`.
for file in sort(readdir(joinpath(@__DIR__, "numerics"); join=true))
    endswith(file, ".jl") && include(file)
end

for (folder, _, files) in sort!(collect(walkdir(joinpath(@__DIR__, "estimators"))))
    include_dependency(folder)  # a new file makes the precompiled package stale
    for file in sort(files)
        endswith(file, ".jl") && include(joinpath(folder, file))
    end
end

end
