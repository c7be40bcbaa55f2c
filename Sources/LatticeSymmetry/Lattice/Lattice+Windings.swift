extension Lattice {
    /// How often each bond of a shell crosses the boundary of each direction upwards.
    ///
    /// - Parameter shell: number of the shell from 1; entry b belongs to `edges(shell:)[b]`.
    /// - Returns: per bond and direction the number of the step from `second` to `first`: +1 from coordinate L − 1 to
    ///   0, −1 from 0 to L − 1, 0 inside and along open directions. Nil where steps of the shell in several ways lead
    ///   from one site to the other, as with a period of 2.
    /// - Throws: `LatticeError.noCells` on a graph, `.shellNotPositive`.
    public func windings(shell: Int) throws(LatticeError) -> [[Int?]] {
        let edges = try edges(shell: shell)
        guard let cell = kind.unitCell else { throw .noCells }
        guard cluster == nil else { throw .hasNoRows }
        let steps = cell.steps(ofShell: shell)
        let basis = cell.basis.count
        return edges.map { edge in
            var found = [Set<Int>](repeating: [], count: extent.count)
            for step in steps where step.from == basisIndices[edge.second] {
                let end = extent.indices.map { siteCoordinates[edge.second][$0] + step.cells[$0] }
                guard let target = self.cell(at: end), target * basis + step.to == edge.first else { continue }
                for direction in extent.indices {
                    // The image of the lattice that the step ends in.
                    let image = end[direction] - siteCoordinates[edge.first][direction]
                    found[direction].insert(image / extent[direction])
                }
            }
            return found.map { $0.count == 1 ? $0.first : nil }
        }
    }

    /// The phase of each bond of a shell under twisted boundaries: Σ_d θ_d w_d, in radians.
    ///
    /// - Parameter twist: θ_d of each direction, in radians.
    /// - Throws: `LatticeError` where the twist has another number of angles than the lattice has directions, is not
    ///   finite, twists an open boundary, or one whose crossings are ambiguous (`windings`).
    public func phases(shell: Int, twist: [Double]) throws(LatticeError) -> [Double] {
        guard kind != .graph else { throw .noCells }
        guard cluster == nil else { throw .hasNoRows }
        guard twist.count == extent.count else {
            throw .wrongNumberOfTwistAngles(kind: kind.rawValue, expected: extent.count, found: twist.count)
        }
        for (direction, angle) in twist.enumerated() {
            guard angle.isFinite else { throw .twistNotFinite(direction: direction) }
            guard angle == 0 || periodic[direction] else { throw .twistOfOpenBoundary(direction: direction) }
        }
        var phases: [Double] = []
        for windings in try windings(shell: shell) {
            var phase = 0.0
            for (direction, angle) in twist.enumerated() where angle != 0 {
                guard let winding = windings[direction] else {
                    throw .twistAmbiguous(shell: shell, direction: direction, extent: extent[direction])
                }
                phase += angle * Double(winding)
            }
            phases.append(phase)
        }
        return phases
    }
}
