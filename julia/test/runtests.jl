# Tests of the Julia estimators: the shared conformance suite for every registered method, then
# every file below estimators/ and numerics/. From the repository's root:
#
#     julia --project=julia julia/test/runtests.jl [WORD …]
#
# With words, only methods and files whose name contains one of them.

using DerivativeEstimators
using Test

include("conformance.jl")

wanted(name) = isempty(ARGS) || any(word -> occursin(word, name), ARGS)

"All Julia files below `folder`, sorted, whose path below it is wanted."
function test_files(folder)
    files = String[]
    isdir(joinpath(@__DIR__, folder)) || return files
    for (path, _, names) in walkdir(joinpath(@__DIR__, folder)), name in names
        file = joinpath(path, name)
        endswith(name, ".jl") && wanted(relpath(file, @__DIR__)) && push!(files, file)
    end
    return sort!(files)
end

@testset "DerivativeEstimators" begin
    @testset "conformance" begin
        for (facts, method) in DerivativeEstimators.REGISTRY
            wanted(facts.name) && test_estimator(facts, method)
        end
    end
    for folder in ("numerics", "estimators"), file in test_files(folder)
        @testset "$(relpath(file, @__DIR__))" begin
            space = Module(:Tests)  # names of one file do not meet those of another
            Core.eval(space, :(using Test, DerivativeEstimators))
            Base.include(space, file)
        end
    end
end
