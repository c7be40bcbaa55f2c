internal import CMPI

extension Communicator {
    /// Sends `toEach[r]` to rank r and returns what the ranks sent here, in rank order. The lengths
    /// may differ and may be zero. Collective.
    ///
    /// - Parameter toEach: one array for each rank.
    public func allToAll<T: MPIScalar>(_ toEach: [[T]]) throws(MPIError) -> [[T]] {
        let call: StaticString = "MPI_Alltoallv"
        guard toEach.count == size else {
            throw MPIError.invalidArgument(call, "\(toEach.count) arrays for \(size) ranks")
        }
        let sendLengths = toEach.map(\.count)
        let sendTotal = sendLengths.reduce(0, +)
        counters.count(
            .allToAll, elements: sendTotal, bytes: sendTotal * MemoryLayout<T>.stride)
        guard let handle = try handle(for: call) else { return toEach }

        let receiveLengths = try exchangeLengths(sendLengths, handle: handle)
        let rounds = try agreeOnRounds(
            sendLengths: sendLengths, receiveLengths: receiveLengths, handle: handle)

        let datatype = T.mpiDatatype.code
        var fromEach: [[T]] = receiveLengths.map { [T](repeating: .zero, count: $0) }
        for round in 0..<rounds.count {
            let sendLayout = rounds.layout(of: sendLengths, round: round)
            let receiveLayout = rounds.layout(of: receiveLengths, round: round)
            var send: [T] = []
            send.reserveCapacity(sendLayout.total)
            for array in toEach {
                send.append(contentsOf: array[rounds.part(of: array.count, round: round)])
            }
            var received = [T](repeating: .zero, count: receiveLayout.total)
            counters.countMessage()
            let code = send.withUnsafeBytes { source in
                received.withUnsafeMutableBytes { target in
                    cmpi_alltoallv(
                        source.baseAddress, sendLayout.counts, sendLayout.displacements,
                        target.baseAddress, receiveLayout.counts, receiveLayout.displacements,
                        datatype, handle)
                }
            }
            try MPIError.check(code, call)
            for source in 0..<size {
                let part = rounds.part(of: receiveLengths[source], round: round)
                let start = Int(receiveLayout.displacements[source])
                fromEach[source].replaceSubrange(part, with: received[start..<(start + part.count)])
            }
        }
        return fromEach
    }

    /// The lengths of the arrays that the other ranks have for this one.
    private func exchangeLengths(
        _ sendLengths: [Int], handle: cmpi_communicator
    ) throws(MPIError) -> [Int] {
        var receiveLengths = [Int](repeating: 0, count: size)
        counters.countMessage()
        let code = sendLengths.withUnsafeBytes { source in
            receiveLengths.withUnsafeMutableBytes { target in
                cmpi_alltoall(
                    source.baseAddress, target.baseAddress, 1, Int.mpiDatatype.code, handle)
            }
        }
        try MPIError.check(code, "MPI_Alltoall")
        return receiveLengths
    }

    /// All ranks make the same number of rounds, though each sees only its own lengths.
    private func agreeOnRounds(
        sendLengths: [Int], receiveLengths: [Int], handle: cmpi_communicator
    ) throws(MPIError) -> Rounds {
        var extremes = [
            max(sendLengths.max() ?? 0, receiveLengths.max() ?? 0),
            max(sendLengths.reduce(0, +), receiveLengths.reduce(0, +)),
        ]
        counters.countMessage()
        let code = extremes.withUnsafeMutableBytes {
            cmpi_allreduce_in_place($0.baseAddress, 2, Int.mpiDatatype.code, CMPI_MAXIMUM, handle)
        }
        try MPIError.check(code, "MPI_Allreduce")
        return Rounds(longest: extremes[0], total: extremes[1], size: size, limit: pieceLimit)
    }
}
