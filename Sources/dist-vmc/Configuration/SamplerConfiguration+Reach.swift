import DistQGT

extension SamplerConfiguration {
    /// Refuses proposals that cannot lead from every state of the basis to every other: the states that a chain does not
    /// start near would be left out of all averages.
    ///
    /// - Parameter node: the block of this configuration, with its defaults.
    /// - Throws: `ConfigurationError` that names what the proposals conserve.
    func requireReach(_ node: ConfigurationNode, in problem: Problem) throws {
        guard case .metropolis(let rule) = method else { return }
        let ruleNode = try node.required("rule")
        let flipsNode = try node.required("flips")
        guard problem.space.isOfSpinsHalf else {
            return try requireReach(of: rule, ruleNode, in: problem.space)
        }
        let isSector = problem.space.magnetisation != nil
        let cure =
            isSector
            ? "local with sampler.flips: 2, alone or mixed in" : "local with sampler.flips: 1, alone or mixed in"
        switch rule.reach(siteCount: problem.siteCount, magnetisation: problem.space.magnetisation) {
        case .everything:
            return
        case .nothing:
            throw flipsNode.error(
                "no proposal ever changes a state: \(try flipsNode.integer()) flips need as many spins up as down among "
                    + "them, and sampler.total_sz leaves fewer; accepted: flips: 2, or the rule exchange")
        case .parity:
            throw flipsNode.error(
                "an even number of flips keeps the parity of up spins: half of the basis can never be reached; accepted: "
                    + "an odd number below the number of sites, or sampler.total_sz")
        case .mirrorImages:
            throw flipsNode.error(
                "flips of all \(problem.siteCount) sites lead from a state to its mirror image and nowhere else; accepted: "
                    + (isSector ? "2" : "1"))
        case .parts(let parts) where parts.count == 1:
            throw ruleNode.error(
                "exchange keeps total S^z, and flips of all sites only change its sign: most of the basis can never be "
                    + "reached; accepted: \(cure)")
        case .parts(let parts):
            let shown = parts.prefix(4).map { "\($0.count == 1 ? "site" : "sites") \(SiteRanges($0))" }
            throw ruleNode.error(
                "exchange along bonds keeps S^z of each of \(parts.count) parts that no bond joins ("
                    + shown.joined(separator: "; ") + (parts.count > shown.count ? "; …" : "")
                    + "): a chain can never reach the states that share it out otherwise; accepted: \(cure), or bonds that "
                    + "join the parts")
        }
    }

    /// The same in any other space.
    private func requireReach(of rule: ProposalRule, _ ruleNode: ConfigurationNode, in space: HilbertSpace) throws {
        switch rule.generalReach(in: space) {
        case .everything: return
        case .parts(let parts):
            let shown = parts.prefix(4).map { "\($0.count == 1 ? "site" : "sites") \(SiteRanges($0))" }
            throw ruleNode.error(
                "no bond joins \(parts.count) parts of the sites (" + shown.joined(separator: "; ")
                    + (parts.count > shown.count ? "; …" : "")
                    + "), and what is conserved stays as it is in each; accepted: bonds that join them")
        default:
            throw ruleNode.error(
                "these proposals cannot reach every state of the basis; accepted: "
                    + (space.conservedSums.isEmpty
                        ? "local with flips: 1, alone or mixed in"
                        : space.isOfElectrons ? "a mixture of hop and exchange" : "hop, alone or mixed in"))
        }
    }
}
