import Communication
import LinearAlgebra

/// The geometric tensor S + D on blocks of vectors whose rows, parameters, are spread over the ranks. Every product
/// applies it to the whole block in one pass over the samples.
final class TensorBlockMap: HermitianBlockMap {
    private let tensor: QuantumGeometricTensor
    private let shard: Shard
    private var vector: ParameterVector
    private var image: ParameterVector

    /// - Precondition: fused centring.
    init(_ tensor: QuantumGeometricTensor) {
        let communicator = tensor.linearisation.space.communicator
        self.tensor = tensor
        shard = .block(of: tensor.linearisation.layout.count, rank: communicator.rank, size: communicator.size)
        vector = tensor.makeDomainVector()
        image = tensor.makeDomainVector()
    }

    var dimension: Int { tensor.linearisation.layout.count }
    var rows: Range<Int> { shard.range }
    var isComplex: Bool { false }

    /// Collective: one allgather of the block, one allreduce.
    func apply(_ x: TallMatrix, into y: TallMatrix) throws {
        let columns = x.columns
        if vector.vectors != columns {
            vector = ParameterVector(tensor.linearisation.layout, vectors: columns)
            image = vector.makeZero()
        }
        let whole = try tensor.linearisation.space.communicator.allGather(Array(x.storage.prefix(x.rows * columns)))
        for column in 0..<columns {
            let target = vector.pointer(vector: column)
            for row in 0..<dimension { target[row] = whole[row * columns + column] }
        }
        try tensor.apply(vector, into: image)
        for column in 0..<columns {
            let source = image.pointer(vector: column) + shard.offset
            for row in 0..<shard.count { y.storage[row * columns + column] = source[row] }
        }
    }
}
