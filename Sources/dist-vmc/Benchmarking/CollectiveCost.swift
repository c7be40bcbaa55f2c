import Communication
import DistQGT
import Foundation

/// Seconds of collectives by the latency and bandwidth of a network: Thakur, Rabenseifner and Gropp, Int. J. High
/// Perform. Comput. Appl. 19, 49 (2005), the better of two algorithms where MPI libraries have two; arithmetic of
/// reductions left out. Inside a node sums go through memory that its ranks share, and several of them send the sums of the
/// node to others (`NodeMemory`); other collectives are taken for messages between all ranks.
struct CollectiveCost {
    /// Seconds of a message of no bytes.
    let latency: Double
    /// Bytes per second of a rank, in each direction.
    let bandwidth: Double
    /// Ranks that share memory.
    var ranksPerNode = 1
    /// Bytes per second at which a rank reads that memory while the others do, too.
    var memoryRate = Double.infinity

    /// Seconds in which a rank sees what another core has written.
    private static let flagSeconds = 6e-8
    /// Bytes of a sum from which on two ranks of a node send it rather than one.
    private static let bytesPerLane = 8192.0

    /// Seconds in which the ranks of a node wait for each other: each looks at every other one.
    func barrierSeconds(ranks: Int) -> Double {
        let others = min(ranks, ranksPerNode) - 1
        return Double(others) * Self.flagSeconds
    }

    /// A sum: terms are written and a share of them is read by each rank of a node, sums of nodes are sent by as many
    /// ranks as there are lanes.
    private func sumSeconds(bytes: Double, ranks: Int) -> Double {
        let perNode = min(ranks, ranksPerNode)
        let nodes = (ranks + perNode - 1) / perNode
        let lanes = min(Double(perNode), max(1, (bytes / Self.bytesPerLane).rounded(.down)))
        let inside = perNode > 1 ? 2 * barrierSeconds(ranks: ranks) + 2 * bytes / memoryRate : 0
        return inside + messageSeconds(.allReduce, bytes: bytes / lanes, ranks: nodes)
    }

    /// - Parameter bytes: payload of one rank, as `StepCollectives` counts it.
    func seconds(_ kind: CollectiveKind, bytes: Double, ranks: Int) -> Double {
        kind == .allReduce
            ? sumSeconds(bytes: bytes, ranks: ranks) : messageSeconds(kind, bytes: bytes, ranks: ranks)
    }

    /// Of messages between all of these ranks.
    private func messageSeconds(_ kind: CollectiveKind, bytes: Double, ranks: Int) -> Double {
        guard ranks > 1 else { return 0 }
        let others = Double(ranks - 1)
        let rounds = log2(Double(ranks)).rounded(.up)
        let transfer = bytes / bandwidth
        let share = others / Double(ranks)
        return switch kind {
        case .barrier: rounds * latency
        // Recursive doubling, or reduce-scatter and allgather (Rabenseifner).
        case .allReduce:
            min(rounds * (latency + transfer), 2 * rounds * latency + 2 * share * transfer)
        // A binomial tree, or scatter and allgather (van de Geijn).
        case .broadcast:
            min(rounds * (latency + transfer), (rounds + others) * latency + 2 * share * transfer)
        // Recursive doubling; the same bytes arrive at the root of a gather.
        case .gather, .allGather: rounds * latency + others * transfer
        // Bruck, or pairwise exchange; the bytes are those for all ranks.
        case .allToAll:
            min(rounds * (latency + transfer / 2), others * latency + share * transfer)
        }
    }

    func seconds(_ collectives: [StepCollectives.Collective], ranks: Int) -> Double {
        collectives.reduce(0) { $0 + seconds($1.kind, bytes: Double($1.bytes), ranks: ranks) }
    }

    /// What ScaLAPACK's Cholesky factorisation sends: Blackford et al., ScaLAPACK Users' Guide (SIAM 1997), section
    /// 5.2, tables 5.8 and 5.9.
    func choleskySeconds(size: Double, ranks: Int) -> Double {
        guard ranks > 1 else { return 0 }
        let rounds = log2(Double(ranks))
        let volume = (2 + rounds / 2) * size * size / Double(ranks).squareRoot()
        let messages = (4 + rounds) * size / Double(DistributedSymmetricMatrix.largestBlock)
        return volume * Double(MemoryLayout<Double>.stride) / bandwidth + messages * latency
    }
}
