import LinearAlgebra
import CKernels
import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct SamplePairsTests {
    @Test(arguments: Array(0...9) + [16, 33])
    func everyPairIsFoundByOneOfItsSamples(count: Int) {
        let pairs = SamplePairs(count: count)
        var found = Set<[Int]>()
        for sample in 0..<count {
            let partners = pairs.partners(of: sample..<sample + 1).flatMap { $0 }
            #expect(partners.contains(sample))
            #expect(partners.count == Set(partners).count)
            #expect(partners.count == min(count, count / 2 + 1), "as many for each sample")
            for partner in partners { found.insert([min(sample, partner), max(sample, partner)]) }
        }
        #expect(found.count == count * (count + 1) / 2)
    }

    @Test func consecutiveSamplesHaveThePartnersOfEach() {
        for count in [5, 8, 20] {
            let pairs = SamplePairs(count: count)
            for first in 0..<count {
                for last in first..<count {
                    let each = Set((first...last).flatMap { pairs.partners(of: $0..<$0 + 1).flatMap { $0 } })
                    let together = pairs.partners(of: first..<last + 1)
                    #expect(Set(together.flatMap { $0 }) == each)
                    // Cut at a rank's boundary, none is lost and none comes twice.
                    let parts = [0..<count / 3, count / 3..<count].flatMap {
                        pairs.partners(of: first..<last + 1, among: $0)
                    }
                    #expect(parts.flatMap { $0 }.sorted() == together.flatMap { $0 }.sorted())
                }
            }
        }
    }

    @Test func transposition() {
        var generator = SplitMix64(seed: 3)
        for (rows, columns) in [(1, 1), (3, 5), (8, 8), (17, 30), (64, 9)] {
            let (xStride, yStride) = (columns + 2, rows + 3)
            let x = (0..<rows * xStride).map { _ in generator.normalDeviate() }
            var y = [Double](repeating: 7, count: columns * yStride)
            ck_transpose_d(x, xStride, &y, yStride, rows, columns)
            for column in 0..<columns {
                for row in 0..<yStride {
                    #expect(y[column * yStride + row] == (row < rows ? x[row * xStride + column] : 7))
                }
            }
        }
        // A square in place becomes symmetric.
        var square = (0..<20 * 24).map { _ in generator.normalDeviate() }
        let before = square
        square.withUnsafeMutableBufferPointer { square in
            guard let base = square.baseAddress else { return }
            ck_transpose_d(base, 24, base, 24, 20, 20)
        }
        for row in 0..<20 {
            for column in 0..<row {
                let pair = [before[row * 24 + column], before[column * 24 + row]]
                #expect(square[row * 24 + column] == square[column * 24 + row])
                #expect(pair.contains(square[row * 24 + column]))
            }
        }
    }
}
