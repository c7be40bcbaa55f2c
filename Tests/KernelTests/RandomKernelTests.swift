import CKernels
import Testing

@Suite struct RandomKernelTests {
    /// The vectors published with the Random123 library (file kat_vectors, philox4x32 10).
    @Test(
        arguments: [
            (0, 0, 0, 0, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (.max, .max, .max, .max, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                0x299f_31d0_a409_3822, 0x85a3_08d3_243f_6a88, 0x1319_8a2e, 0x0370_7344,
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
            ),
        ] as [(UInt64, UInt64, UInt32, UInt32, [UInt64])])
    func kernelsPhiloxKnownAnswers(seed: UInt64, block: UInt64, index: UInt32, purpose: UInt32, words: [UInt64]) {
        let expected = [words[0] | words[1] << 32, words[2] | words[3] << 32]
        let pair = ck_philox_block(seed, index, purpose, block)
        #expect([pair.first, pair.second] == expected)
        var draws: [UInt64] = [0, 0]
        ck_philox_draws(seed, index, purpose, block, 1, &draws)
        #expect(draws == expected)
    }

    /// Many blocks at a time, across the lower word of the counter, with and without a rest.
    @Test(arguments: [0, 1, 31, 32, 77])
    func kernelsDrawsTogetherAreThoseOfTheirBlocks(count: Int) {
        for first in [0, 5, UInt64(UInt32.max) - 40] {
            var draws = [UInt64](repeating: 1, count: 2 * count + 1)
            ck_philox_draws(7 + 1 << 40, 3, 2, first, count, &draws)
            for block in 0..<count {
                let pair = ck_philox_block(7 + 1 << 40, 3, 2, first + UInt64(block))
                #expect(draws[2 * block] == pair.first && draws[2 * block + 1] == pair.second)
            }
            #expect(draws[2 * count] == 1)
            var uniforms = [Double](repeating: -1, count: count + 1)
            ck_uniforms(draws, 2, &uniforms, count)
            #expect((0..<count).allSatisfy { uniforms[$0] == Double(draws[2 * $0] >> 11) * 0x1p-53 })
            #expect(uniforms[count] == -1)
        }
    }
}
