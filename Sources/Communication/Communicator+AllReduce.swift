internal import CMPI

extension Communicator {
    /// Replaces each element by its sum, maximum or minimum over the ranks, in place. Collective;
    /// the same length and operation on every rank.
    ///
    /// MPI recommends, but does not promise, that every rank receives the same bits; what decides
    /// something must be decided on one rank and broadcast. Maximum and minimum of NaN are undefined.
    public func allReduce<T: MPIScalar>(
        _ buffer: UnsafeMutableBufferPointer<T>, _ operation: ReductionOperation = .sum
    ) throws(MPIError) {
        let call: StaticString = "MPI_Allreduce"
        let stride = MemoryLayout<T>.stride
        counters.count(.allReduce, elements: buffer.count, bytes: buffer.count * stride)
        guard let handle = try handle(for: call) else { return }
        if operation == .sum, T.self == Double.self, let memory = try nodeMemory() {
            let numbers = buffer.baseAddress.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Double.self) }
            counters.countMessages(try memory.sum(UnsafeMutableBufferPointer(start: numbers, count: buffer.count)))
            return
        }
        let datatype = T.mpiDatatype.code
        let code = operation.code
        try inPieces(buffer.baseAddress, count: buffer.count, stride: stride, call: call) {
            cmpi_allreduce_in_place($0, $1, datatype, code, handle)
        }
    }

    /// Replaces each element of the array by its sum, maximum or minimum over the ranks. Collective;
    /// the same length and operation on every rank.
    public func allReduce<T: MPIScalar>(
        _ array: inout [T], _ operation: ReductionOperation = .sum
    ) throws(MPIError) {
        try array.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
            try allReduce(buffer, operation)
        }
    }

    /// The sum, maximum or minimum of the ranks' values. Collective.
    public func allReduce<T: MPIScalar>(
        _ value: T, _ operation: ReductionOperation = .sum
    ) throws(MPIError) -> T {
        var result = value
        try withUnsafeMutablePointer(to: &result) { (pointer) throws(MPIError) in
            try allReduce(UnsafeMutableBufferPointer(start: pointer, count: 1), operation)
        }
        return result
    }
}
