import Communication
import DistQGT
import Foundation

/// Seconds of collectives by the latency and bandwidth of a network, for the algorithms that Open MPI 4.1 takes (its
/// `coll_tuned_decision_fixed.c`); arithmetic of reductions left out. Costs of the algorithms: Thakur, Rabenseifner and
/// Gropp, Int. J. High Perform. Comput. Appl. 19, 49 (2005). Inside a node sums go through memory that its ranks share,
/// and several of them send the sums of the node to others (`NodeMemory`); other collectives are taken for messages
/// between all ranks.
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
    /// Bytes of a message from which on sender and receiver agree first (TCP; other networks have such a size, too).
    private static let eagerBytes = 65_536.0

    /// Of a message between two ranks.
    private func message(_ bytes: Double) -> Double {
        (bytes <= Self.eagerBytes ? 1 : 3) * latency + bytes / bandwidth
    }

    /// Seconds in which the ranks of a node wait for each other: each looks at every other one.
    func barrierSeconds(ranks: Int) -> Double { Double(min(ranks, ranksPerNode) - 1) * Self.flagSeconds }

    /// - Parameter bytes: payload of one rank, as `StepCollectives` counts it.
    func seconds(_ kind: CollectiveKind, bytes: Double, ranks: Int) -> Double {
        guard ranks > 1 else { return 0 }
        let others = Double(ranks - 1)
        let rounds = log2(Double(ranks)).rounded(.up)
        switch kind {
        case .barrier: return (ranks == 3 ? 3 : rounds) * latency
        case .allReduce: return sum(bytes, ranks: ranks)
        // A binomial tree, or scatter and allgather (van de Geijn). The length goes ahead.
        case .broadcast:
            return min(
                rounds * message(bytes), (rounds + others) * latency + 2 * others / Double(ranks) * bytes / bandwidth)
        // What the ranks send arrives at the root one after the other. Lengths are gathered first.
        case .gather: return gathered(8, ranks: ranks) + message(bytes) + (others - 1) * bytes / bandwidth
        case .allGather: return gathered(bytes, ranks: ranks)
        // The bytes are those for all ranks. Lengths are exchanged first, and their largest is found.
        case .allToAll:
            let each = bytes / Double(ranks)
            func exchange(_ bytes: Double) -> Double {
                ranks < 4
                    ? others * message(bytes)
                    : min(
                        rounds * message(bytes * Double(ranks) / 2), message(bytes) + (others - 1) * bytes / bandwidth)
            }
            return exchange(8) + sum(16, ranks: ranks) + exchange(each)
        }
    }

    func seconds(_ collectives: [StepCollectives.Collective], ranks: Int) -> Double {
        collectives.reduce(0) { $0 + seconds($1.kind, bytes: Double($1.bytes), ranks: ranks) }
    }

    /// A concatenation: in ⌈log₂R⌉ rounds (Bruck) where it is short, otherwise from neighbour to neighbour.
    private func gathered(_ bytes: Double, ranks: Int) -> Double {
        let others = Double(ranks - 1)
        let rounds = log2(Double(ranks)).rounded(.up)
        let ring = others * message(bytes)
        return min(ring, rounds * message(bytes * Double(ranks) / 2))
    }

    /// A sum: terms are written and a share of them is read by each rank of a node, sums of nodes are sent by as many
    /// ranks as there are lanes.
    private func sum(_ bytes: Double, ranks: Int) -> Double {
        let perNode = min(ranks, ranksPerNode)
        let nodes = (ranks + perNode - 1) / perNode
        let lanes = min(Double(perNode), max(1, (bytes / Self.bytesPerLane).rounded(.down)))
        let inside = perNode > 1 ? 2 * barrierSeconds(ranks: ranks) + 2 * bytes / memoryRate : 0
        return inside + sumOfMessages(bytes / lanes, ranks: nodes)
    }

    /// Recursive doubling, a ring, or reduce-scatter and allgather (Rabenseifner).
    private func sumOfMessages(_ bytes: Double, ranks: Int) -> Double {
        guard ranks > 1 else { return 0 }
        let floor = Int(log2(Double(ranks)))
        let isPower = ranks == 1 << floor
        var doubling = Double(floor) * message(bytes)
        // Ranks beyond a power of two hand their numbers over first and get the sum last.
        if !isPower { doubling = ranks == 3 ? 2 * message(bytes) : Double(floor + 2) * message(bytes) }
        let ring = 2 * Double(ranks - 1) * message(bytes / Double(ranks))
        var halves = (1...floor).reduce(0) { $0 + 2 * message(bytes / Double(1 << $1)) }
        if !isPower { halves += 3 * message(bytes / 2) }
        guard ranks >= 4 else {
            switch bytes {
            case ..<4096, 8192..<16_384: return doubling
            case ..<262_144: return ring
            default: return halves
            }
        }
        return bytes < 8192 ? doubling : min(halves, ring)
    }

    /// What ScaLAPACK's Cholesky factorisation of a matrix sends, the solutions of two right-hand sides with it. On one row
    /// of ranks the messages were counted: p²/2 − p + 3 and 2p + 1 each for p blocks, and some forty for the
    /// communicators of a grid; on larger grids as the ScaLAPACK Users' Guide says (Blackford et al., SIAM 1997, section
    /// 5.2, tables 5.8 and 5.9).
    func choleskySeconds(size: Double, ranks: Int) -> Double {
        guard ranks > 1 else { return 0 }
        let rounds = log2(Double(ranks))
        let volume = (2 + rounds / 2) * size * size / Double(ranks).squareRoot()
        let blocks = size / Double(DistributedSymmetricMatrix.largestBlock)
        let messages = ranks < 4 ? blocks * blocks / 2 - blocks + 3 + 2 * (2 * blocks + 1) + 40 : (4 + rounds) * blocks
        return volume * Double(MemoryLayout<Double>.stride) / bandwidth + messages * latency
    }
}
