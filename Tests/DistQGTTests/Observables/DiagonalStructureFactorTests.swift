import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import Testing

/// |Σ exp(ik·r) s|²/N against the double sum over pairs of Cartesian positions.
@Test(arguments: Lattice.Kind.allCases)
func structureFactorOfOneSumIsThatOfAllPairs(_ kind: Lattice.Kind) throws {
    let lattice: Lattice
    switch kind {
    case .chain: lattice = try Lattice(kind, extent: [7])
    case .cube: lattice = try Lattice(kind, extent: [2, 3, 2], periodic: [true, false, true])
    case .graph:
        lattice = try Lattice(graph: [[0, 1], [1, 2]], positions: [[0.3, 0], [1, -0.4], [2, 0.7]])
    default: lattice = try Lattice(kind, extent: [3, 4], periodic: [false, true])
    }
    let dimension = lattice.sitePositions[0].count
    // Reciprocal lattice vectors over 2π, from the lattice vectors (1, 0) and (1/2, √3/2) where they are not orthogonal.
    let isOblique = [.triangular, .honeycomb, .kagome].contains(kind)
    var random = RandomPauliStrings(seed: 5)
    let momenta = (0..<4).map { _ in (0..<dimension).map { _ in random.stream.uniform() } }
    let cartesian = momenta.map { k in
        isOblique ? [k[0], (2 * k[1] - k[0]) / 3.0.squareRoot()] : k
    }
    let observable = DiagonalStructureFactor(
        siteCount: lattice.siteCount, phases: try momenta.map { try #require(lattice.phases(momentum: $0)) })
    #expect(observable.quantityCount == momenta.count)
    let samples = 3
    let spins = (0..<samples * lattice.siteCount).map { _ in random.stream.uniform() < 0.5 ? Int8(1) : -1 }
    let stride = momenta.count + 2
    var values = [Double](repeating: 0, count: samples * stride)
    let logPsi = [Double](repeating: 0, count: 2 * samples)
    observable.evaluate(spins, count: samples, logPsi: logPsi, into: &values, stride: stride)
    for sample in 0..<samples {
        for (number, k) in cartesian.enumerated() {
            var sum = 0.0
            for (i, a) in lattice.sitePositions.enumerated() {
                for (j, b) in lattice.sitePositions.enumerated() {
                    var turns = 0.0
                    for d in 0..<dimension { turns += k[d] * (a[d] - b[d]) }
                    let signs = spins[sample * lattice.siteCount + i] * spins[sample * lattice.siteCount + j]
                    sum += cos(2 * .pi * turns) * Double(signs)
                }
            }
            let expected = sum / Double(lattice.siteCount)
            #expect(abs(values[sample * stride + number] - expected) < 1e-11, "\(kind) \(momenta[number])")
        }
    }
}
