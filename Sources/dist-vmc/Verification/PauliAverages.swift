import DistQGT
import LatticeSymmetry

/// What reference files of evolutions in time measure of spins 1/2: means of Pauli matrices over sites, and of products of two
/// of them.
struct PauliAverages {
    /// Of the whole basis.
    struct Values {
        let energy: Double
        /// Means over the sites.
        let x: Double
        let z: Double
        /// ⟨σᶻσᶻ⟩, mean over the bonds.
        let bondsZZ: Double
        /// ⟨σᶻ_0 σᶻ_j⟩ of every site j; 1 of site 0 itself.
        let fromFirstSiteZZ: [Double]
    }

    private let siteCount: Int
    private let edges: [Edge]

    init(_ problem: Problem) {
        siteCount = problem.siteCount
        edges = problem.model.edges
    }

    /// Makes what is measured, for the amplitudes of a state in its space.
    func observables(_ amplitudes: any LogAmplitudes, _ space: HilbertSpace) -> [any LocalObservable] {
        let pairs = PairReduction.averages(
            PairClasses(separate: PairClasses.allPairs(siteCount: siteCount)), components: [.zz])
        let components: [SiteMagnetisation.Component] = [.x, .z]
        return components.map { SiteMagnetisation($0, in: space, rotation: nil, amplitudes: amplitudes) }
            + (siteCount > 1 ? [PairCorrelations([pairs], in: space, rotation: nil, amplitudes: amplitudes)] : [])
    }

    /// The values of a measurement of `observables`.
    func values(of result: StateMeasurement.Result) -> Values {
        let means = result.quantities.map(\.mean)
        func mean(_ numbers: [Double]) -> Double {
            numbers.isEmpty ? .nan : numbers.reduce(0, +) / Double(numbers.count)
        }
        var ofPair: [Edge: Double] = [:]
        for (pair, value) in zip(PairClasses.allPairs(siteCount: siteCount), means.dropFirst(2 * siteCount)) {
            ofPair[pair] = value
        }
        return Values(
            energy: result.energy.mean, x: mean(Array(means[..<siteCount])),
            z: mean(Array(means[siteCount..<2 * siteCount])),
            bondsZZ: mean(edges.map { ofPair[$0] ?? .nan }),
            fromFirstSiteZZ: (0..<siteCount).map { $0 == 0 ? 1 : ofPair[Edge(0, $0)] ?? .nan })
    }
}
