/// A division of the sites in two parts, found bond by bond (disjoint sets with parity).
struct Bipartition {
    private var parent: [Int]
    /// Whether a site lies in the other part than its parent.
    private var differs: [Bool]

    init(siteCount: Int) {
        parent = Array(0..<siteCount)
        differs = [Bool](repeating: false, count: siteCount)
    }

    /// Demands that two sites lie in different parts, or in the same; false if that contradicts an
    /// earlier demand.
    mutating func join(_ site: Int, _ other: Int, differ: Bool) -> Bool {
        let (root, parity) = find(site)
        let (otherRoot, otherParity) = find(other)
        let demanded = differ != (parity != otherParity)
        if root == otherRoot { return !demanded }
        parent[otherRoot] = root
        differs[otherRoot] = demanded
        return true
    }

    /// ±1 for each site: +1 in the part of the first site that it is joined with.
    mutating func signs() -> [Int] {
        var firstParity: [Int: Bool] = [:]
        return parent.indices.map { site in
            let (root, parity) = find(site)
            let first = firstParity[root] ?? parity
            firstParity[root] = first
            return parity == first ? 1 : -1
        }
    }

    private mutating func find(_ site: Int) -> (root: Int, parity: Bool) {
        var root = site
        var parity = false
        while parent[root] != root {
            parity = parity != differs[root]
            root = parent[root]
        }
        // Shorten the way for the next search.
        parent[site] = root
        differs[site] = site == root ? false : parity
        return (root, parity)
    }
}
