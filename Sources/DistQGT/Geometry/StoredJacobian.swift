import LinearAlgebra

/// Memory for the rows of a Jacobian, reused from step to step: the same map as the linearisation that it is
/// filled from, with J and Jᵀ as products of stored rows, read once per fused product.
///
/// Cheaper than the tape where a product reads its weights many times per sample (convolutions, networks whose
/// cost per sample is large against their number of parameters) and the solve makes many products; dearer where
/// dense layers make P large. In single precision the rows are rounded to 6e-8 of themselves; vectors and
/// sums stay double.
public final class StoredJacobian {
    public let isSingle: Bool
    private var storage: (any RowStorage)?
    /// How often it was filled.
    private var version = 0
    private let chunkBytes: Int

    public convenience init(isSingle: Bool = false) {
        self.init(isSingle: isSingle, chunkBytes: Self.chunkBytes)
    }

    /// Rows, vector and sum have to share a core's second-level cache (1 MB is typical).
    static let chunkBytes = 1 << 19

    package init(isSingle: Bool = false, chunkBytes: Int) {
        self.isSingle = isSingle
        self.chunkBytes = chunkBytes
    }

    /// The rows of a linearisation as a linearisation of its own, which holds this memory and is valid until it is
    /// filled again, whatever becomes of the first. One backward pass per component of log ψ. Local.
    ///
    /// The memory is that of one network: every linearisation has the same layout and the same components.
    public func fill(from linearisation: Linearisation) -> Linearisation {
        let space = linearisation.space
        let rows = storage ?? makeStorage(linearisation.layout, components: space.components)
        precondition(rows.layout.count == linearisation.layout.count, "the memory is that of another network")
        storage = rows
        version += 1
        let number = version
        rows.reserve(blocks: space.sums.blocks)
        linearisation.forEachRowBlock(rows.store)
        return Linearisation(jacobian: rows, space: space, logPsi: linearisation.logPsi) { self.version == number }
    }

    /// Gives the memory back; what it was filled with is no longer valid. Local.
    public func release() {
        storage = nil
        version += 1
    }

    private func makeStorage(_ layout: ParameterLayout, components: Int) -> any RowStorage {
        isSingle
            ? StoredRows<Float>(layout, components: components, chunkBytes: chunkBytes)
            : StoredRows<Double>(layout, components: components, chunkBytes: chunkBytes)
    }

    /// Bytes in use.
    public var allocatedBytes: Int { storage?.allocatedBytes ?? 0 }

    /// Bytes of the rows of so many samples, before anything is allocated.
    public static func bytes(samples: Int, parameters: Int, components: Int, isSingle: Bool) -> Int {
        .bytes(ofReals: samples, parameters, components) / (isSingle ? 2 : 1)
    }
}
