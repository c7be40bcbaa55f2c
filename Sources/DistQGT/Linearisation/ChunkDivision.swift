/// How the samples of a rank are cut into chunks: runs of at most so many, none across the border of two blocks of
/// samples.
package struct ChunkDivision: Sendable {
    package let ranges: [Range<Int>]
    package let sampleCount: Int

    /// - Parameter blocks: consecutive ranges from 0 on; some may be empty.
    package init(blocks: [Range<Int>], chunkRows: Int) {
        var ranges: [Range<Int>] = []
        for block in blocks {
            for first in stride(from: block.lowerBound, to: block.upperBound, by: chunkRows) {
                ranges.append(first..<min(block.upperBound, first + chunkRows))
            }
        }
        self.ranges = ranges
        sampleCount = blocks.last?.upperBound ?? 0
    }

    /// The chunks of some samples, which are whole chunks.
    package func chunks(of samples: Range<Int>) -> Range<Int> {
        func first(from sample: Int) -> Int {
            var (low, high) = (0, ranges.count)
            while low < high {
                let middle = (low + high) / 2
                if ranges[middle].lowerBound < sample { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let lower = first(from: samples.lowerBound)
        return samples.isEmpty ? lower..<lower : lower..<first(from: samples.upperBound)
    }
}
