import DistQGT
import LatticeSymmetry
import RunFiles

extension ObservableRequest {
    /// What tells a quantity from the others of its component: members of its JSON object, and text.
    typealias PairLabel = (members: [(String, JSONValue)], text: String)

    static func items(
        _ components: [PairReduction.Component], _ labels: [PairLabel], block: String, precision: Double
    ) throws -> [Item] {
        components.flatMap { component in
            labels.map { label in
                var members: JSONObject = ["component": .string(component.rawValue)]
                for (key, value) in label.members { members[key] = value }
                return Item(
                    block: block, labels: members, name: "\(component.rawValue) \(label.text)", precision: precision)
            }
        }
    }

    static func correlations(
        _ block: ConfigurationNode, _ problem: Problem
    ) throws -> (PairReduction, [PairLabel]) {
        let components = try pairComponents(block)
        let pairsNode = try block.optional("pairs")
        let averageNode = try block.optional("average")
        let averaging: Schema.Averaging =
            try averageNode.map { _ in try block.named("average") } ?? (pairsNode == nil ? .distance : .pair)
        if let averageNode, pairsNode != nil, averaging != .pair {
            throw averageNode.error("means nothing with 'pairs'; accepted: pair")
        }
        guard problem.siteCount > 1 else { throw block.error("a single site has no pairs") }
        try requireFewPairs(block, problem)
        let lattice = problem.lattice
        func refused(_ missing: String, _ accepted: String) -> ConfigurationError {
            (averageNode ?? block).error("a graph has no \(missing); accepted: average: \(accepted)")
        }
        let distanceHint = "distance, where the run's lattice has site_coords"
        switch averaging {
        case .distance:
            guard let (classes, distances) = lattice.pairsByDistance() else {
                throw refused("distances", "pair; or \(distanceHint)")
            }
            let labels = zip(distances, classes.sizes).map { distance, size -> PairLabel in
                (
                    [("distance", .number(distance)), ("pairs", .integer(size))],
                    "at distance \(TerminalNumber.short(distance))"
                )
            }
            return (.averages(classes, components: components), labels)
        case .displacement:
            guard let (classes, displacements) = lattice.pairsByDisplacement() else {
                throw refused("translations", "pair; or \(distanceHint)")
            }
            let hasBasis = lattice.kind.sitesPerCell > 1
            let labels = zip(displacements, classes.sizes).map { displacement, size -> PairLabel in
                var members: [(String, JSONValue)] = [
                    ("displacement", JSONValue(displacement.cells)), ("pairs", .integer(size)),
                ]
                if hasBasis { members.append(("basis", JSONValue([displacement.from, displacement.to]))) }
                let basis = hasBasis ? ", basis \(displacement.from) to \(displacement.to)" : ""
                return (members, "at \(displacement.cells)\(basis)")
            }
            return (.averages(classes, components: components), labels)
        case .pair:
            let pairs =
                try pairsNode.map { try givenPairs($0, problem.siteCount) }
                ?? PairClasses.allPairs(siteCount: problem.siteCount)
            let labels = pairs.map { pair -> PairLabel in
                ([("sites", JSONValue([pair.first, pair.second]))], "of \(pair.first), \(pair.second)")
            }
            return (.averages(PairClasses(separate: pairs), components: components), labels)
        }
    }

    /// How a structure factor is measured.
    enum StructureFactorWay {
        /// Of σᶻ alone, from the configuration: k·r of each momentum and site.
        case diagonal(phases: [[Double]])
        /// From the correlations of all pairs.
        case pairs(PairReduction)
    }

    /// The largest number of phases, momenta times sites or pairs: 64 MB or 256 MB of them.
    private static let maximumPhases = 1 << 22
    private static let maximumPairPhases = 1 << 24

    static func structureFactor(_ block: ConfigurationNode, _ problem: Problem) throws -> (
        way: StructureFactorWay, components: [PairReduction.Component], labels: [PairLabel]
    ) {
        let lattice = problem.lattice
        guard lattice.hasPositions else {
            throw block.error("a graph has no momenta; accepted: a run whose lattice has site_coords")
        }
        let momenta = try momenta(block, lattice)
        let components = try pairComponents(block)
        let labels = momenta.map { k -> PairLabel in
            ([("momentum", JSONValue(k))], "at k = [\(k.map(TerminalNumber.short).joined(separator: ", "))]")
        }
        let phases = momenta.compactMap { lattice.phases(momentum: $0) }
        if components == [.zz] {
            try requireFew(momenta.count * lattice.siteCount, maximumPhases, "momenta and sites", block)
            return (.diagonal(phases: phases), components, labels)
        }
        try requireFewPairs(block, problem)
        if lattice.kind == .graph {
            let pairs = lattice.siteCount * (lattice.siteCount - 1) / 2
            try requireFew(momenta.count * pairs, maximumPairPhases, "momenta and pairs", block)
        }
        guard let reduction = PairReduction.structureFactor(on: lattice, momenta: momenta, components: components)
        else { throw block.error("a graph has no momenta") }
        return (.pairs(reduction), components, labels)
    }

    private static func requireFew(
        _ count: Int, _ limit: Int, _ what: String, _ block: ConfigurationNode
    ) throws {
        guard count <= limit else {
            throw block.error("\(count) combinations of \(what); accepted: up to \(limit)")
        }
    }

    /// Those that are given; otherwise all of a regular lattice.
    private static func momenta(_ block: ConfigurationNode, _ lattice: Lattice) throws -> [[Double]] {
        if let node = try block.optional("momenta") { return try node.list().map { try momentum($0, lattice) } }
        guard lattice.kind != .graph else {
            throw block.error(
                "the momenta of a graph must be given; accepted: momenta: [[...], ...], in units of 2 pi for site_coords"
            )
        }
        return (0..<lattice.extent.reduce(1, *)).map { cell in
            var rest = cell
            return lattice.extent.reversed().map { length -> Double in
                defer { rest /= length }
                return Double(rest % length) / Double(length)
            }.reversed()
        }
    }

    private static func momentum(_ node: ConfigurationNode, _ lattice: Lattice) throws -> [Double] {
        let values = try node.list().map { try $0.real() }
        let dimension = lattice.sitePositions[0].count
        guard values.count == dimension else {
            throw node.error("found \(values.count) numbers; accepted: \(dimension), one per direction")
        }
        for (d, value) in values.enumerated() where lattice.kind != .graph && lattice.periodic[d] {
            let turns = value * Double(lattice.extent[d])
            guard abs(turns - turns.rounded()) < 1e-9 * max(1, abs(turns)) else {
                throw node.error(
                    "\(ConfigurationDump.text(value)) is not a momentum of a period of \(lattice.extent[d]) cells; accepted: "
                        + "multiples of 1/\(lattice.extent[d])")
            }
        }
        return values
    }

    private static func pairComponents(_ block: ConfigurationNode) throws -> [PairReduction.Component] {
        let list = try block.required("components")
        let components = try list.list().compactMap { PairReduction.Component(rawValue: try $0.string()) }
        guard Set(components).count == components.count else { throw list.error("a name stands twice in it") }
        return components
    }

    private static func givenPairs(_ node: ConfigurationNode, _ siteCount: Int) throws -> [Edge] {
        var pairs: Set<Edge> = []
        for pair in try node.list() {
            let sites = try pair.integers()
            guard sites.allSatisfy({ $0 < siteCount }) else {
                throw pair.error("the pair \(sites) leaves the sites 0 to \(siteCount - 1)")
            }
            guard sites[0] != sites[1] else { throw pair.error("the pair \(sites) is one site") }
            guard pairs.insert(Edge(sites[0], sites[1])).inserted else {
                throw pair.error("the pair \(sites) stands twice")
            }
        }
        return pairs.sorted()
    }

    private static func requireFewPairs(_ block: ConfigurationNode, _ problem: Problem) throws {
        let sites = problem.siteCount
        guard sites * (sites - 1) / 2 <= maximumPairs else {
            throw block.error("\(sites) sites have more than \(maximumPairs) pairs")
        }
    }
}
