"Standard deviation of white noise on a smooth signal's samples; Python's `noise_estimation`."
module NoiseEstimation

using Statistics: median

export noise_from_wavelets, noise_from_second_differences

const NORMAL_MEDIAN = 0.6745  # median of the absolute value of a standard normal variable

# Scaling filter of Daubechies' (1988) extremal-phase wavelet with four vanishing moments.
const DAUBECHIES_4 = [
    0.2303778133088965,
    0.7148465705529157,
    0.6308807679298589,
    -0.0279837694168599,
    -0.1870348117190931,
    0.0308413818355608,
    0.0328830116668852,
    -0.0105974017850690,
]

"Noise from the median absolute detail coefficient, at all shifts within the record, / 0.6745."
function noise_from_wavelets(y::Vector{Float64})
    details = zeros(length(y) - 7)
    for i in 1:length(details), j in 1:8
        # Convolved with the filter backwards and of alternating signs, as in Python.
        details[i] += (-1.0)^(8 - j) * DAUBECHIES_4[j] * (y[i + j - 1] - y[1])
    end
    return median(abs.(details)) / NORMAL_MEDIAN
end

"Noise from the median absolute deviation of samples from their neighbours' line, / 0.6745."
function noise_from_second_differences(t::Vector{Float64}, y::Vector{Float64})
    scaled = zeros(length(y) - 2)
    for i in 1:length(scaled)
        right = (t[i + 1] - t[i]) / (t[i + 2] - t[i])
        left = 1.0 - right
        change = left * (y[i] - y[i + 1]) + right * (y[i + 2] - y[i + 1])
        scaled[i] = abs(change) / sqrt(left^2 + 1.0 + right^2)
    end
    return median(scaled) / NORMAL_MEDIAN
end

end
