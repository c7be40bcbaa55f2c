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
        for (number, rotation) in rotations.enumerated() { write(f, rotation, number) }
        return UnsafePointer(values)
    }

    private func write(_ f: UnsafePointer<S>, _ rotation: PairRotation, _ number: Int) {
        let count = rotations.count
        guard rotation != .identity else {
            for place in 0..<modeCount * modeCount { values[place * count + number] = f[place] }
            return
        }
        let sites = modeCount / 2
        let (cc, ss) = (rotation.cosine * rotation.cosine, rotation.sine * rotation.sine)
        let cs = rotation.cosine * rotation.sine
        func entry(_ i: Int, _ j: Int) -> S { f[i * modeCount + j] }
        func set(_ i: Int, _ j: Int, _ value: S) { values[(i * modeCount + j) * count + number] = value }
        for i in 0..<sites {
            for j in 0..<sites {
                let (a, d) = (entry(i, j), entry(sites + i, sites + j))
                let (b, t) = (entry(i, sites + j), entry(j, sites + i))
                let across = b.scaled(by: cc) + t.scaled(by: ss) + (a - d).scaled(by: cs)
                set(i, j, a.scaled(by: cc) + d.scaled(by: ss) + (t - b).scaled(by: cs))
                set(sites + i, sites + j, a.scaled(by: ss) + d.scaled(by: cc) + (b - t).scaled(by: cs))
                set(i, sites + j, across)
                set(sites + j, i, -across)
            }
        }
    }
}
