import DistQGT
import RunFiles

extension ObservableRequest {
    /// Over which sites a magnetisation is summed.
    enum MagnetisationPattern: String, CaseIterable {
        case uniform, staggered, site
    }

    /// What a block `magnetisation` asks for: what is measured, and its quantities in the same order.
    static func magnetisation(
        _ block: ConfigurationNode, _ problem: Problem, _ rotation: [Int]?, precision: Double
    ) throws -> [(maker: Maker, items: [Item])] {
        guard problem.space.isOfSpinsHalf else {
            for component in try distinct(block.required("components")) where component.name != "z" {
                throw component.node.error("is defined for spins 1/2; accepted in this space: z")
            }
            return try siteAverages(
                [("z", .spin, { "\($0)m_z\($1)" })], block, problem, in: "magnetisation", precision: precision)
        }
        let components = try distinct(block, "components").compactMap(SiteMagnetisation.Component.init)
        let patterns = try distinct(block, "patterns").compactMap(MagnetisationPattern.init)
        return try patterns.flatMap { pattern -> [(Maker, [Item])] in
            let signs = pattern == .staggered ? try sublatticeSigns(block, problem) : nil
            return try components.map { component in
                let labels: JSONObject = [
                    "component": .string(component.rawValue), "pattern": .string(pattern.rawValue),
                ]
                func item(_ moment: String, _ name: String, site: Int? = nil) -> Item {
                    var labels = labels
                    labels["moment"] = .string(moment)
                    if let site { labels["site"] = .integer(site) }
                    return Item(block: "magnetisation", labels: labels, name: name, precision: precision)
                }
                let suffix = pattern == .staggered ? " staggered" : ""
                switch (pattern, component) {
                case (.site, _):
                    return (
                        { SiteMagnetisation(component, in: $1, rotation: rotation, amplitudes: $0) },
                        (0..<problem.siteCount).map { item("mean", "s_\(component.rawValue) of \($0)", site: $0) }
                    )
                case (_, .z):
                    return (
                        { _, space in SiteAverages.pauliMoments(siteCount: space.siteCount, signs: signs) },
                        [
                            item("mean", "m_z\(suffix)"), item("square", "m_z^2\(suffix)"),
                            item("absolute", "|m_z|\(suffix)"),
                        ]
                    )
                default:
                    let sum = try mean(of: component, siteCount: problem.siteCount, signs, rotation)
                    return (
                        { OperatorExpectation(sum, in: $1, amplitudes: $0) },
                        [item("mean", "m_\(component.rawValue)\(suffix)")]
                    )
                }
            }
        }
    }

    /// +1 on one sublattice and −1 on the other; site 0 has +1.
    static func sublatticeSigns(_ block: ConfigurationNode, _ problem: Problem) throws -> [Int] {
        var parts = Bipartition(siteCount: problem.siteCount)
        guard problem.model.edges.allSatisfy({ parts.join($0.first, $0.second, differ: true) }) else {
            throw try block.required("patterns").error(
                "the lattice has no two sublattices such that neighbours lie on different ones; accepted: uniform, site"
            )
        }
        return parts.signs()
    }

    private static func mean(
        of component: SiteMagnetisation.Component, siteCount: Int, _ signs: [Int]?, _ rotation: [Int]?
    ) throws -> PauliSum {
        let strings = (0..<siteCount).map { site in
            PauliString(
                component.rawValue.uppercased(), sites: [site],
                coefficient: .init(Double((signs?[site] ?? 1) * (rotation?[site] ?? 1)) / Double(siteCount)))
        }
        return try .pauliStrings(strings, siteCount: siteCount)
    }
}
