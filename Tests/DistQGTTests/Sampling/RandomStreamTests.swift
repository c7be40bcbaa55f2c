import CKernels
import DistQGT
import Foundation
import Testing

@Suite struct SamplingRandomStreamTests {
    @Test func samplingStreamIsAFunctionOfItsPosition() {
        var stream = RandomStream(seed: 7, index: 3, purpose: .proposals)
        let draws = (0..<50).map { _ in stream.next() }
        #expect(stream.position == 50)
        for position in [0, 1, 2, 17, 18, 49] {
            var other = RandomStream(seed: 7, index: 3, purpose: .proposals, position: UInt64(position))
            #expect(other.next() == draws[position])
            stream.seek(to: UInt64(position))
            #expect(stream.next() == draws[position])
        }
        // Every part of the name of a stream matters.
        for other in [
            RandomStream(seed: 8, index: 3, purpose: .proposals),
            RandomStream(seed: 7 + 1 << 40, index: 3, purpose: .proposals),
            RandomStream(seed: 7, index: 4, purpose: .proposals),
            RandomStream(seed: 7, index: 3, purpose: .parameters),
        ] {
            var other = other
            #expect(other.next() != draws[0])
        }
    }

    /// Many blocks at a time, across the lower word of the counter, with and without a rest.
    @Test func samplingDrawsTogetherAreThoseOfTheStream() {
        for (seed, index) in [(UInt64(7), 3), (7 + 1 << 40, Int(UInt32.max))] {
            for count in [0, 1, 31, 32, 77] {
                for first in [UInt64(0), 5, UInt64(UInt32.max) - 40] {
                    var draws = [UInt64](repeating: 1, count: 2 * count + 1)
                    ck_philox_draws(
                        seed, UInt32(index), RandomPurpose.proposals.identifier, first, count, &draws)
                    var stream = RandomStream(seed: seed, index: index, purpose: .proposals, position: 2 * first)
                    #expect((0..<2 * count).allSatisfy { draws[$0] == stream.next() })
                    #expect(draws[2 * count] == 1)
                    var uniforms = [Double](repeating: -1, count: count + 1)
                    ck_uniforms(draws, 2, &uniforms, count)
                    stream.seek(to: 2 * first)
                    for number in 0..<count {
                        #expect(uniforms[number] == stream.uniform())
                        _ = stream.next()
                    }
                    #expect(uniforms[count] == -1)
                }
            }
        }
    }

    @Test func samplingUniformMoments() {
        var stream = RandomStream(seed: 1, index: 0, purpose: .parameters)
        let count = 200_000
        let values = (0..<count).map { _ in stream.uniform() }
        #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
        let mean = values.reduce(0, +) / Double(count)
        let second = values.reduce(0) { $0 + $1 * $1 } / Double(count)
        // Five standard deviations.
        #expect((mean - 0.5).magnitude < 5 * (1.0 / 12 / Double(count)).squareRoot())
        #expect((second - 1.0 / 3).magnitude < 5 * (4.0 / 45 / Double(count)).squareRoot())
    }

    @Test func samplingIntegersAreUniform() {
        for bound in [1, 3, 10, 97] {
            var stream = RandomStream(seed: 5, index: bound, purpose: .parameters)
            var counts = [Int](repeating: 0, count: bound)
            for _ in 0..<50_000 { counts[stream.integer(below: bound)] += 1 }
            #expect(stream.position == 50_000)
            #expect(pValue(counts) > 1e-4)
        }
    }

    @Test func samplingNormalDeviatesHaveTheirDistribution() {
        var stream = RandomStream(seed: 11, index: 2, purpose: .parameters)
        let count = 100_000
        // Ten intervals of equal probability: Φ(x) through the complementary error function.
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<count {
            let cumulative = 0.5 * erfc(-stream.normal() / 2.0.squareRoot())
            counts[min(9, Int(cumulative * 10))] += 1
        }
        #expect(stream.position == UInt64(2 * count))
        #expect(pValue(counts) > 1e-4)
    }
}
