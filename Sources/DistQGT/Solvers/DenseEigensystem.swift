import COpenBLAS
import Communication
import LinearAlgebra

/// The eigenvalues of a dense symmetric matrix on every rank, and its eigenvectors on every rank some at a time.
struct DenseEigensystem {
    private enum Vectors {
        /// One after the other, on rank 0; nil on the others.
        case ofFirstRank(RealBuffer?, Communicator)
        case spread(BlockCyclicEigensystem)
    }

    /// Eigenvectors that are on every rank together.
    static let blockWidth = 32

    /// Ascending.
    let values: [Double]
    private let vectors: Vectors

    /// Of a matrix that rank 0 has; nil, on every rank, if it is not finite or LAPACK does not converge. Collective: one
    /// broadcast.
    ///
    /// - Parameter matrix: asked for on rank 0 alone.
    init?(ofFirstRank communicator: Communicator, _ matrix: () -> SymmetricMatrix) throws {
        var found: (values: [Double], vectors: RealBuffer)?
        if communicator.rank == 0 {
            let matrix = matrix()
            found = matrix.isFinite ? matrix.eigensystem() : nil
        }
        let message = try communicator.broadcast([found == nil ? 0 : 1] + (found?.values ?? []))
        guard message[0] == 1 else { return nil }
        values = Array(message.dropFirst())
        vectors = .ofFirstRank(found?.vectors, communicator)
    }

    init(_ eigensystem: BlockCyclicEigensystem) {
        values = eigensystem.values
        vectors = .spread(eigensystem)
    }

    /// Gives all eigenvectors, n numbers each, in blocks. Collective: one broadcast of a block each, or one allreduce.
    ///
    /// - Parameter body: gets the number of the first of a block, and how many there are.
    func forEachBlock(
        _ body: (_ first: Int, _ count: Int, _ columns: UnsafePointer<Double>) throws -> Void
    ) throws {
        let size = values.count
        for first in stride(from: 0, to: size, by: Self.blockWidth) {
            let count = min(Self.blockWidth, size - first)
            let block: RealBuffer
            switch vectors {
            case .ofFirstRank(let all, let communicator):
                block = RealBuffer(count: count * size)
                if let all { block.pointer.update(from: all.pointer + first * size, count: count * size) }
                try communicator.broadcast(block.buffer)
            case .spread(let eigensystem): block = try eigensystem.columns(first..<first + count)
            }
            try withExtendedLifetime(block) { try body(first, count, block.pointer) }
        }
    }

    /// The sum of the eigenvectors times some coefficients, whole on every rank. Collective: one broadcast of n numbers, or one
    /// allreduce.
    ///
    /// - Parameter coefficients: the same on every rank.
    func combination(_ coefficients: [Double]) throws -> [Double] {
        let size = values.count
        switch vectors {
        case .ofFirstRank(let all, let communicator):
            var sum = [Double](repeating: 0, count: size)
            if let all, size > 0 {
                cblas_dgemv(
                    CblasColMajor, CblasNoTrans, blasint(size), blasint(size), 1, all.pointer, blasint(size),
                    coefficients, 1, 0, &sum, 1)
            }
            return try communicator.broadcast(sum)
        case .spread(let eigensystem): return try eigensystem.combination(coefficients)
        }
    }

    /// What making it of a matrix on rank 0, or of one that is spread over the ranks, sends beside ScaLAPACK's messages,
    /// all its blocks, and a combination.
    ///
    /// - Parameter rows: of the rank that has most; nil for a matrix on rank 0.
    static func messages(size: Int, spreadRows rows: Int?) -> [CollectiveRecord] {
        let blocks = stride(from: 0, to: size, by: blockWidth).map { first in
            CollectiveRecord.reals(min(blockWidth, size - first) * size, rows == nil ? .broadcast : .allReduce)
        }
        guard let rows else { return [.reals(size + 1, .broadcast)] + blocks + [.reals(size, .broadcast)] }
        let status = CollectiveRecord(kind: .allReduce, elements: 1, bytes: MemoryLayout<Int32>.stride)
        return [.reals(1), .reals(rows * size / 2, .allToAll), status, .reals(size, .broadcast)] + blocks + [
            .reals(size)
        ]
    }
}
