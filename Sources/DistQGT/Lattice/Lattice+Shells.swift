extension Lattice {
    /// The bonds of the n-th neighbour shell, ascending.
    ///
    /// On a regular lattice the shells are the different distances between sites, each pair taken
    /// at its nearest periodic image: shell 1 holds the nearest pairs. On a graph shell 1 is the
    /// given edges and shell n the pairs n edges apart. Shell 1 always exists, if only empty (a
    /// single site).
    ///
    /// - Parameter shell: number of the shell from 1.
    /// - Throws: `LatticeError.shellNotPositive` or `.shellDoesNotExist`.
    public func edges(shell: Int) throws(LatticeError) -> [Edge] {
        guard shell > 0 else { throw .shellNotPositive(shell) }
        if shell == 1 && siteCount == 1 { return [] }
        return try kind == .graph ? graphEdges(shell: shell) : geometricEdges(shell: shell)
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
    /// vector; `nil` on a graph, which has no geometry.
    public func distance(_ site: Int, _ other: Int) -> Double? {
        guard let cell = kind.unitCell else { return nil }
        let displacement = siteCoordinates[site].indices.map { d in
            (siteCoordinates[other][d] - siteCoordinates[site][d]) * cell.subdivision
                + cell.basis[basisIndices[other]][d] - cell.basis[basisIndices[site]][d]
        }
        return cell.length(
            scaledSquare: cell.nearestImageSquare(displacement, periods: periods))
    }

    /// Cells per period, 0 in open directions.
    private var periods: [Int] { extent.indices.map { periodic[$0] ? extent[$0] : 0 } }

    private func geometricEdges(shell: Int) throws(LatticeError) -> [Edge] {
        guard let cell = kind.unitCell else { return [] }
        // Every displacement between two cells, up to periods: 0 ..< L in a periodic direction,
        // -(L-1) ... L-1 in an open one. All of them occur, so their distances are the shells.
        let offsets = extent.indices.map { d in
            periodic[d] ? Array(0..<extent[d]) : Array(-(extent[d] - 1)...extent[d] - 1)
        }
        struct Displacement {
            let cells: [Int]
            let from: Int
            let to: Int
            let square: Int
        }
        var displacements: [Displacement] = []
        let count = offsets.reduce(1) { $0 * $1.count }
        for index in 0..<count {
            let choice = Lattice.cellCoordinate(index, extent: offsets.map(\.count))
            let cells = choice.indices.map { offsets[$0][choice[$0]] }
            for from in cell.basis.indices {
                for to in cell.basis.indices {
                    let scaled = cells.indices.map { d in
                        cells[d] * cell.subdivision + cell.basis[to][d] - cell.basis[from][d]
                    }
                    let square = cell.nearestImageSquare(scaled, periods: periods)
                    if square > 0 {
                        displacements.append(
                            Displacement(cells: cells, from: from, to: to, square: square))
                    }
                }
            }
        }
        let squares = Set(displacements.map(\.square)).sorted()
        guard shell <= squares.count else {
            throw .shellDoesNotExist(shell: shell, existing: squares.count)
        }
        displacements.removeAll { $0.square != squares[shell - 1] }

        var edges = Set<Edge>()
        for site in 0..<siteCount {
            for displacement in displacements where displacement.from == basisIndices[site] {
                guard let target = translate(siteCoordinates[site], by: displacement.cells) else {
                    continue
                }
                let other = target * cell.basis.count + displacement.to
                if other != site { edges.insert(Edge(site, other)) }
            }
        }
        return edges.sorted()
    }

    /// The number of the cell at a displacement; `nil` beyond an open boundary.
    private func translate(_ coordinate: [Int], by cells: [Int]) -> Int? {
        var number = 0
        for d in extent.indices {
            var x = coordinate[d] + cells[d]
            if periodic[d] {
                x %= extent[d]
            } else if x < 0 || x >= extent[d] {
                return nil
            }
            number = number * extent[d] + x
        }
        return number
    }
}
