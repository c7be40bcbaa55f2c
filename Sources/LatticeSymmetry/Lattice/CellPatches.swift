/// A regular lattice cut into equal patches of cells.
public struct CellPatches: Sendable, Equatable {
    /// Patches along each lattice vector.
    public let extent: [Int]
    /// The sites of every patch: its cells with the last direction running fastest, the sites of a cell together.
    public let sites: [[Int]]
    /// patches × patches: the number of the displacement from the first patch to the second. Displacements that
    /// periods take into each other count as one.
    public let displacements: [Int]
    /// Different displacements: as many as patches where every direction is periodic.
    public let displacementCount: Int

    public var count: Int { sites.count }

    /// - Parameter patch: cells of a patch along each lattice vector.
    /// - Throws: `LatticeError` on a graph, or where a patch does not divide a direction.
    public init(_ lattice: Lattice, patch: [Int]) throws(LatticeError) {
        try lattice.requireCells()
        try lattice.checkFit(patch) { patch, length in patch > 0 && length % patch == 0 }
        let extent = lattice.extent.indices.map { lattice.extent[$0] / patch[$0] }
        let count = extent.reduce(1, *)
        let basis = lattice.kind.sitesPerCell
        let size = patch.reduce(1, *)
        let corners = (0..<count).map { Lattice.cellCoordinate($0, extent: extent) }
        sites = corners.map { corner in
            (0..<size).flatMap { element -> [Int] in
                let place = Lattice.cellCoordinate(element, extent: patch)
                let cell = corner.indices.reduce(0) { sum, direction in
                    sum * lattice.extent[direction] + corner[direction] * patch[direction] + place[direction]
                }
                return (0..<basis).map { cell * basis + $0 }
            }
        }
        // 0 … n − 1 in a periodic direction, −(n − 1) … n − 1 in an open one.
        let lengths = extent.indices.map { lattice.periodic[$0] ? extent[$0] : 2 * extent[$0] - 1 }
        displacements = corners.flatMap { first in
            corners.map { second in
                first.indices.reduce(0) { number, direction in
                    let difference = second[direction] - first[direction]
                    let place =
                        lattice.periodic[direction]
                        ? (difference + extent[direction]) % extent[direction] : difference + extent[direction] - 1
                    return number * lengths[direction] + place
                }
            }
        }
        displacementCount = lengths.reduce(1, *)
        self.extent = extent
    }
}
