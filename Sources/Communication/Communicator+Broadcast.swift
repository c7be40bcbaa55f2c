internal import CMPI

extension Communicator {
    /// Replaces the buffer by the one of `root`. Collective; the same length on every rank.
    public func broadcast<T: MPIScalar>(
        _ buffer: UnsafeMutableBufferPointer<T>, from root: Int = 0
    ) throws(MPIError) {
        countBroadcast(of: T.self, elements: buffer.count)
        try transmit(buffer, from: root)
    }

    /// Replaces numbers by those of rank 0. Collective.
    ///
    /// - Parameter isInCommon: whether the ranks of each node have them in common, so that only the nodes' first ranks
    ///   send them to each other.
    package func broadcast(_ buffer: UnsafeMutableBufferPointer<Double>, isInCommon: Bool) throws(MPIError) {
        guard isInCommon, let memory = nodeArrays?.memory else { return try broadcast(buffer) }
        countBroadcast(of: Double.self, elements: buffer.count)
        guard let base = buffer.baseAddress else { return }
        counters.countMessages(try memory.broadcast(base, count: buffer.count))
    }

    /// The array of `root`. Its length need not be known on the other ranks, whose arrays are
    /// ignored. Collective.
    public func broadcast<T: MPIScalar>(_ array: [T], from root: Int = 0) throws(MPIError) -> [T] {
        var length = array.count
        try withUnsafeMutablePointer(to: &length) { (pointer) throws(MPIError) in
            try transmit(UnsafeMutableBufferPointer(start: pointer, count: 1), from: root)
        }
        countBroadcast(of: T.self, elements: length)
        if size == 1 { return array }
        var result = rank == root ? array : [T](repeating: .zero, count: length)
        try result.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
            try transmit(buffer, from: root)
        }
        return result
    }

    /// The value of `root`. Collective.
    public func broadcast<T: MPIScalar>(_ value: T, from root: Int = 0) throws(MPIError) -> T {
        var result = value
        try withUnsafeMutablePointer(to: &result) { (pointer) throws(MPIError) in
            try broadcast(UnsafeMutableBufferPointer(start: pointer, count: 1), from: root)
        }
        return result
    }

    /// The text of `root`. Collective.
    public func broadcast(_ text: String, from root: Int = 0) throws(MPIError) -> String {
        let bytes = rank == root ? Array(text.utf8) : []
        return String(decoding: try broadcast(bytes, from: root), as: UTF8.self)
    }

    private func countBroadcast<T: MPIScalar>(of type: T.Type, elements: Int) {
        counters.count(.broadcast, elements: elements, bytes: elements * MemoryLayout<T>.stride)
    }

    private func transmit<T: MPIScalar>(
        _ buffer: UnsafeMutableBufferPointer<T>, from root: Int
    ) throws(MPIError) {
        let call: StaticString = "MPI_Bcast"
        let mpiRoot = try checkRoot(root, call)
        guard let handle = try handle(for: call) else { return }
        let datatype = T.mpiDatatype.code
        try inPieces(
            buffer.baseAddress, count: buffer.count, stride: MemoryLayout<T>.stride, call: call
        ) { cmpi_broadcast($0, $1, datatype, mpiRoot, handle) }
    }
}
