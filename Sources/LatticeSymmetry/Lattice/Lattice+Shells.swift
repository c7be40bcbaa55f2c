extension Lattice {
    /// The bonds of the n-th neighbour shell, ascending.
    ///
    /// The shells of a regular lattice are the different distances between sites of the infinite lattice, whatever the
    /// extent: shell 2 of a square lattice holds its diagonals. Steps of that length are folded back along periodic
    /// directions and dropped where they leave an open boundary or end where they began. So on a small lattice a shell
    /// may be empty, and a pair of sites may lie in several shells (once in each).
    ///
    /// On a graph shell 1 is the given edges and shell n the pairs n edges apart.
    ///
    /// - Parameter shell: number of the shell from 1.
    /// - Throws: `LatticeError.shellNotPositive`, or on a graph `.shellDoesNotExist`.
    public func edges(shell: Int) throws(LatticeError) -> [Edge] {
        guard shell > 0 else { throw .shellNotPositive(shell) }
        guard let cell = kind.unitCell else { return try graphEdges(shell: shell) }
        let steps = cell.steps(ofShell: shell)
        var edges = Set<Edge>()
        for site in 0..<siteCount {
            for step in steps where step.from == basisIndices[site] {
                let coordinate = extent.indices.map { siteCoordinates[site][$0] + step.cells[$0] }
                guard let target = self.cell(at: coordinate) else { continue }
                let other = target * cell.basis.count + step.to
                if other != site { edges.insert(Edge(site, other)) }
            }
        }
        return edges.sorted()
    }

    /// The neighbours of every site in a shell, each list ascending.
    public func neighbours(shell: Int) throws(LatticeError) -> [[Int]] {
        var lists = [[Int]](repeating: [], count: siteCount)
        for edge in try edges(shell: shell) {
            lists[edge.first].append(edge.second)
            lists[edge.second].append(edge.first)
        }
        return lists.map { $0.sorted() }
    }

    /// The distance of two sites at their nearest periodic images, in units of the first lattice
    /// vector; on a graph that of their positions, `nil` if it has none.
    public func distance(_ site: Int, _ other: Int) -> Double? {
        guard let cell = kind.unitCell else {
            guard hasPositions else { return nil }
            return zip(sitePositions[site], sitePositions[other])
                .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        }
        let displacement = siteCoordinates[site].indices.map { d in
            (siteCoordinates[other][d] - siteCoordinates[site][d]) * cell.subdivision
                + cell.basis[basisIndices[other]][d] - cell.basis[basisIndices[site]][d]
        }
        if let cluster {
            return cell.length(scaledSquare: cluster.nearestImage(displacement, cell).square)
        }
        return cell.length(
            scaledSquare: cell.nearestImageSquare(displacement, periods: periods))
    }

    /// The cells of the nearest image of a displacement on a cluster that vectors span, as those of a site in the same place of its
    /// cell; nil on any other lattice.
    package func nearestCells(from site: Int, to other: Int) -> [Int]? {
        guard let cell = kind.unitCell, let cluster else { return nil }
        let cells = zip(siteCoordinates[other], siteCoordinates[site]).map { ($0 - $1) * cell.subdivision }
        return cluster.nearestImage(cells, cell).displacement.map { $0 / cell.subdivision }
    }

    /// The momenta that the periods of a lattice allow, in units of the reciprocal lattice vectors, one for each cell; empty on a
    /// graph.
    public var momenta: [[Double]] {
        guard kind != .graph else { return [] }
        guard let cluster else {
            return (0..<extent.reduce(1, *)).map { cell in
                zip(Lattice.cellCoordinate(cell, extent: extent), extent).map { Double($0) / Double($1) }
            }
        }
        return cluster.momenta.map { $0.map { Double($0) / Double(cluster.cellCount) } }
    }

    /// Cells per period, 0 in open directions.
    private var periods: [Int] { extent.indices.map { periodic[$0] ? extent[$0] : 0 } }
}
