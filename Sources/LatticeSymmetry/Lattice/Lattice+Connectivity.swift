extension Lattice {
    /// The number of nearest-neighbour bonds between a site and every other: −1 where no path
    /// leads.
    public func bondDistances(from site: Int) throws(LatticeError) -> [Int] {
        Lattice.bondDistances(from: site, neighbours: try neighbours(shell: 1))
    }

    /// The pairs of sites that are at most `distance` nearest-neighbour bonds apart, ascending.
    ///
    /// - Throws: `LatticeError.shellNotPositive` for a distance below 1.
    public func pairs(withinBonds distance: Int) throws(LatticeError) -> [Edge] {
        guard distance > 0 else { throw .shellNotPositive(distance) }
        let neighbours = try neighbours(shell: 1)
        var pairs: [Edge] = []
        for site in 0..<siteCount {
            let distances = Lattice.bondDistances(
                from: site, neighbours: neighbours, limit: distance)
            for other in site + 1..<siteCount where distances[other] > 0 {
                pairs.append(Edge(site, other))
            }
        }
        return pairs
    }

    /// The sublattice (0 or 1) of every site if nearest neighbours always lie on different
    /// sublattices, `nil` if the lattice is not bipartite. The first site of every connected part
    /// is on sublattice 0.
    public func sublattices() throws(LatticeError) -> [Int]? {
        let neighbours = try neighbours(shell: 1)
        var sublattice = [Int](repeating: -1, count: siteCount)
        for start in 0..<siteCount where sublattice[start] < 0 {
            sublattice[start] = 0
            var queue = [start]
            while let site = queue.popLast() {
                for other in neighbours[site] {
                    if sublattice[other] < 0 {
                        sublattice[other] = 1 - sublattice[site]
                        queue.append(other)
                    } else if sublattice[other] == sublattice[site] {
                        return nil
                    }
                }
            }
        }
        return sublattice
    }

    package func graphEdges(shell: Int) throws(LatticeError) -> [Edge] {
        if shell == 1 { return graphEdges }
        let neighbours = try neighbours(shell: 1)
        var edges: [Edge] = []
        var furthest = 1
        for site in 0..<siteCount {
            let distances = Lattice.bondDistances(from: site, neighbours: neighbours)
            furthest = max(furthest, distances.max() ?? 1)
            for other in site + 1..<siteCount where distances[other] == shell {
                edges.append(Edge(site, other))
            }
        }
        guard shell <= furthest else {
            throw .shellDoesNotExist(shell: shell, existing: furthest)
        }
        return edges
    }

    /// Breadth-first search up to `limit` bonds; −1 where it did not arrive.
    private static func bondDistances(
        from site: Int, neighbours: [[Int]], limit: Int = .max
    ) -> [Int] {
        var distances = [Int](repeating: -1, count: neighbours.count)
        distances[site] = 0
        var frontier = [site]
        var distance = 0
        while !frontier.isEmpty && distance < limit {
            distance += 1
            var next: [Int] = []
            for current in frontier {
                for other in neighbours[current] where distances[other] < 0 {
                    distances[other] = distance
                    next.append(other)
                }
            }
            frontier = next
        }
        return distances
    }
}
