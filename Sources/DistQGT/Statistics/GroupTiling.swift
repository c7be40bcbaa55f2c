/// A division of the samples into groups (chains, blocks, halves of chains), which ranks see only in
/// part: each holds a contiguous range of the samples.
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
        for chain in offset / chainLength...(end - 1) / chainLength {
            for index in 0..<groupsPerChain {
                let start = chain * chainLength + index * length
                let first = max(start, offset)
                let last = min(start + length, end)
                guard first < last else { continue }
                var sum = SIMD2<Double>.zero
                for sample in first - offset..<last - offset {
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
