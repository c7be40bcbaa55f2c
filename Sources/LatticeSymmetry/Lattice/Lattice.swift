/// The sites of a finite lattice and which of them are neighbours.
///
/// Sites are numbered with the last cell coordinate fastest (`site = x·Ly + y` on a square lattice)
/// and, where a cell holds several sites (honeycomb 2, kagome 3), the basis index fastest of all.
/// The cells of a cluster that vectors span are those of the cell that they span, the origin first, then in ascending order.
/// Bonds are a set: however short a period is, a pair of sites counts once per shell, and a site is
/// never its own neighbour.
public struct Lattice: Sendable, Equatable {
    /// The lattices that can be asked for by name.
    public enum Kind: String, CaseIterable, Sendable {
        case chain, square, triangular, honeycomb, kagome, cube, graph

        /// Number of directions; `nil` for a graph.
        public var dimension: Int? { unitCell?.dimension }

        /// Number of sites in a unit cell; 1 for a graph.
        public var sitesPerCell: Int { unitCell?.basis.count ?? 1 }

        package var unitCell: UnitCell? {
            switch self {
            case .chain: return .hypercubic(1)
            case .square: return .hypercubic(2)
            case .cube: return .hypercubic(3)
            case .triangular: return .triangular
            case .honeycomb: return .honeycomb
            case .kagome: return .kagome
            case .graph: return nil
            }
        }
    }

    /// The names by which a configuration calls the lattices.
    public static let kindNames: [String] = Kind.allCases.map(\.rawValue)

    public let kind: Kind
    /// Number of cells in each direction; `[siteCount]` for a graph; of a cluster that vectors span, numbers whose product is
    /// that of its cells.
    public let extent: [Int]
    /// The cluster that vectors span; nil where the periods are along the lattice vectors.
    package let cluster: SpannedCluster?
    /// Whether each direction is periodic; `[false]` for a graph.
    public let periodic: [Bool]
    public let siteCount: Int
    /// Integer cell coordinates of every site (`siteCount × dimension`).
    public let siteCoordinates: [[Int]]
    /// Index of every site within its cell.
    public let basisIndices: [Int]
    /// Cartesian positions (`siteCount × dimension`), in units of the first lattice vector. For a
    /// graph those that it was given, otherwise the site number.
    public let sitePositions: [[Double]]
    /// Whether `sitePositions` mean anything: always but for a graph that was given none.
    public let hasPositions: Bool

    /// The edges of a graph as given, ascending; empty for the other kinds.
    package let graphEdges: [Edge]

    /// A regular lattice.
    ///
    /// - Parameters:
    ///   - kind: any kind but `graph`.
    ///   - extent: number of unit cells in each direction.
    ///   - periodic: one flag per direction, or one for all directions.
    /// - Throws: `LatticeError` where the numbers do not describe a lattice.
    public init(_ kind: Kind, extent: [Int], periodic: [Bool]) throws(LatticeError) {
        guard let cell = kind.unitCell else { throw .extentsDoNotDescribeAGraph }
        guard extent.count == cell.dimension else {
            throw .wrongNumberOfExtents(
                kind: kind.rawValue, expected: cell.dimension, found: extent.count)
        }
        var siteCount = cell.basis.count
        for (direction, length) in extent.enumerated() {
            guard length > 0 else {
                throw .extentNotPositive(direction: direction, extent: length)
            }
            let (product, overflow) = siteCount.multipliedReportingOverflow(by: length)
            guard !overflow, product <= Int(Int32.max) else { throw .tooManySites(extent: extent) }
            siteCount = product
        }
        guard periodic.count == 1 || periodic.count == extent.count else {
            throw .wrongNumberOfPeriodicFlags(
                kind: kind.rawValue, expected: cell.dimension, found: periodic.count)
        }

        self.kind = kind
        self.extent = extent
        self.periodic =
            periodic.count == extent.count
            ? periodic : [Bool](repeating: periodic[0], count: extent.count)
        self.siteCount = siteCount
        graphEdges = []
        cluster = nil
        (siteCoordinates, basisIndices, sitePositions) = Lattice.sites(
            of: cell, at: (0..<siteCount / cell.basis.count).map { Lattice.cellCoordinate($0, extent: extent) })
        hasPositions = true
    }

    /// A cluster of a regular lattice that integer vectors span, periodic along each of them: a tilted square, for instance.
    ///
    /// - Parameters:
    ///   - kind: any kind but `graph`.
    ///   - vectors: in cells along the lattice vectors, one for each direction.
    ///   - limit: sites that are accepted.
    /// - Throws: `LatticeError` where there are too few vectors or too many, they are linearly dependent, or there are too many
    ///   sites.
    public init(_ kind: Kind, spannedBy vectors: [[Int]], atMost limit: Int = .max) throws(LatticeError) {
        guard let cell = kind.unitCell else { throw .extentsDoNotDescribeAGraph }
        guard vectors.count == cell.dimension, vectors.allSatisfy({ $0.count == cell.dimension }) else {
            throw .wrongNumberOfVectors(kind: kind.rawValue, expected: cell.dimension, found: vectors)
        }
        let cluster = try SpannedCluster(vectors, atMost: min(limit, Int(Int32.max)) / cell.basis.count)
        self.kind = kind
        self.cluster = cluster
        extent = cluster.extent
        periodic = vectors.map { _ in true }
        siteCount = cluster.cellCount * cell.basis.count
        graphEdges = []
        (siteCoordinates, basisIndices, sitePositions) = Lattice.sites(of: cell, at: cluster.cells)
        hasPositions = true
    }

    /// The spanning vectors of a cluster, in cells along the lattice vectors; nil where the periods are along these.
    public var spanningVectors: [[Int]]? { cluster?.vectors }

    /// The sites of some cells.
    private static func sites(
        of cell: UnitCell, at cells: [[Int]]
    ) -> (coordinates: [[Int]], basisIndices: [Int], positions: [[Double]]) {
        var coordinates: [[Int]] = []
        var basisIndices: [Int] = []
        var positions: [[Double]] = []
        for site in 0..<cells.count * cell.basis.count {
            let basisIndex = site % cell.basis.count
            let coordinate = cells[site / cell.basis.count]
            let fractional = coordinate.indices.map { d in
                Double(coordinate[d])
                    + Double(cell.basis[basisIndex][d]) / Double(cell.subdivision)
            }
            coordinates.append(coordinate)
            basisIndices.append(basisIndex)
            positions.append(
                coordinate.indices.map { axis in
                    fractional.indices.reduce(0) { $0 + fractional[$1] * cell.vectors[$1][axis] }
                })
        }
        return (coordinates, basisIndices, positions)
    }

    /// A regular lattice with the same boundaries in every direction.
    public init(_ kind: Kind, extent: [Int], periodic: Bool = true) throws(LatticeError) {
        try self.init(kind, extent: extent, periodic: [periodic])
    }

    /// A graph given by its edges; it need not be connected.
    ///
    /// - Parameters:
    ///   - siteCount: number of sites; `nil` takes the largest site of an edge plus one.
    ///   - edges: pairs of site numbers from 0; a repeated pair counts once.
    ///   - positions: Cartesian, of every site, which give distances; nil for none.
    /// - Throws: `LatticeError` for an entry that is not a pair, leaves the sites or joins a site
    ///   to itself, or for positions that are not one for each site, all of one dimension.
    public init(
        graph edges: [[Int]], siteCount: Int? = nil, positions: [[Double]]? = nil
    ) throws(LatticeError) {
        let count = siteCount ?? (edges.joined().max() ?? -1) + 1
        guard count > 0 else { throw .siteCountNotPositive(count) }
        var set = Set<Edge>()
        for (index, sites) in edges.enumerated() {
            guard sites.count == 2 else { throw .edgeNotAPair(index: index, sites: sites) }
            guard sites.allSatisfy({ (0..<count).contains($0) }) else {
                throw .edgeOutOfRange(first: sites[0], second: sites[1], siteCount: count)
            }
            guard sites[0] != sites[1] else { throw .selfLoop(site: sites[0]) }
            set.insert(Edge(sites[0], sites[1]))
        }
        if let positions {
            guard positions.count == count else {
                throw .wrongNumberOfPositions(expected: count, found: positions.count)
            }
            let dimension = positions[0].count
            if let site = positions.firstIndex(where: { $0.count != dimension }) {
                throw .positionOfAnotherDimension(site: site, expected: dimension, found: positions[site].count)
            }
        }
        kind = .graph
        cluster = nil
        extent = [count]
        periodic = [false]
        self.siteCount = count
        siteCoordinates = (0..<count).map { [$0] }
        basisIndices = [Int](repeating: 0, count: count)
        sitePositions = positions ?? (0..<count).map { [Double($0)] }
        hasPositions = positions != nil
        graphEdges = set.sorted()
    }

    /// The kind called `name` in a configuration.
    ///
    /// - Throws: `LatticeError.unknownKind`, which lists the known names.
    public static func kind(named name: String) throws(LatticeError) -> Kind {
        guard let kind = Kind(rawValue: name) else { throw .unknownKind(name) }
        return kind
    }

    /// Cell number to cell coordinates, the last fastest.
    package static func cellCoordinate(_ cell: Int, extent: [Int]) -> [Int] {
        var rest = cell
        var coordinate = extent
        for d in extent.indices.reversed() {
            coordinate[d] = rest % extent[d]
            rest /= extent[d]
        }
        return coordinate
    }
}
