import DistQGT
import LatticeSymmetry
import RunFiles

/// Observables of bosons, fermions, electrons and spins above 1/2.
extension ObservableRequest {
    /// What a block `density` may ask for.
    static let densities: [(name: String, function: SiteFunction)] = [
        ("n", .density), ("up", .up), ("down", .down), ("double_occupancy", .doubleOccupancy),
    ]

    /// Which pairs of electrons.
    enum PairingComponent: String, CaseIterable {
        case s
        case extended = "extended_s"
        case d
    }

    /// A function of the sites as a component of a block: its name, and that of a moment from what stands before and behind.
    typealias NamedFunction = (component: String, function: SiteFunction, text: (String, String) -> String)

    /// What a block `density` asks for: what is measured, and its quantities in the same order.
    static func density(
        _ block: ConfigurationNode, _ problem: Problem, precision: Double
    ) throws -> [(maker: Maker, items: [Item])] {
        let local = problem.space.localSpaces[0]
        let functions = try distinct(block.required("components")).map { name, node -> NamedFunction in
            guard let known = densities.first(where: { $0.name == name }), known.function.isDefined(on: local) else {
                throw node.error(
                    "is defined for electrons; accepted in this space: "
                        + densities.filter { $0.function.isDefined(on: local) }.map(\.name).joined(separator: ", "))
            }
            let symbol = name == "up" || name == "down" ? "n_\(name)" : name
            return (name, known.function, { "\($0)\(symbol)\($1)" })
        }
        return try siteAverages(functions, block, problem, in: "density", precision: precision)
    }

    /// Averages of functions of the sites, over the patterns of a block.
    static func siteAverages(
        _ functions: [NamedFunction], _ block: ConfigurationNode, _ problem: Problem, in name: String, precision: Double
    ) throws -> [(maker: Maker, items: [Item])] {
        let local = problem.space.localSpaces[0]
        let patterns = try distinct(block, "patterns").compactMap(MagnetisationPattern.init)
        return try patterns.flatMap { pattern -> [(Maker, [Item])] in
            let signs = pattern == .staggered ? try sublatticeSigns(block, problem) : nil
            let suffix = pattern == .staggered ? " staggered" : ""
            return functions.map { component, function, text in
                func item(_ moment: String, _ name: String, text: String, site: Int? = nil) -> Item {
                    var labels: JSONObject = [
                        "component": .string(component), "pattern": .string(pattern.rawValue),
                        "moment": .string(moment),
                    ]
                    if let site { labels["site"] = .integer(site) }
                    return Item(block: name, labels: labels, name: text, precision: precision)
                }
                let reduction: SiteAverages.Reduction = pattern == .site ? .sites : .moments(signs: signs)
                let items =
                    pattern == .site
                    ? (0..<problem.siteCount).map { item("mean", name, text: text("", " of \($0)"), site: $0) }
                    : [
                        item("mean", name, text: text("", suffix)),
                        item("square", name, text: text("", "^2\(suffix)")),
                        item("absolute", name, text: text("|", "|\(suffix)")),
                    ]
                return (
                    { _, space in SiteAverages(function, on: local, siteCount: space.siteCount, reduction) }, items
                )
            }
        }
    }

    /// What the blocks of two-point functions ask for: all that takes amplitude ratios as one observable, so that they are
    /// shared.
    static func sitePairs(
        _ blocks: ConfigurationNode, _ problem: Problem, _ rotation: [Int]?,
        _ precision: (ConfigurationNode?) throws -> Double
    ) throws -> [(maker: Maker, items: [Item])] {
        let (space, lattice) = (problem.space, problem.lattice)
        var reductions: [SitePairReduction] = []
        var pairItems: [Item] = []
        var parts: [(maker: Maker, items: [Item])] = []
        // S^z and n of the sites, as far as they are defined.
        let functions = [SiteFunction.spin, .density].filter { $0.isDefined(on: space.localSpaces[0]) }
        func means(_ space: HilbertSpace) -> [SiteAverages] {
            functions.map { SiteAverages($0, on: space.localSpaces[0], siteCount: space.siteCount, .sites) }
        }
        /// Of S the means of S^x and S^y vanish.
        func subtracted(
            _ products: ProductsOfMeans, from components: [String], first: Int
        ) -> [ConnectedCorrelations.Subtraction] {
            components.enumerated().map { number, name in
                let mean = functions.firstIndex(of: name == "nn" ? .density : .spin) ?? 0
                return .init(first: first + number * products.count, mean: mean, products: products)
            }
        }
        var subtractions: [ConnectedCorrelations.Subtraction] = []
        if let block = blocks["correlations"] {
            let components = try pairComponents(block, space)
            let pairs = try requestedPairs(block, problem, default: .distance)
            let isConnected = try isConnected(block, components.map(\.name), space)
            if isConnected {
                subtractions += subtracted(
                    .averages(pairs.classes), from: components.map(\.name), first: pairItems.count)
            }
            reductions.append(.averages(pairs.classes, components: components.map(\.component)))
            pairItems += items(
                components.map(\.name), isConnected ? connected(pairs.labels) : pairs.labels, block: "correlations",
                precision: try precision(block))
        }
        if let block = blocks["structure_factor"] {
            let components = try pairComponents(block, space)
            let (momenta, labels) = try requestedMomenta(block, lattice)
            let isConnected = try isConnected(block, components.map(\.name), space)
            let own = items(
                components.map(\.name), isConnected ? connected(labels) : labels, block: "structure_factor",
                precision: try precision(block))
            let diagonal = components.compactMap(\.diagonal)
            if diagonal.count == components.count {
                let phases = try phases(momenta, block, lattice)
                let count = momenta.count
                for (index, function) in diagonal.enumerated() {
                    let ofThis =
                        isConnected
                        ? subtracted(.structureFactor(phases: phases), from: [components[index].name], first: 0) : []
                    parts.append(
                        (
                            { _, space in
                                connecting(
                                    DiagonalStructureFactor(
                                        siteCount: space.siteCount, phases: phases,
                                        of: (function, space.localSpaces[0])),
                                    means: means(space), ofThis)
                            }, Array(own[index * count..<(index + 1) * count])
                        ))
                }
            } else {
                if isConnected {
                    let products = ProductsOfMeans.structureFactor(phases: try phases(momenta, block, lattice))
                    subtractions += subtracted(products, from: components.map(\.name), first: pairItems.count)
                }
                reductions.append(try waves(momenta, components.map(\.component), block, problem))
                pairItems += own
            }
        }
        if let block = blocks["one_body"] {
            let components = try particleComponents(block, space)
            let parts = try distinct(block.required("parts"))
            let pairs = try requestedPairs(block, problem, default: .displacement, sameSite: true)
            if let imaginary = parts.first(where: { $0.name == "imaginary" }), pairs.averaging == .distance {
                throw imaginary.node.error("has no sign at a distance; accepted: real, or average: displacement, pair")
            }
            let names = ["real", "imaginary"].filter { name in parts.contains { $0.name == name } }
            reductions.append(
                .averages(
                    pairs.classes, onSite: pairs.onSite, components: components.map(\.component),
                    hasReal: names.contains("real"), hasImaginary: names.contains("imaginary")))
            let labels = names.flatMap { name in
                pairs.labels.map { label -> PairLabel in
                    ([("part", .string(name))] + label.members, (name == "real" ? "" : "imaginary ") + label.text)
                }
            }
            pairItems += items(
                components.map(\.name), labels, block: "one_body", precision: try precision(block)
            ) { "one-body \($0) \($1)" }
        }
        if let block = blocks["momentum_distribution"] {
            let components = try particleComponents(block, space)
            let (momenta, labels) = try requestedMomenta(block, lattice)
            reductions.append(
                try waves(momenta, components.map(\.component), block, problem, withinSublattices: true))
            pairItems += items(
                components.map(\.name), labels, block: "momentum_distribution", precision: try precision(block)
            ) { "\($0 == "total" ? "n" : "n_\($0)") \($1)" }
        }
        if let block = blocks["pairing"] {
            let components = try distinct(block.required("components")).map { name, node in
                (name: name, component: try pairingComponent(name, node, problem))
            }
            let pairs = try requestedPairs(block, problem, default: .displacement, sameSite: true)
            reductions.append(
                .averages(pairs.classes, onSite: pairs.onSite, components: components.map(\.component)))
            pairItems += items(
                components.map(\.name), pairs.labels, block: "pairing", precision: try precision(block)
            ) { "pairs \($0) \($1)" }
        }
        guard !reductions.isEmpty else { return parts }
        let maker: Maker = { [reductions, subtractions] in
            connecting(
                SitePairExpectations(reductions, in: $1, rotation: rotation, amplitudes: $0), means: means($1),
                subtractions)
        }
        return [(maker, pairItems)] + parts
    }

    private static func waves(
        _ momenta: [[Double]], _ components: [SitePairReduction.Component], _ block: ConfigurationNode,
        _ problem: Problem, withinSublattices: Bool = false
    ) throws -> SitePairReduction {
        try requireFewWaves(momenta, block, problem)
        guard
            let reduction = SitePairReduction.waves(
                on: problem.lattice, momenta: momenta, components: components, withinSublattices: withinSublattices)
        else { throw block.error("a graph has no momenta") }
        return reduction
    }

    /// The components of a block `correlations` or `structure_factor`; `diagonal` is the function of what is its product on
    /// both sites.
    private static func pairComponents(
        _ block: ConfigurationNode, _ space: HilbertSpace
    ) throws -> [(name: String, component: SitePairReduction.Component, diagonal: SiteFunction?)] {
        let local = space.localSpaces[0]
        let (hasSpin, hasParticles) = (
            SiteFunction.spin.isDefined(on: local), SiteFunction.density.isDefined(on: local)
        )
        let accepted = (hasSpin ? ["zz", "ss"] : []) + (hasParticles ? ["nn"] : [])
        func component(_ name: String) -> (String, SitePairReduction.Component, SiteFunction?) {
            switch name {
            case "nn": (name, .init(.product(.density)), .density)
            case "zz": (name, .init(.product(.spin)), .spin)
            default: (name, .spins, nil)
            }
        }
        guard let list = try block.optional("components") else { return [component(accepted[0])] }
        return try distinct(list).map { name, node in
            guard accepted.contains(name) else {
                throw node.error("is not defined in this space; accepted: \(accepted.joined(separator: ", "))")
            }
            return component(name)
        }
    }

    /// The components of a block `one_body` or `momentum_distribution`.
    private static func particleComponents(
        _ block: ConfigurationNode, _ space: HilbertSpace
    ) throws -> [(name: String, component: SitePairReduction.Component)] {
        let isOfElectrons = space.localSpaces[0].isOfElectrons
        func component(_ name: String) -> (String, SitePairReduction.Component) {
            switch name {
            case "up": (name, .init(.hop(.up)))
            case "down": (name, .init(.hop(.down)))
            default: (name, isOfElectrons ? .init([(.hop(.up), 1), (.hop(.down), 1)]) : .init(.hop(.both)))
            }
        }
        guard let list = try block.optional("components") else {
            return (isOfElectrons ? ["up", "down"] : ["total"]).map(component)
        }
        return try distinct(list).map { name, node in
            guard isOfElectrons || name == "total" else {
                throw node.error("is defined for electrons; accepted in this space: total")
            }
            return component(name)
        }
    }

    private static func pairingComponent(
        _ name: String, _ node: ConfigurationNode, _ problem: Problem
    ) throws -> SitePairReduction.Component {
        let bonds = problem.model.edges
        switch PairingComponent(rawValue: name) {
        case .extended: return .init(.pair(.extended(siteCount: problem.siteCount, bonds: bonds)))
        case .d:
            guard let form = PairForm.d(on: problem.lattice, bonds: bonds) else {
                throw node.error("is defined on the square lattice; accepted on this one: s, extended_s")
            }
            return .init(.pair(form))
        default: return .init(.pair(.onSite(siteCount: problem.siteCount)))
        }
    }
}
