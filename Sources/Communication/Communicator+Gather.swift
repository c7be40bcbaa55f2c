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

    /// The arrays of all ranks in memory of the caller's, for lengths that every rank knows: no array is made. Collective.
    ///
    /// - Parameters:
    ///   - lengths: by rank.
    ///   - all: as many elements as these are together.
    package func allGather<T: MPIScalar>(
        _ local: UnsafeBufferPointer<T>, lengths: [Int], into all: UnsafeMutablePointer<T>
    ) throws(MPIError) {
        precondition(lengths.count == size && lengths[rank] == local.count, "allGather: lengths \(lengths)")
        let call: StaticString = "MPI_Allgatherv"
        counters.count(.allGather, elements: local.count, bytes: local.count * MemoryLayout<T>.stride)
        guard let handle = try handle(for: call) else {
            if let base = local.baseAddress { all.update(from: base, count: local.count) }
            return
        }
        let datatype = T.mpiDatatype.code
        if T.self == Double.self, let memory = try nodeMemory(), memory.canConcatenate(lengths) {
            memory.concatenate(
                local.baseAddress.map { UnsafeRawPointer($0).assumingMemoryBound(to: Double.self) }, lengths: lengths,
                into: UnsafeMutableRawPointer(all).assumingMemoryBound(to: Double.self))
            return
        }
        try concatenate(local, lengths: lengths, into: all, call: call) { send, count, receive, counts, displacements in
            cmpi_allgatherv(send, count, receive, counts, displacements, datatype, handle)
        }
    }

    /// The same as an array.
    package func allGather<T: MPIScalar>(_ local: [T], lengths: [Int]) throws(MPIError) -> [T] {
        var all = [T](repeating: .zero, count: lengths.reduce(0, +))
        try local.withUnsafeBufferPointer { (local) throws(MPIError) in
            try all.withUnsafeMutableBufferPointer { (all) throws(MPIError) in
                // Where nobody has anything there is nothing to be exchanged, on every rank alike.
                if let base = all.baseAddress { try allGather(local, lengths: lengths, into: base) }
            }
        }
        return all
    }

    /// Every rank's number, in rank order. Collective: one message.
    package func allGather(_ value: Int) throws(MPIError) -> [Int] {
        counters.count(.allGather, elements: 1, bytes: MemoryLayout<Int>.stride)
        guard let handle = try handle(for: "MPI_Allgather") else { return [value] }
        return try allLengths(value, handle: handle)
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
        var result = [T](repeating: .zero, count: isReceiver ? lengths.reduce(0, +) : 0)
        try local.withUnsafeBufferPointer { (local) throws(MPIError) in
            try result.withUnsafeMutableBufferPointer { (result) throws(MPIError) in
                try concatenate(
                    local, lengths: lengths, into: isReceiver ? result.baseAddress : nil, call: call, transmit)
            }
        }
        return isReceiver ? result : nil
    }

    /// Concatenates in rounds that fit MPI's counts.
    ///
    /// - Parameter result: nil on a rank that receives nothing.
    private func concatenate<T: MPIScalar>(
        _ local: UnsafeBufferPointer<T>, lengths: [Int], into result: UnsafeMutablePointer<T>?, call: StaticString,
        _ transmit: Concatenation
    ) throws(MPIError) {
        let total = lengths.reduce(0, +)
        let rounds = Rounds(
            longest: lengths.max() ?? 0, total: total, size: size, limit: pieceLimit)
        // With one round the ranks' parts are in place as they arrive; otherwise a round's parts
        // arrive together and are moved to where they belong.
        var arrived: [T] = []
        for round in 0..<rounds.count {
            let layout = rounds.layout(of: lengths, round: round)
            let own = rounds.part(of: local.count, round: round)
            counters.countMessage()
            func send(into receive: UnsafeMutableRawPointer?) -> Int32 {
                transmit(
                    local.baseAddress.map { UnsafeRawPointer($0 + own.lowerBound) }, Int32(own.count), receive,
                    layout.counts, layout.displacements)
            }
            if rounds.count == 1 {
                try MPIError.check(send(into: result.map { UnsafeMutableRawPointer($0) }), call)
                break
            }
            if result != nil && arrived.count < layout.total {
                arrived = [T](repeating: .zero, count: layout.total)
            }
            try MPIError.check(arrived.withUnsafeMutableBytes { send(into: $0.baseAddress) }, call)
            guard let result else { continue }
            var offset = 0
            arrived.withUnsafeBufferPointer { arrived in
                for (source, length) in lengths.enumerated() {
                    let part = rounds.part(of: length, round: round)
                    if let base = arrived.baseAddress {
                        (result + offset + part.lowerBound).update(
                            from: base + Int(layout.displacements[source]), count: part.count)
                    }
                    offset += length
                }
            }
        }
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
