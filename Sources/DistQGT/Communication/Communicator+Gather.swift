internal import CMPI

extension Communicator {
    /// The arrays of all ranks, one after the other in rank order, on `root`; nil on the others.
    /// The lengths may differ and may be zero. Collective.
    public func gather<T: MPIScalar>(_ local: [T], to root: Int = 0) throws(MPIError) -> [T]? {
        let call: StaticString = "MPI_Gatherv"
        let bytes = local.count * MemoryLayout<T>.stride
        counters.count(.gather, elements: local.count, bytes: bytes)
        let mpiRoot = try checkRoot(root, call)
        guard let handle = try handle(for: call) else { return local }
        let datatype = T.mpiDatatype.code
        return try concatenate(
            local, isReceiver: rank == root, handle: handle, call: call
        ) { send, count, receive, counts, displacements in
            cmpi_gatherv(send, count, receive, counts, displacements, datatype, mpiRoot, handle)
        }
    }

    /// The arrays of all ranks, one after the other in rank order, on every rank. The lengths may
    /// differ and may be zero. Collective.
    public func allGather<T: MPIScalar>(_ local: [T]) throws(MPIError) -> [T] {
        let call: StaticString = "MPI_Allgatherv"
        let bytes = local.count * MemoryLayout<T>.stride
        counters.count(.allGather, elements: local.count, bytes: bytes)
        guard let handle = try handle(for: call) else { return local }
        let datatype = T.mpiDatatype.code
        let all = try concatenate(
            local, isReceiver: true, handle: handle, call: call
        ) { send, count, receive, counts, displacements in
            cmpi_allgatherv(send, count, receive, counts, displacements, datatype, handle)
        }
        return all ?? []
    }

    /// An MPI call that concatenates: send, its count, receive, counts and displacements by rank.
    private typealias Concatenation = (
        UnsafeRawPointer?, Int32, UnsafeMutableRawPointer?, [Int32], [Int32]
    ) -> Int32

    /// Exchanges the lengths, then concatenates in rounds that fit MPI's counts.
    private func concatenate<T: MPIScalar>(
        _ local: [T], isReceiver: Bool, handle: cmpi_communicator, call: StaticString,
        _ transmit: Concatenation
    ) throws(MPIError) -> [T]? {
        let lengths = try allLengths(local.count, handle: handle)
        let total = lengths.reduce(0, +)
        let rounds = Rounds(
            longest: lengths.max() ?? 0, total: total, size: size, limit: pieceLimit)

        var result = [T](repeating: .zero, count: isReceiver ? total : 0)
        // With one round the ranks' parts are in place as they arrive; otherwise a round's parts
        // arrive together and are moved to where they belong.
        var arrived: [T] = []
        for round in 0..<rounds.count {
            let layout = rounds.layout(of: lengths, round: round)
            let own = rounds.part(of: local.count, round: round)
            counters.countMessage()
            func send(into receive: UnsafeMutableRawPointer?) -> Int32 {
                local[own].withUnsafeBytes {
                    transmit(
                        $0.baseAddress, Int32(own.count), receive, layout.counts,
                        layout.displacements)
                }
            }
            if rounds.count == 1 {
                let code = result.withUnsafeMutableBytes { send(into: $0.baseAddress) }
                try MPIError.check(code, call)
                break
            }
            if isReceiver && arrived.count < layout.total {
                arrived = [T](repeating: .zero, count: layout.total)
            }
            try MPIError.check(arrived.withUnsafeMutableBytes { send(into: $0.baseAddress) }, call)
            guard isReceiver else { continue }
            var offset = 0
            for (source, length) in lengths.enumerated() {
                let part = rounds.part(of: length, round: round)
                let start = Int(layout.displacements[source])
                let target = (offset + part.lowerBound)..<(offset + part.upperBound)
                result.replaceSubrange(target, with: arrived[start..<(start + part.count)])
                offset += length
            }
        }
        return isReceiver ? result : nil
    }

    /// Every rank's length, in rank order.
    private func allLengths(_ length: Int, handle: cmpi_communicator) throws(MPIError) -> [Int] {
        var lengths = [Int](repeating: 0, count: size)
        counters.countMessage()
        let code = withUnsafePointer(to: length) { own in
            lengths.withUnsafeMutableBytes {
                cmpi_allgather(own, $0.baseAddress, 1, Int.mpiDatatype.code, handle)
            }
        }
        try MPIError.check(code, "MPI_Allgather")
        return lengths
    }
}
