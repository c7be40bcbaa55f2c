import CKernels
import LinearAlgebra

/// The random numbers of the next proposals of some chains, drawn together: the same numbers as those of each
/// chain's `RandomStream` at the same positions. Owns its memory, allocated once.
final class ProposalDraws {
    /// Proposals of a chain whose numbers are drawn at once.
    static let proposalsTogether = 32

    private let drawsPerProposal: Int
    private let seed: UInt64
    /// By chain, proposal and draw.
    private let draws: UnsafeMutablePointer<UInt64>
    /// ln u of the acceptance decisions, by proposal and chain.
    private let logThresholds: UnsafeMutablePointer<Double>
    private let memory = BufferSet()

    /// - Parameters:
    ///   - drawsPerProposal: even, so that a proposal starts at a block of the generator.
    ///   - maximumChains: the most chains that are drawn for together.
    init(seed: UInt64, drawsPerProposal: Int, maximumChains: Int) {
        precondition(drawsPerProposal % 2 == 0)
        self.seed = seed
        self.drawsPerProposal = drawsPerProposal
        draws = memory.uninitialised(count: maximumChains * Self.proposalsTogether * drawsPerProposal)
        logThresholds = memory.uninitialised(count: maximumChains * Self.proposalsTogether)
    }

    /// Draws for some proposals of some chains.
    ///
    /// - Parameters:
    ///   - proposals: at most `proposalsTogether`.
    ///   - streams: the number of each chain's stream.
    ///   - counters: numbers of draws already made, one for each chain; advanced.
    func fill(proposals: Int, streams: UnsafePointer<UInt32>, counters: UnsafeMutableBufferPointer<UInt64>) {
        let perChain = proposals * drawsPerProposal
        let chains = counters.count
        for row in 0..<chains {
            let own = draws + row * perChain
            ck_philox_draws(
                seed, streams[row], RandomPurpose.proposals.identifier, counters[row] / 2, perChain / 2, own
            )
            counters[row] += UInt64(perChain)
        }
        for proposal in 0..<proposals {
            ck_uniforms(
                draws + proposal * drawsPerProposal + drawsPerProposal - 1, perChain,
                logThresholds + proposal * chains, chains)
        }
        ck_log_d(logThresholds, logThresholds, proposals * chains)
    }

    /// The draws of one of `proposals` proposals of a chain, counted from those that `fill` drew for.
    @inline(__always)
    func sequence(row: Int, proposal: Int, of proposals: Int) -> Sequence {
        Sequence(next: UnsafePointer(draws) + (row * proposals + proposal) * drawsPerProposal)
    }

    /// One proposal's thresholds, one for each chain.
    @inline(__always)
    func logThresholds(proposal: Int, chains: Int) -> UnsafePointer<Double> {
        UnsafePointer(logThresholds) + proposal * chains
    }

    /// Draws in the order of their positions.
    struct Sequence: UniformDraws {
        private var following: UnsafePointer<UInt64>

        init(next: UnsafePointer<UInt64>) { following = next }

        @inline(__always)
        mutating func next() -> UInt64 {
            defer { following += 1 }
            return following.pointee
        }
    }
}
