/// Which pairs of samples are multiplied with each other for a symmetric matrix whose rows lie on several ranks: each
/// pair once, by the rank of one of the two, and as many for every sample. Sample s is paired with the n/2 samples
/// that follow it, cyclically (for even n those at the distance n/2 meet twice).
package struct SamplePairs {
    /// Samples of all ranks.
    package let count: Int

    package init(count: Int) { self.count = count }

    /// The partners of consecutive samples, themselves included: one range, or two where they go round the end.
    package func partners(of samples: Range<Int>) -> [Range<Int>] {
        let length = min(count, samples.count + count / 2)
        let end = samples.lowerBound + length
        guard length < count else { return [0..<count] }
        return end <= count ? [samples.lowerBound..<end] : [samples.lowerBound..<count, 0..<end - count]
    }

    /// Those of the partners that lie on a rank with the samples `owned`.
    package func partners(of samples: Range<Int>, among owned: Range<Int>) -> [Range<Int>] {
        partners(of: samples).map { $0.clamped(to: owned) }.filter { !$0.isEmpty }
    }
}
