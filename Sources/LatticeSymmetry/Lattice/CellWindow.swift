/// The cells that the window of a convolution covers around every cell of a regular lattice.
///
/// The window has k_d cells along lattice vector d, displaced by −(k_d − 1)/2 … k_d/2 (integer division). On
/// lattices whose vectors are not orthogonal it is the parallelogram that they span.
public struct CellWindow: Sendable, Equatable {
    /// Cells of the window along each lattice vector.
    public let extent: [Int]
    public let cellCount: Int
    public let sitesPerCell: Int
    /// cells × window, the last direction running fastest in both: the cell that lies there, or nil beyond an open
    /// boundary.
    public let cells: [Int?]

    /// Cells of the window.
    public var size: Int { extent.reduce(1, *) }

    /// - Throws: `LatticeError` on a graph, or where a window does not fit a direction.
    public init(_ lattice: Lattice, extent window: [Int]) throws(LatticeError) {
        try lattice.requireCells()
        try lattice.checkFit(window) { window, length in (1...length).contains(window) }
        extent = window
        sitesPerCell = lattice.kind.sitesPerCell
        cellCount = lattice.siteCount / sitesPerCell
        let size = window.reduce(1, *)
        cells = (0..<cellCount).flatMap { cell -> [Int?] in
            let centre = Lattice.cellCoordinate(cell, extent: lattice.extent)
            return (0..<size).map { element in
                let place = Lattice.cellCoordinate(element, extent: window)
                return lattice.cell(at: centre.indices.map { centre[$0] + place[$0] - (window[$0] - 1) / 2 })
            }
        }
    }
}

extension Lattice {
    package func requireCells() throws(LatticeError) {
        guard kind != .graph else { throw .noCells }
        guard cluster == nil else { throw .hasNoRows }
    }

    /// - Parameter fits: whether a number of cells suits the extent of its direction.
    package func checkFit(_ cells: [Int], _ fits: (Int, Int) -> Bool) throws(LatticeError) {
        guard cells.count == extent.count else {
            throw .wrongNumberOfExtents(kind: kind.rawValue, expected: extent.count, found: cells.count)
        }
        for (direction, count) in cells.enumerated() where !fits(count, extent[direction]) {
            throw .doesNotFit(cells: count, direction: direction, extent: extent[direction])
        }
    }

    /// The cell with these coordinates, taken back into the lattice along periodic directions; nil beyond an open
    /// boundary.
    package func cell(at coordinate: [Int]) -> Int? {
        if let cluster { return cluster.number(coordinate) }
        var cell = 0
        for (direction, length) in extent.enumerated() {
            var place = coordinate[direction]
            if periodic[direction] {
                place = (place % length + length) % length
            } else if !(0..<length).contains(place) {
                return nil
            }
            cell = cell * length + place
        }
        return cell
    }
}
