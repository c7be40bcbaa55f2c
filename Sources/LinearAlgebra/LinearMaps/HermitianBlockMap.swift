/// A Hermitian map that is applied to several vectors at once, with the rows of vectors spread over ranks.
package protocol HermitianBlockMap {
    /// Number of rows over all ranks.
    var dimension: Int { get }
    /// This rank's rows.
    var rows: Range<Int> { get }
    var isComplex: Bool { get }
    /// y ← this rank's rows of A·x, column by column. Collective.
    func apply(_ x: TallMatrix, into y: TallMatrix) throws
}

/// x ↦ −A x: what is highest becomes lowest.
package struct Negated<Base: HermitianBlockMap>: HermitianBlockMap {
    private let base: Base

    package init(_ base: Base) { self.base = base }

    package var dimension: Int { base.dimension }
    package var rows: Range<Int> { base.rows }
    package var isComplex: Bool { base.isComplex }
    package func apply(_ x: TallMatrix, into y: TallMatrix) throws {
        try base.apply(x, into: y)
        for index in y.storage.indices { y.storage[index] = -y.storage[index] }
    }
}
