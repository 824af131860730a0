"Samples with mean 0 and standard deviation 1, and the floor that rounding sets to residuals."
module SampleScaling

export UnitSamples, unit_samples

const ROUNDING = 8.0  # error that counts as rounding, over machine epsilon times the largest sample

"""
Scaled samples `z = (y - mean) / spread`, zeros where all are equal, and `floor`, the sum of
squares of their rounding errors; Python's `UnitSamples`.
"""
struct UnitSamples
    z::Vector{Float64}
    mean::Float64
    spread::Float64
    floor::Float64
end

"Scale samples `y`; two steps keep their squares from overflow and underflow."
function unit_samples(y::Vector{Float64})
    n, total, highest = length(y), 0.0, 0.0
    for value in y
        total += value - y[1]
        highest = max(highest, abs(value))
    end
    mean = y[1] + total / n
    z = y .- mean
    largest = maximum(abs, z)
    if maximum(y) == minimum(y) || largest == 0.0
        return UnitSamples(zeros(n), y[1], 0.0, 0.0)
    end
    squares = 0.0
    for i in 1:n
        z[i] /= largest
        squares += z[i]^2
    end
    spread = sqrt(squares / n)
    for i in 1:n
        z[i] /= spread
    end
    rounding = ROUNDING * eps() * highest / largest / spread
    return UnitSamples(z, mean, largest * spread, n * rounding^2)
end

end
