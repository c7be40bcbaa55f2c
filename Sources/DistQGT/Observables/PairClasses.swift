import LatticeSymmetry

/// Pairs of sites sorted into classes, over which correlations are averaged.
public struct PairClasses: Sendable {
    /// Ascending.
    public let pairs: [Edge]
    /// The class of each pair.
    public let classOfPair: [Int]
    /// Pairs in each class; none is empty.
    public let sizes: [Int]
    /// Which way each pair goes along the displacement that its class stands for: 1 from the first site to the second, −1
    /// from the second to the first, 0 where the class has no direction.
    let directions: [Int8]

    /// - Parameters:
    ///   - keys: of each pair; pairs with equal keys make a class. Classes are numbered in the order of `isBefore`.
    ///   - directions: of each pair; nil for none.
    init<Key: Hashable>(
        _ pairs: [Edge], keys: [Key], directions: [Int8]? = nil, isBefore: (Key, Key) -> Bool
    ) {
        let ordered = Set(keys).sorted(by: isBefore)
        var number: [Key: Int] = [:]
        for (index, key) in ordered.enumerated() { number[key] = index }
        var sizes = [Int](repeating: 0, count: ordered.count)
        var classes: [Int] = []
        for key in keys {
            let index = number[key] ?? 0
            sizes[index] += 1
            classes.append(index)
        }
        self.pairs = pairs
        classOfPair = classes
        self.sizes = sizes
        self.directions = directions ?? [Int8](repeating: 0, count: pairs.count)
    }

    /// A class for every pair.
    public init(separate pairs: [Edge]) {
        self.init(
            pairs, keys: Array(pairs.indices), directions: [Int8](repeating: 1, count: pairs.count), isBefore: <)
    }

    /// All pairs of `siteCount` sites.
    public static func allPairs(siteCount: Int) -> [Edge] {
        (0..<siteCount).flatMap { first in (first + 1..<siteCount).map { Edge(first, $0) } }
    }
}

extension Lattice {
    /// All pairs of sites by their distance, each pair taken at its nearest periodic images; nil on a graph without
    /// positions, which has no distances.
    public func pairsByDistance() -> (classes: PairClasses, distances: [Double])? {
        let pairs = PairClasses.allPairs(siteCount: siteCount)
        var keys = pairs.compactMap { distance($0.first, $0.second) }
        guard keys.count == pairs.count else { return nil }
        // Positions that are given are rounded; those of a regular lattice compare exactly.
        if kind == .graph { keys = Lattice.withoutRounding(keys) }
        return (PairClasses(pairs, keys: keys, isBefore: <), Set(keys).sorted())
    }

    /// The smallest of those that differ by rounding in place of each of some lengths.
    private static func withoutRounding(_ lengths: [Double]) -> [Double] {
        let tolerance = 1e-9 * (lengths.max() ?? 0)
        var representative: [Double: Double] = [:]
        var last = -Double.infinity
        var first = last
        for length in Set(lengths).sorted() {
            if length - last > tolerance { first = length }
            representative[length] = first
            last = length
        }
        return lengths.map { representative[$0] ?? $0 }
    }

    /// The displacement between two sites: cells, each in −L/2 < x ≤ L/2 where the direction is periodic, and the
    /// places of the sites in their cells. On a cluster that vectors span the cells of the nearest image.
    public struct Displacement: Hashable, Sendable {
        public let cells: [Int]
        public let from: Int
        public let to: Int

        fileprivate static func isBefore(_ one: Displacement, _ other: Displacement) -> Bool {
            if one.from != other.from { return one.from < other.from }
            if one.to != other.to { return one.to < other.to }
            return one.cells.lexicographicallyPrecedes(other.cells)
        }
    }

    /// All pairs of sites by their displacement, which on a lattice that is periodic in all directions means
    /// averaging over translations; a displacement and its opposite are one class. Nil on a graph.
    public func pairsByDisplacement() -> (classes: PairClasses, displacements: [Displacement])? {
        guard kind != .graph else { return nil }
        let pairs = PairClasses.allPairs(siteCount: siteCount)
        var directions: [Int8] = []
        let keys = pairs.map { pair -> Displacement in
            let forwards = displacement(from: pair.first, to: pair.second)
            let backwards = displacement(from: pair.second, to: pair.first)
            // Of the two ways the one that points forwards along the first direction in which they differ.
            let isForwards =
                forwards.from != backwards.from
                ? forwards.from < backwards.from : backwards.cells.lexicographicallyPrecedes(forwards.cells)
            directions.append(forwards == backwards ? 0 : isForwards ? 1 : -1)
            return isForwards || forwards == backwards ? forwards : backwards
        }
        return (
            PairClasses(pairs, keys: keys, directions: directions, isBefore: Displacement.isBefore),
            Set(keys).sorted(by: Displacement.isBefore)
        )
    }

    func displacement(from site: Int, to other: Int) -> Displacement {
        if let cells = nearestCells(from: site, to: other) {
            return Displacement(cells: cells, from: basisIndices[site], to: basisIndices[other])
        }
        let cells = extent.indices.map { d -> Int in
            let difference = siteCoordinates[other][d] - siteCoordinates[site][d]
            guard periodic[d] else { return difference }
            let remainder = ((difference % extent[d]) + extent[d]) % extent[d]
            return 2 * remainder > extent[d] ? remainder - extent[d] : remainder
        }
        return Displacement(cells: cells, from: basisIndices[site], to: basisIndices[other])
    }

    /// k·r in radians.
    ///
    /// - Parameter momentum: in units of the reciprocal lattice vectors, one number per direction.
    public func phase(of displacement: Displacement, momentum: [Double]) -> Double {
        guard let cell = kind.unitCell else { return 0 }
        var turns = 0.0
        for d in extent.indices {
            let inCell =
                Double(cell.basis[displacement.to][d] - cell.basis[displacement.from][d]) / Double(cell.subdivision)
            turns += momentum[d] * (Double(displacement.cells[d]) + inCell)
        }
        return 2 * .pi * turns
    }
}
