import DistQGT
import LatticeSymmetry
import RunFiles

extension ObservableRequest {
    /// What tells a quantity from the others of its component: members of its JSON object, and text.
    typealias PairLabel = (members: [(String, JSONValue)], text: String)

    static func items(
        _ components: [String], _ labels: [PairLabel], block: String, precision: Double,
        name: (_ component: String, _ text: String) -> String = { "\($0) \($1)" }
    ) -> [Item] {
        components.flatMap { component in
            labels.map { label in
                var members: JSONObject = ["component": .string(component)]
                for (key, value) in label.members { members[key] = value }
                return Item(block: block, labels: members, name: name(component, label.text), precision: precision)
            }
        }
    }

    /// Pairs of sites in classes, as a block asks for them.
    struct RequestedPairs {
        /// Pairs of different sites.
        let classes: PairClasses
        /// Classes of pairs of a site with itself, which come first.
        var onSite: [[Int]] = []
        let labels: [PairLabel]
        let averaging: Schema.Averaging
    }

    /// - Parameters:
    ///   - default: of `average`, where no pairs are given.
    ///   - sameSite: whether a site with itself is a pair, too.
    static func requestedPairs(
        _ block: ConfigurationNode, _ problem: Problem, default averagingByDefault: Schema.Averaging,
        sameSite: Bool = false
    ) throws -> RequestedPairs {
        let pairsNode = try block.optional("pairs")
        let averageNode = try block.optional("average")
        let averaging: Schema.Averaging =
            try averageNode.map { _ in try block.named("average") }
            ?? (pairsNode == nil ? averagingByDefault : .pair)
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
        let allSites = Array(0..<problem.siteCount)
        switch averaging {
        case .distance:
            guard let (classes, distances) = lattice.pairsByDistance() else {
                throw refused("distances", "pair; or \(distanceHint)")
            }
            let onSite = sameSite ? [allSites] : []
            let labels = zip(onSite.map { _ in 0 } + distances, onSite.map(\.count) + classes.sizes).map {
                distance, size -> PairLabel in
                (
                    [("distance", .number(distance)), ("pairs", .integer(size))],
                    "at distance \(TerminalNumber.short(distance))"
                )
            }
            return RequestedPairs(classes: classes, onSite: onSite, labels: labels, averaging: averaging)
        case .displacement:
            guard let (classes, displacements) = lattice.pairsByDisplacement() else {
                throw refused("translations", "pair; or \(distanceHint)")
            }
            let places = lattice.kind.sitesPerCell
            let onSite =
                sameSite ? (0..<places).map { place in allSites.filter { lattice.basisIndices[$0] == place } } : []
            let origin = lattice.extent.map { _ in 0 }
            let steps =
                onSite.indices.map { (origin, [$0, $0]) } + displacements.map { ($0.cells, [$0.from, $0.to]) }
            let labels = zip(steps, onSite.map(\.count) + classes.sizes).map { step, size -> PairLabel in
                let (cells, basis) = step
                var members: [(String, JSONValue)] = [("displacement", JSONValue(cells)), ("pairs", .integer(size))]
                if places > 1 { members.append(("basis", JSONValue(basis))) }
                return (members, "at \(cells)\(places > 1 ? ", basis \(basis[0]) to \(basis[1])" : "")")
            }
            return RequestedPairs(classes: classes, onSite: onSite, labels: labels, averaging: averaging)
        case .pair:
            let given = try pairsNode.map { try givenPairs($0, problem.siteCount, sameSite: sameSite) }
            let pairs = given?.pairs ?? PairClasses.allPairs(siteCount: problem.siteCount)
            let sites = given?.sites ?? (sameSite ? allSites : [])
            let labels = (sites.map { ($0, $0) } + pairs.map { ($0.first, $0.second) }).map { pair -> PairLabel in
                ([("sites", JSONValue([pair.0, pair.1]))], "of \(pair.0), \(pair.1)")
            }
            return RequestedPairs(
                classes: PairClasses(separate: pairs), onSite: sites.map { [$0] }, labels: labels, averaging: averaging)
        }
    }

    static func correlations(
        _ block: ConfigurationNode, _ problem: Problem
    ) throws -> (PairReduction, [PairLabel]) {
        let components = try pauliComponents(block)
        let pairs = try requestedPairs(block, problem, default: .distance)
        return (.averages(pairs.classes, components: components), pairs.labels)
    }

    /// How a structure factor is measured.
    enum StructureFactorWay {
        /// Of σᶻ alone, from the configuration: k·r of each momentum and site.
        case diagonal(phases: [[Double]])
        /// From the correlations of all pairs.
        case pairs(PairReduction)
    }

    /// What the blocks `correlations` and `structure_factor` ask for of spins 1/2, with its quantities.
    static func pauliPairs(
        _ blocks: ConfigurationNode, _ problem: Problem, _ rotation: [Int]?,
        _ precision: (ConfigurationNode?) throws -> Double
    ) throws -> [(maker: Maker, items: [Item])] {
        var reductions: [PairReduction] = []
        var pairItems: [Item] = []
        var parts: [(maker: Maker, items: [Item])] = []
        var subtractions: [ConnectedCorrelations.Subtraction] = []
        func subtracted(
            _ products: ProductsOfMeans, from components: [PairReduction.Component], first: Int
        ) -> [ConnectedCorrelations.Subtraction] {
            components.enumerated().compactMap { number, component in
                // The means of S^x and S^y vanish where total S^z is fixed.
                guard component == .zz || component == .ss else { return nil }
                let weight = component == .zz ? 1 : 0.25
                return .init(
                    first: first + number * products.count, mean: 0, weight: weight, products: products)
            }
        }
        if let block = blocks["correlations"] {
            let (reduction, plain) = try correlations(block, problem)
            let isConnected = try isConnected(block, reduction.components.map(\.rawValue), problem.space)
            if isConnected {
                subtractions += subtracted(
                    .averages(reduction.classes), from: reduction.components, first: pairItems.count)
            }
            reductions.append(reduction)
            pairItems += items(
                reduction.components.map(\.rawValue), isConnected ? connected(plain) : plain, block: "correlations",
                precision: try precision(block))
        }
        if let block = blocks["structure_factor"] {
            let (way, components, plain) = try structureFactor(block, problem)
            let isConnected = try isConnected(block, components.map(\.rawValue), problem.space)
            let items = items(
                components.map(\.rawValue), isConnected ? connected(plain) : plain, block: "structure_factor",
                precision: try precision(block))
            switch way {
            case .pairs(let reduction):
                if isConnected {
                    let momenta = try requestedMomenta(block, problem.lattice).momenta
                    let phases = try phases(momenta, block, problem.lattice)
                    subtractions += subtracted(
                        .structureFactor(phases: phases), from: components, first: pairItems.count)
                }
                reductions.append(reduction)
                pairItems += items
            case .diagonal(let phases):
                let own = isConnected ? subtracted(.structureFactor(phases: phases), from: components, first: 0) : []
                parts.append(
                    (
                        { _, space in
                            connecting(
                                DiagonalStructureFactor(siteCount: space.siteCount, phases: phases),
                                means: [.pauliSites(siteCount: space.siteCount)], own)
                        }, items
                    ))
            }
        }
        guard !reductions.isEmpty else { return parts }
        let maker: Maker = { [reductions, subtractions] in
            connecting(
                PairCorrelations(reductions, in: $1, rotation: rotation, amplitudes: $0),
                means: [.pauliSites(siteCount: $1.siteCount)], subtractions)
        }
        return [(maker, pairItems)] + parts
    }

    /// The largest number of phases, momenta times sites or pairs: 64 MB or 256 MB of them.
    private static let maximumPhases = 1 << 22
    private static let maximumPairPhases = 1 << 24

    static func structureFactor(_ block: ConfigurationNode, _ problem: Problem) throws -> (
        way: StructureFactorWay, components: [PairReduction.Component], labels: [PairLabel]
    ) {
        let lattice = problem.lattice
        let (momenta, labels) = try requestedMomenta(block, lattice)
        let components = try pauliComponents(block)
        if components == [.zz] {
            return (.diagonal(phases: try phases(momenta, block, lattice)), components, labels)
        }
        try requireFewWaves(momenta, block, problem)
        guard let reduction = PairReduction.structureFactor(on: lattice, momenta: momenta, components: components)
        else { throw block.error("a graph has no momenta") }
        return (.pairs(reduction), components, labels)
    }

    /// The momenta of a block with what the results call them.
    static func requestedMomenta(
        _ block: ConfigurationNode, _ lattice: Lattice
    ) throws -> (momenta: [[Double]], labels: [PairLabel]) {
        guard lattice.hasPositions else {
            throw block.error("a graph has no momenta; accepted: a run whose lattice has site_coords")
        }
        let momenta = try momenta(block, lattice)
        let labels = momenta.map { k -> PairLabel in
            ([("momentum", JSONValue(k))], "at k = [\(k.map(TerminalNumber.short).joined(separator: ", "))]")
        }
        return (momenta, labels)
    }

    /// k·r of each momentum and site.
    static func phases(_ momenta: [[Double]], _ block: ConfigurationNode, _ lattice: Lattice) throws -> [[Double]] {
        try requireFew(momenta.count * lattice.siteCount, maximumPhases, "momenta and sites", block)
        return momenta.compactMap { lattice.phases(momentum: $0) }
    }

    /// Sums over pairs for each momentum take a phase for each pair of a graph.
    static func requireFewWaves(_ momenta: [[Double]], _ block: ConfigurationNode, _ problem: Problem) throws {
        try requireFewPairs(block, problem)
        guard problem.lattice.kind == .graph else { return }
        let pairs = problem.siteCount * (problem.siteCount - 1) / 2
        try requireFew(momenta.count * pairs, maximumPairPhases, "momenta and pairs", block)
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
        return lattice.momenta
    }

    private static func momentum(_ node: ConfigurationNode, _ lattice: Lattice) throws -> [Double] {
        let values = try node.list().map { try $0.real() }
        let dimension = lattice.sitePositions[0].count
        guard values.count == dimension else {
            throw node.error("found \(values.count) numbers; accepted: \(dimension), one per direction")
        }
        if let vectors = lattice.spanningVectors {
            for vector in vectors {
                let turns = zip(vector, values).reduce(0) { $0 + Double($1.0) * $1.1 }
                guard abs(turns - turns.rounded()) < 1e-9 * max(1, abs(turns)) else {
                    throw node.error(
                        "is not a momentum of the period \(vector): their product is \(ConfigurationDump.text(turns)); accepted: "
                            + "whole numbers")
                }
            }
            return values
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

    /// What correlations and structure factors may be of, in any space.
    static let pairComponentNames = PairReduction.Component.allCases.map(\.rawValue) + ["nn"]

    private static func pauliComponents(_ block: ConfigurationNode) throws -> [PairReduction.Component] {
        guard let list = try block.optional("components") else { return [.zz] }
        return try distinct(list).map { name in
            guard let component = PairReduction.Component(rawValue: name.name) else {
                throw name.node.error("is not defined for spins 1/2; accepted: xx, yy, zz, ss")
            }
            return component
        }
    }

    /// - Parameter sameSite: whether a site with itself is accepted.
    private static func givenPairs(
        _ node: ConfigurationNode, _ siteCount: Int, sameSite: Bool
    ) throws -> (sites: [Int], pairs: [Edge]) {
        var pairs: Set<Edge> = []
        var single: Set<Int> = []
        for pair in try node.list() {
            let sites = try pair.integers()
            guard sites.allSatisfy({ $0 < siteCount }) else {
                throw pair.error("the pair \(sites) leaves the sites 0 to \(siteCount - 1)")
            }
            guard sameSite || sites[0] != sites[1] else { throw pair.error("the pair \(sites) is one site") }
            let isNew =
                sites[0] == sites[1]
                ? single.insert(sites[0]).inserted : pairs.insert(Edge(sites[0], sites[1])).inserted
            guard isNew else { throw pair.error("the pair \(sites) stands twice") }
        }
        return (single.sorted(), pairs.sorted())
    }

    private static func requireFewPairs(_ block: ConfigurationNode, _ problem: Problem) throws {
        let sites = problem.siteCount
        guard sites * (sites - 1) / 2 <= maximumPairs else {
            throw block.error("\(sites) sites have more than \(maximumPairs) pairs")
        }
    }
}
