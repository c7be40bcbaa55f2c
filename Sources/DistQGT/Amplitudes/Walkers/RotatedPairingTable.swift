import LinearAlgebra

/// F^b[i, j] = (R_b F R_bᵀ)[i, j] of all pairs of modes and all rotations, the rotation fastest: what walkers of a projected
/// product of pairs read, brought up to date when parameters change. Shared by all walkers of a factor.
package final class RotatedPairingTable<S: MatrixScalar> {
    package let modeCount: Int
    package let rotations: [PairRotation]
    private let entries: ExpandedParameters<S>
    private let values: UnsafeMutablePointer<S>
    private var version: Int?
    private let memory = BufferSet()

    /// - Parameter entries: F of any two modes, row by row.
    package init(_ entries: ExpandedParameters<S>, _ rotations: [PairRotation], modeCount: Int) {
        precondition(entries.count == modeCount * modeCount)
        self.entries = entries
        self.rotations = rotations
        self.modeCount = modeCount
        values = memory.filled(with: .zero, count: modeCount * modeCount * rotations.count)
    }

    package func upToDate() -> UnsafePointer<S> {
        let f = entries.upToDate()
        guard version != entries.version else { return UnsafePointer(values) }
        version = entries.version
        for (number, rotation) in rotations.enumerated() {
            S.rotate(f, rotation, modeCount: modeCount, number: number, count: rotations.count, into: values)
        }
        return UnsafePointer(values)
    }
}
