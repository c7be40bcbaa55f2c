/// Population variances of the means of groups of samples (chains, blocks, halves of chains) whose
/// samples are spread over ranks in contiguous ranges.
///
/// Groups have equal length and tile the beginning of every chain: group j of chain c covers the
/// samples c·L + j·length ..< c·L + (j+1)·length.
struct GroupTiling {
    /// L, samples per chain.
    let chainLength: Int
    /// Samples per group.
    let length: Int
    let groupsPerChain: Int

    /// Adds up groups restricted to this rank's samples.
    ///
    /// - Parameters:
    ///   - data: real and imaginary parts in turn of samples `offset ..< offset + data.count/2`.
    ///   - mean: subtracted from every sample.
    ///   - complete: called with the centred mean of every group that is wholly here.
    ///   - partial: called with the number of a group of which only a part is here, and the sum of
    ///     that part.
    func forEachGroup(
        of data: UnsafeBufferPointer<Double>, offset: Int, mean: SIMD2<Double>,
        complete: (SIMD2<Double>) -> Void, partial: (Int, SIMD2<Double>) -> Void
    ) {
        let end = offset + data.count / 2
        guard length > 0, end > offset else { return }
        for chain in offset / chainLength ... (end - 1) / chainLength {
            for index in 0 ..< groupsPerChain {
                let start = chain * chainLength + index * length
                let first = max(start, offset)
                let last = min(start + length, end)
                guard first < last else { continue }
                var sum = SIMD2<Double>.zero
                for sample in first - offset ..< last - offset {
                    sum += SIMD2(data[2 * sample], data[2 * sample + 1]) - mean
                }
                if last - first == length {
                    complete(sum / Double(length))
                } else {
                    partial(chain * groupsPerChain + index, sum)
                }
            }
        }
    }
}

/// Σ y and Σ |y|² of complex values y.
struct ComplexMoments {
    var sum = SIMD2<Double>.zero
    var squares = 0.0

    mutating func add(_ value: SIMD2<Double>) {
        sum += value
        squares += (value * value).sum()
    }

    /// mean |y − mean y|² of `count` values; NaN without values.
    func variance(count: Int) -> Double {
        let mean = sum / Double(count)
        let variance = squares / Double(count) - (mean * mean).sum()
        // Rounding must not make it negative; a NaN stays.
        return variance < 0 ? 0 : variance
    }
}

/// A sum that carries its rounding error along (A. Neumaier, ZAMM 54, 39 (1974)).
struct CompensatedSum {
    private var sum = SIMD2<Double>.zero
    private var correction = SIMD2<Double>.zero
    var value: SIMD2<Double> { sum + correction }

    mutating func add(_ value: SIMD2<Double>) {
        let next = sum + value
        let larger = abs(sum) .>= abs(value)
        let lost = ((sum - next) + value).replacing(with: (value - next) + sum, where: .!larger)
        correction += lost
        sum = next
    }

    private func abs(_ value: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(value.x.magnitude, value.y.magnitude)
    }
}
