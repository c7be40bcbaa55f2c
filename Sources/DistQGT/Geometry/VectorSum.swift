import Communication
import LinearAlgebra

/// Sums over the samples of all ranks that make parameter vectors, with a few scalars in the same message.
///
/// Where vectors are those of a node (`ReplicatedMemory`) and sums are plain, each rank adds up its part of the vectors and
/// nobody holds a copy of the whole.
final class VectorSum {
    private let space: SampleSpace
    private let count: Int
    private let scalars: Int
    private let memory: (any ReplicatedMemory)?
    private let nodeSum: NodeSum?
    private let message: RealBuffer?

    /// Collective over the ranks of the memory.
    ///
    /// - Parameters:
    ///   - count: numbers of the vectors together.
    ///   - scalars: numbers behind them.
    ///   - memory: of the vectors.
    init(over space: SampleSpace, count: Int, scalars: Int, in memory: (any ReplicatedMemory)?) {
        self.space = space
        self.count = count
        self.scalars = scalars
        self.memory = memory
        nodeSum = memory == nil || space.sums.isInBlocks ? nil : NodeSum(space.communicator, count: count + scalars)
        message = nodeSum == nil ? RealBuffer(count: count + scalars) : nil
    }

    /// Forms the sums. The vectors have them only once they were taken. Collective: one allreduce.
    ///
    /// - Parameters:
    ///   - vectors: where the sums go.
    ///   - body: writes the sums over a block of this rank's samples, every number of them: the vectors one after
    ///     the other, then the scalars.
    /// - Returns: the sums of the scalars, to be read until the sum after the next.
    func sum(
        into vectors: some Collection<ParameterVector>,
        _ body: (_ block: Int, _ samples: Range<Int>, _ sum: UnsafeMutablePointer<Double>) throws -> Void
    ) throws -> UnsafePointer<Double> {
        guard let nodeSum, let memory else {
            guard let message else { preconditionFailure("a sum without a message") }
            try space.sums.sum(into: message.buffer, body)
            return UnsafePointer(message.pointer + count)
        }
        try body(0, space.sums.blocks[0], nodeSum.terms)
        let rest = memory.exchange(count: scalars)
        try nodeSum.sum { part, sums in
            var first = 0
            for vector in vectors {
                let own = part.clamped(to: first..<first + vector.count)
                (vector.storage.pointer + own.lowerBound - first).update(
                    from: sums + own.lowerBound - part.lowerBound, count: own.count)
                first += vector.count
            }
            let own = part.clamped(to: count..<count + scalars)
            (rest + own.lowerBound - count).update(from: sums + own.lowerBound - part.lowerBound, count: own.count)
        }
        return UnsafePointer(rest)
    }

    /// Leaves the sum in its vector, of which this rank takes its share. Local.
    ///
    /// - Parameters:
    ///   - first: where the vector begins among those that were summed.
    ///   - then: what else is to be done with a tile of the vector.
    func take(
        _ vector: ParameterVector, first: Int = 0, then: (_ length: Int, _ first: Int) -> Void = { _, _ in }
    ) {
        vector.changeTiles { length, place in
            if let message {
                (vector.storage.pointer + place).update(from: message.pointer + first + place, count: length)
            }
            then(length, place)
        }
    }
}
