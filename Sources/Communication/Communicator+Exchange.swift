internal import CMPI

/// A part of what an exchange sends or receives.
public struct ExchangedPart: Sendable, Equatable {
    /// The rank at the other end.
    public let rank: Int
    /// Number of elements.
    public let count: Int

    public init(rank: Int, count: Int) {
        self.rank = rank
        self.count = count
    }
}

extension Communicator {
    /// Sends parts of an array to some ranks and receives parts from some, where both ends know how long they are: point to
    /// point, and ranks that have nothing for each other exchange nothing. Collective: counted as an all-to-all.
    ///
    /// - Parameters:
    ///   - data: the parts to be sent, one after the other.
    ///   - sends: where they go; at most one for each rank, and none for this one.
    ///   - receives: where parts come from, likewise.
    /// - Returns: the parts received, one after the other.
    public func exchange<T: MPIScalar>(
        _ data: [T], to sends: [ExchangedPart], from receives: [ExchangedPart]
    ) throws(MPIError) -> [T] {
        let call: StaticString = "MPI_Isend"
        counters.count(.allToAll, elements: data.count, bytes: data.count * MemoryLayout<T>.stride)
        guard sends.reduce(0, { $0 + $1.count }) == data.count,
            (sends + receives).allSatisfy({ (0..<size).contains($0.rank) && $0.rank != rank && $0.count >= 0 })
        else {
            throw MPIError.invalidArgument(call, "the parts of \(data.count) elements do not fit them or the ranks")
        }
        var received = [T](repeating: .zero, count: receives.reduce(0) { $0 + $1.count })
        guard !(sends.isEmpty && receives.isEmpty), let handle = try handle(for: call) else { return received }
        let (outgoing, incoming) = (pieces(of: sends), pieces(of: receives))
        counters.countMessages(outgoing.ranks.count)
        let datatype = T.mpiDatatype.code
        let code = data.withUnsafeBytes { data in
            received.withUnsafeMutableBytes { received in
                cmpi_exchange(
                    data.baseAddress, Int32(outgoing.ranks.count), outgoing.ranks, outgoing.counts,
                    outgoing.displacements, received.baseAddress, Int32(incoming.ranks.count), incoming.ranks,
                    incoming.counts, incoming.displacements, datatype, handle)
            }
        }
        try MPIError.check(code, call)
        return received
    }

    /// Parts cut into pieces whose lengths fit an MPI count, alike at both ends.
    private func pieces(of parts: [ExchangedPart]) -> (ranks: [Int32], counts: [Int32], displacements: [Int64]) {
        var (ranks, counts, displacements) = ([Int32](), [Int32](), [Int64]())
        var offset = 0
        for part in parts {
            for start in stride(from: 0, to: part.count, by: pieceLimit) {
                ranks.append(Int32(truncatingIfNeeded: part.rank))
                counts.append(Int32(min(pieceLimit, part.count - start)))
                displacements.append(Int64(offset + start))
            }
            offset += part.count
        }
        return (ranks, counts, displacements)
    }
}
