import CKernels
import DistQGT
import Foundation
import Testing

@Suite struct SamplingRandomStreamTests {
    /// The vectors published with the Random123 library (file kat_vectors, philox4x32 10).
    @Test func samplingPhiloxKnownAnswers() {
        let ones = UInt32.max
        #expect(
            Philox4x32.block(counter: .zero, key: .zero)
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            Philox4x32.block(counter: SIMD4(ones, ones, ones, ones), key: SIMD2(ones, ones))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox4x32.block(
                counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
                key: SIMD2(0xa409_3822, 0x299f_31d0))
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

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
