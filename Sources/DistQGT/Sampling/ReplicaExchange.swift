import Foundation
import LinearAlgebra

/// Which row of a sampler each replica of each chain lives in, and the exchange of neighbouring replicas.
///
/// An exchange leaves configurations where they are, with all that an evaluator keeps of them, and swaps the inverse
/// temperatures of two rows, with the random streams and draw counters that belong to these. Owns its memory, allocated
/// once; allocates nothing in an exchange. Local.
final class ReplicaExchange {
    /// Global numbers of the chains.
    private let chains: Range<Int>
    private let seed: UInt64
    private let betas: [Double]
    /// K, replicas of each chain.
    let count: Int
    /// By chain and replica: its row among all replicas of these chains.
    private let rows: UnsafeMutablePointer<Int>
    /// By row: 1/β.
    let inverseBetas: UnsafeMutablePointer<Double>
    /// By row: the number of the stream that proposals are drawn from, that of the replica over all chains.
    let streams: UnsafeMutablePointer<UInt32>
    private let memory = BufferSet()

    /// - Parameters:
    ///   - ladder: a valid one.
    ///   - chains: global numbers; of no more than 2³² replicas.
    init(_ ladder: ReplicaLadder, seed: UInt64, chains: Range<Int>) {
        self.chains = chains
        self.seed = seed
        betas = ladder.betas
        count = betas.count
        let all = chains.count * count
        rows = memory.filled(with: 0, count: all)
        inverseBetas = memory.filled(with: 1, count: all)
        streams = memory.filled(with: 0, count: all)
        resetOrder()
    }

    /// Rows over all chains.
    var rowCount: Int { chains.count * count }

    /// The row of the replica at β = 1 of a local chain: the one that gives samples.
    @inline(__always)
    func sampledRow(ofChain chain: Int) -> Int { rows[chain * count] }

    /// Whether the row holds the replica at β = 1 of its chain.
    @inline(__always)
    func isSampled(_ row: Int) -> Bool { count == 1 || rows[row / count * count] == row }

    /// Replica k of every chain is in the chain's k-th row again, as its configuration must be.
    func resetOrder() {
        for row in 0..<rowCount {
            rows[row] = row
            place(replica: row % count, in: row)
        }
    }

    /// Values of `width` numbers for each row in the order of chains and replicas.
    func ordered<Value>(_ values: UnsafeMutableBufferPointer<Value>, width: Int = 1) -> [Value] {
        (0..<rowCount).flatMap { values[rows[$0] * width..<(rows[$0] + 1) * width] }
    }

    private func place(replica: Int, in row: Int) {
        let chain = row / count
        inverseBetas[row] = 1 / betas[replica]
        streams[row] = UInt32((chains.lowerBound + chain) * count + replica)
    }

    /// Proposes to exchange each pair of neighbours of every chain, from the least β up, so that what comes from there may
    /// reach the samples at once. Accepted with probability min(1, exp(2(β_k − β_l)(log|ψ_l| − log|ψ_k|))), which keeps the
    /// product of all |ψ_k|^(2β_k). A replica at a node of ψ, or where log ψ is not a number, changes places with any
    /// that is not and has a smaller β.
    ///
    /// The random number of a pair is a function of the seed, the pair, and the draws that its chain has made.
    ///
    /// - Parameters:
    ///   - logPsi: by row, real and imaginary part in turn.
    ///   - drawCounters: by row.
    ///   - counts: count the exchanges.
    func exchange(
        logPsi: UnsafePointer<Double>, drawCounters: UnsafeMutablePointer<UInt64>, counts: inout ProposalCounts
    ) {
        for chain in 0..<chains.count {
            let own = rows + chain * count
            for replica in (0..<count - 1).reversed() {
                let (lower, upper) = (own[replica + 1], own[replica])
                var stream = RandomStream(
                    seed: seed, index: Int(streams[upper]), purpose: .swaps, position: drawCounters[upper])
                let threshold = log(stream.uniform())
                let gain = BatchedProposals.logModulusRatio(from: logPsi[2 * upper], to: logPsi[2 * lower])
                // False for NaN, and for a node that would go up.
                guard gain >= 0 || threshold < 2 * (betas[replica] - betas[replica + 1]) * gain else { continue }
                guard logPsi[2 * lower] > -.infinity else { continue }
                (own[replica], own[replica + 1]) = (lower, upper)
                swap(&drawCounters[lower], &drawCounters[upper])
                place(replica: replica, in: lower)
                place(replica: replica + 1, in: upper)
                counts.acceptedSwaps[replica] += 1
            }
        }
        counts.swaps += chains.count
    }
}
