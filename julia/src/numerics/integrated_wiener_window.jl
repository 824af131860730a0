"""
The likeliest window of an integrated-Wiener smoother.

The window, the length of the filter's memory, stands for the ratio of process to noise intensity:
`exp(-log_ratio / (2q + 2))` mean sample steps. It maximises the restricted likelihood (Patterson &
Thompson 1971; for splines Wahba's generalised maximum likelihood), with the noise variance
maximised out.
"""
module IntegratedWienerWindow

using ..IntegratedWiener: Transitions, innovations, transitions

export WindowProblem, window_problem, likeliest, log_ratio, restricted_log_likelihood, window

# Windows are powers of exp(LATTICE) samples, so that all platforms and both languages choose the
# same one; half a step of the lattice costs less than 0.01 nats of likelihood.
const LATTICE = 0.03
const COARSE, FINE = 20, 4  # strides on the lattice of the scan and of the first refinement
const HIGHEST_LOG_RATIO = 46.0  # there the noise is 1e-10 of a sample's innovation: interpolation
const LONGEST_WINDOW = 4.0  # durations of the record; the fit is then a polynomial of degree q
const TIE = 1e-6  # the smoothest window within so many nats of the best is taken

"Samples of unit spread (n, 1) on their times, order q, and the variance of their rounding."
struct WindowProblem
    t::Vector{Float64}
    y::Matrix{Float64}
    q::Int
    moves::Transitions
    floor::Float64
end

"The problem of samples `y` of unit spread, whose rounding has the variance `floor`."
function window_problem(t::Vector{Float64}, y::Vector{Float64}, q::Int, floor::Float64)
    n = length(t)
    unit = (t[end] - t[1]) / (n - 1)
    steps = Float64[(t[i] - t[i - 1]) / unit for i in 2:n]
    return WindowProblem(t, reshape(y, :, 1), q, transitions(q, steps), floor)
end

"Variance of the rounding of samples `y` where they are divided by `spread`."
rounding_variance(y::Vector{Float64}, spread::Float64) =
    (eps() * maximum(abs, y) / spread)^2 / 12

"Logarithm of the intensity whose window is `exp(LATTICE * index)` mean sample steps."
log_ratio(q::Int, index::Int) = -(2q + 2) * LATTICE * index

"Window of the intensity; `unit` is the mean sample step [time]."
window(q::Int, log_ratio::Float64, unit::Float64) = unit * exp(-log_ratio / (2q + 2))

"Intensity (its `log_ratio`) of the likeliest window, and the noise variance there."
function likeliest(problem::WindowProblem)
    q, n = problem.q, length(problem.t)
    shortest = ceil(Int, -HIGHEST_LOG_RATIO / ((2q + 2) * LATTICE))
    longest = floor(Int, log(LONGEST_WINDOW * (n - 1)) / LATTICE)
    chosen = log_ratio(q, search(problem, shortest, longest))
    return chosen, restricted_log_likelihood(problem, chosen)[2]
end

"""
Index of the smoothest window whose log likelihood is within `TIE` of the best.

A scan with stride `COARSE`, then two refinements down to the lattice. Where the likelihood is flat
(interpolation at the short end, a polynomial at the long one), ties go to the smoother.
"""
function search(problem::WindowProblem, shortest::Int, longest::Int)
    indices, known = Int[], Float64[]
    best, stride, reach = shortest, COARSE, 0
    first, last = shortest, longest
    while true
        for index in first:stride:last
            index in indices && continue
            push!(indices, index)
            push!(known, restricted_log_likelihood(problem, log_ratio(problem.q, index))[1])
        end
        bound = maximum(known) - TIE
        best = minimum(indices)
        for i in eachindex(known)
            known[i] >= bound && indices[i] > best && (best = indices[i])
        end
        stride == 1 && return best
        stride, reach = stride == COARSE ? (FINE, COARSE) : (1, FINE)
        first, last = best - reach + stride, best + reach - stride
    end
end

"""
Restricted log likelihood, noise variance maximised out, and this variance. Variances below
`problem.floor` are rounding of the samples and are raised to it.
"""
function restricted_log_likelihood(problem::WindowProblem, log_ratio::Float64)
    E, log_determinant = innovations(problem.t, problem.y, problem.q, log_ratio, problem.moves)
    variance = max(sum(abs2, E) / length(E), problem.floor)
    return -0.5 * (length(E) * log(variance) + log_determinant), variance
end

end
