import DistQGT
import LatticeSymmetry
import LinearAlgebra

/// Whether the factors beside a sum over a group have its symmetry: a product lies in the sector of the sum only where they
/// do.
///
/// Tested on random configurations, at random parameters: what holds there holds at all parameters.
enum FactorInvariance {
    private static let configurationCount = 8
    private static let largestElementCount = 64

    /// What to say about factors that do not have the symmetry of another one. Local; the same on every rank.
    ///
    /// - Parameter node: the `ansatz` block, resolved.
    static func notices(
        _ ansatz: any Ansatz, _ node: ConfigurationNode, _ problem: Problem, seed: Int
    ) throws -> [String] {
        let factors = flattened(ansatz, node)
        var notices: [String] = []
        for (number, sum) in factors.enumerated() {
            guard let symmetry = Symmetry(sum.ansatz) else { continue }
            let configurations = try configurations(of: problem.space, seed: seed)
            for (other, factor) in factors.enumerated() where other != number {
                let missing = try missing(symmetry, factor.ansatz, configurations, problem, seed: seed)
                guard !missing.isEmpty else { continue }
                let name = try factor.node.optional("type")?.string() ?? "a factor"
                let own = factor.node.path == sum.node.path ? "the factors of '\(name)' do" : "'\(name)' does"
                notices.append(
                    factor.node.error(
                        "\(own) not have \(missing.joined(separator: ", nor ")) of the sum at \(sum.node.path): the product "
                            + "is not in its sector"
                    ).description)
            }
        }
        return notices
    }

    private static func flattened(
        _ ansatz: any Ansatz, _ node: ConfigurationNode
    ) -> [(ansatz: any Ansatz, node: ConfigurationNode)] {
        if let frozen = ansatz as? Frozen { return flattened(frozen.base, node) }
        guard let product = ansatz as? FactorProduct else { return [(ansatz, node)] }
        if case .list(let blocks) = node.content {
            return zip(product.constituents, blocks).flatMap { flattened($0, $1) }
        }
        return product.constituents.flatMap { flattened($0, node) }
    }

    /// What a sum projects on.
    private struct Symmetry {
        /// By element and site the site that is looked at in its place.
        let images: [[Int]]
        let hasParity: Bool
        let hasSpin: Bool

        init?(_ ansatz: any Ansatz) {
            switch ansatz {
            case let pairs as ProjectedPairProduct:
                images = pairs.elements.filter { $0.character != 0 }.map(\.preimages)
                (hasParity, hasSpin) = (pairs.parity != nil, pairs.projectsSpin)
            case let sum as Symmetrised:
                images = zip(sum.group.permutations, sum.characters).filter { $0.1 != 0 }.map(\.0)
                (hasParity, hasSpin) = (sum.parity != nil, false)
            default: return nil
            }
        }
    }

    private static func configurations(of space: HilbertSpace, seed: Int) throws -> [[Int8]] {
        let initial = try InitialConfiguration(in: space)
        return (0..<configurationCount).map { number in
            var codes = [Int8](repeating: 0, count: space.siteCount)
            codes.withUnsafeMutableBufferPointer {
                initial.draw(seed: UInt64(bitPattern: Int64(seed)), chain: number, into: $0)
            }
            return codes
        }
    }

    /// In words the symmetries that a factor does not have.
    private static func missing(
        _ symmetry: Symmetry, _ factor: any Ansatz, _ configurations: [[Int8]], _ problem: Problem, seed: Int
    ) throws -> [String] {
        let state = NeuralQuantumState(factor, reading: problem.encoder)
        var generator = RandomStream(seed: UInt64(bitPattern: Int64(seed)), index: 11, purpose: .checks)
        state.parameters.fillWithNormalDeviates(using: &generator)
        state.parameters.scale(by: 0.3)
        state.parametersChanged()
        let isOfSpins = problem.space.isOfSpinsHalf
        let step = max(1, symmetry.images.count / largestElementCount)
        let elements = stride(from: 0, to: symmetry.images.count, by: step).map { symmetry.images[$0] }
        func differs(_ image: ([Int8]) -> [[Int8]]) -> Bool {
            configurations.contains { codes in
                let all = [codes] + image(codes)
                let logPsi = state.amplitudes(blockRows: 8).logPsi(
                    of: Configurations(siteCount: codes.count, spins: Array(all.joined())))
                return (1..<all.count).contains { row in
                    let modulus = logPsi[2 * row] - logPsi[0]
                    let phase = (logPsi[2 * row + 1] - logPsi[1]).remainder(dividingBy: 2 * .pi)
                    // Both nodes: equal.
                    return !(max(abs(modulus), abs(phase)) < 1e-4) && logPsi[2 * row] != logPsi[0]
                }
            }
        }
        func flipped(_ code: Int8) -> Int8 { isOfSpins ? -code : code >> 1 & 1 | (code & 1) << 1 }
        var missing: [String] = []
        if differs({ codes in elements.map { element in element.map { codes[$0] } } }) { missing.append("the group") }
        if symmetry.hasParity, differs({ [$0.map(flipped)] }) { missing.append("the flip of all spins") }
        // A function of what total spin leaves as it is: the number of fermions on each site.
        let turns = differs { codes in
            let single = codes.indices.filter { flipped(codes[$0]) != codes[$0] }
            return (1..<max(2, single.count)).map { shift in
                var turned = codes
                for (place, site) in single.enumerated() {
                    turned[site] = codes[single[(place + shift) % single.count]]
                }
                return turned
            }
        }
        if symmetry.hasSpin, turns { missing.append("total spin") }
        return missing
    }
}
