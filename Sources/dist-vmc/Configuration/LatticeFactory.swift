import DistQGT
import LatticeSymmetry

/// The sites and bonds that a `lattice` block describes.
struct LatticeModel {
    let lattice: Lattice
    /// Nearest-neighbour bonds: the given ones, otherwise the lattice's first shell.
    let edges: [Edge]
    /// The given second-neighbour bonds, or nil.
    private let givenSecondEdges: [Edge]?
    private let edgesAreGiven: Bool
    private let node: ConfigurationNode

    var siteCount: Int { lattice.siteCount }

    /// - Parameter node: a normalised `lattice` block, of a configuration or of a reference file.
    /// - Throws: `ConfigurationError` where the parts of the block do not fit together.
    init(_ node: ConfigurationNode) throws {
        self.node = node
        let type = try node.required("type").string()
        let siteCountNode = try node.optional("n_sites")
        let edgesNode = try node.optional("edges")
        if type == "graph" {
            guard let edgesNode else { throw node.error("a graph needs the key 'edges'") }
            let pairs = try edgesNode.list().map { try $0.integers() }
            guard siteCountNode != nil || !pairs.isEmpty else {
                throw node.error("a graph without edges needs the key 'n_sites'")
            }
            let siteCount = try siteCountNode?.integer() ?? 1 + (pairs.joined().max() ?? 0)
            edges = try Self.edges(edgesNode, siteCount: siteCount)
            let positions = try node.optional("site_coords").map { try Self.coordinates($0, siteCount: siteCount) }
            lattice = try node.describing { try Lattice(graph: pairs, siteCount: siteCount, positions: positions) }
        } else {
            guard let extentNode = try node.optional("extent") else {
                let cluster = try Self.cluster(node, type)
                edges =
                    try edgesNode.map { try Self.edges($0, siteCount: cluster.siteCount) }
                    ?? node.describing { try cluster.edges(shell: 1) }
                lattice = cluster
                edgesAreGiven = edgesNode != nil
                givenSecondEdges = try node.optional("edges_2").map { try Self.edges($0, siteCount: cluster.siteCount) }
                try Self.check(node, siteCount: cluster.siteCount)
                return
            }
            if let vectors = try node.optional("vectors") {
                throw vectors.error("stands in place of extent; accepted: one of the two")
            }
            let extent = try extentNode.integers()
            let flags = try node.required("pbc")
            let periodic: [Bool]
            if case .list(let items) = flags.content {
                guard items.count == extent.count else {
                    throw flags.error(
                        "found \(items.count) values; accepted: one, or \(extent.count), one per direction")
                }
                periodic = try items.map { try $0.boolean() }
            } else {
                periodic = [Bool](repeating: try flags.boolean(), count: extent.count)
            }
            let kind = try node.describing { try Lattice.kind(named: type) }
            var sites = kind.sitesPerCell
            for length in extent {
                let (product, overflow) = sites.multipliedReportingOverflow(by: length)
                guard !overflow, product <= Schema.maximumSites else {
                    throw extentNode.error("the lattice has more than \(Schema.maximumSites) sites")
                }
                sites = product
            }
            let regular = try extentNode.describing { try Lattice(kind, extent: extent, periodic: periodic) }
            edges =
                try edgesNode.map { try Self.edges($0, siteCount: sites) }
                ?? node.describing { try regular.edges(shell: 1) }
            lattice = regular
        }
        edgesAreGiven = edgesNode != nil
        givenSecondEdges = try node.optional("edges_2").map { [lattice] in
            try Self.edges($0, siteCount: lattice.siteCount)
        }
        try Self.check(node, siteCount: lattice.siteCount)
    }

    /// The cluster that the key `vectors` spans.
    private static func cluster(_ node: ConfigurationNode, _ type: String) throws -> Lattice {
        guard let vectors = try node.optional("vectors") else {
            throw node.error("the key 'extent' is missing; accepted: a list of numbers of cells, or the key 'vectors'")
        }
        let flags = try node.required("pbc")
        let values = if case .list(let items) = flags.content { items } else { [flags] }
        guard try values.allSatisfy({ try $0.boolean() }) else {
            throw flags.error("a cluster that vectors span is periodic; accepted: true")
        }
        let kind = try node.describing { try Lattice.kind(named: type) }
        return try vectors.describing {
            // Bounded before anything of it is made.
            let lattice = try Lattice(
                kind, spannedBy: vectors.list().map { try $0.integers() }, atMost: Schema.maximumSites)
            return lattice
        }
    }

    /// What only checks: the number of sites, and coordinates.
    private static func check(_ node: ConfigurationNode, siteCount: Int) throws {
        if let claimed = try node.optional("n_sites"), try claimed.integer() != siteCount {
            throw claimed.error("\(try claimed.integer()) does not fit the lattice, which has \(siteCount) sites")
        }
        if let coordinates = try node.optional("site_coords") {
            _ = try Self.coordinates(coordinates, siteCount: siteCount)
        }
    }

    /// Second-neighbour bonds: the given ones, otherwise the second shell of the infinite lattice, folded back.
    func secondEdges() throws -> [Edge] {
        if let givenSecondEdges { return givenSecondEdges }
        guard lattice.kind != .graph else { throw node.error("second neighbours on a graph need the key 'edges_2'") }
        return try node.describing { try lattice.edges(shell: 2) }
    }

    /// How the second neighbours of a small lattice differ from those of the infinite one, in words; nil where they do
    /// not, and where bonds are given.
    func secondNeighbourRemark() throws -> String? {
        guard givenSecondEdges == nil, lattice.kind != .graph else { return nil }
        let second = try lattice.edges(shell: 2)
        guard !second.isEmpty else { return "no effect, because no two sites of this lattice are second neighbours" }
        let shared = Set(second).intersection(edgesAreGiven ? [] : edges).count
        guard shared > 0 else { return nil }
        return
            "\(shared) of the \(second.count) pairs of second neighbours are neighbours as well, because a period is "
            + "so short; give edges_2 for other bonds"
    }

    /// The pairs of sites at most `distance` nearest-neighbour bonds apart.
    func pairs(withinBonds distance: Int) throws -> [Edge] {
        guard edgesAreGiven, lattice.kind != .graph else {
            return try node.describing { try lattice.pairs(withinBonds: distance) }
        }
        return try node.describing {
            try Lattice(graph: edges.map { [$0.first, $0.second] }, siteCount: siteCount).pairs(withinBonds: distance)
        }
    }

    /// Coordinates of every site, as many of each.
    private static func coordinates(_ node: ConfigurationNode, siteCount: Int) throws -> [[Double]] {
        let entries = try node.list()
        guard entries.count == siteCount else {
            throw node.error("has \(entries.count) entries for \(siteCount) sites")
        }
        let coordinates = try entries.map { try $0.list().map { try $0.real() } }
        let dimension = coordinates.first?.count ?? 0
        if let site = coordinates.firstIndex(where: { $0.count != dimension }) {
            throw entries[site].error(
                "has \(coordinates[site].count) numbers; accepted: \(dimension), as for site 0")
        }
        return coordinates
    }

    /// The bonds that a list of pairs gives; a pair that is repeated counts once.
    private static func edges(_ node: ConfigurationNode, siteCount: Int) throws -> [Edge] {
        var edges: Set<Edge> = []
        for pair in try node.list() {
            let sites = try pair.integers()
            guard sites.allSatisfy({ $0 < siteCount }) else {
                throw pair.error("the bond \(sites) leaves the sites 0 to \(siteCount - 1)")
            }
            guard sites[0] != sites[1] else { throw pair.error("the bond \(sites) joins a site to itself") }
            edges.insert(Edge(sites[0], sites[1]))
        }
        return edges.sorted()
    }
}

extension ConfigurationNode {
    /// Runs `body`; an error of the library becomes a configuration error at this value.
    func describing<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as ConfigurationError { throw error } catch {
            throw self.error(String(describing: error))
        }
    }
}
