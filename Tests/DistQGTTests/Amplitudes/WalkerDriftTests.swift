import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// What walkers keep after very many accepted moves, near nodes and from nodes on.
@Suite struct WalkerDriftTests {
    private static func subject(
        _ name: String, _ space: HilbertSpace?, _ ansatz: (FermionSector) -> any Ansatz
    ) -> [RatioSubject] {
        guard let space, let sector = FermionSector(space) else { return [] }
        return [RatioSubject(testDescription: name, ansatz: ansatz(sector), space: space, flips: [2])]
    }

    static let electrons = try? HilbertSpace.fermions(siteCount: 7, up: 4, down: 3)
    static let pairs = try? HilbertSpace.fermions(siteCount: 7, up: 3, down: 3)
    static let single = try? HilbertSpace.fermions(siteCount: 7, up: 3, down: 2, excludingDoubleOccupancy: true)
    static let modes = try? HilbertSpace.spinlessFermions(siteCount: 9, count: 4)
    static let spins = try? HilbertSpace(siteCount: 8, magnetisation: 0)

    static let subjects =
        subject("unrestricted orbitals", electrons) { SlaterDeterminant($0, variant: .unrestricted) }
        + subject("complex orbitals", single) {
            SlaterDeterminant($0, variant: .generalised, dataType: .complex128)
        }
        + subject("antiparallel pairs", pairs) { PairProduct($0, variant: .antiparallel) }
        + subject("complex antiparallel pairs", spins) {
            PairProduct($0, variant: .antiparallel, dataType: .complex128)
        }
        + subject("general pairs", modes) { PairProduct($0, variant: .general) }
        + subject("densities", electrons) {
            DensityJastrow($0, initialiser: Initialiser(.normal, scale: 0.4), reference: 0.83)
        }

    /// Rows with corrections by what is near.
    static let corrected =
        subject("backflow", electrons) { backflow($0, .float64) }
        + subject("complex backflow", long) { backflow($0, .complex128) }
    static let long = try? HilbertSpace.spinlessFermions(siteCount: 14, count: 7)

    private static func backflow(_ sector: FermionSector, _ type: DataType) -> LocalBackflow {
        guard let lattice = try? Lattice(.chain, extent: [sector.siteCount]),
            let window = try? CellWindow(lattice, extent: [3])
        else { preconditionFailure("no window on a ring") }
        let wide = Initialiser(.normal, scale: 0.4)
        return LocalBackflow(
            sector, window: window, features: 2, depth: 2, options: LayerOptions(type, kernel: wide, bias: wide),
            corrections: wide)
    }

    /// Sums of Pfaffians, of which single ones vanish where the sum does not.
    static let sums =
        subject("projected pairs", pairs) {
            ProjectedPairProduct(
                Pairing($0, variant: .antiparallel), elements: turns(7), spin: SpinProjection(spin: 0, points: 2))
        }
        + subject("projected pairs of spins", spins) {
            ProjectedPairProduct(
                Pairing($0, variant: .antiparallel, dataType: .complex128), elements: Array(turns(8).prefix(2)),
                spin: SpinProjection(spin: 0, points: 3))
        }

    private static func turns(_ sites: Int) -> [ProjectedPairProduct.Element] {
        (0..<sites).map { shift in .init(preimages: (0..<sites).map { ($0 + shift) % sites }, character: 1) }
    }

    /// Orbitals nearly linear in each other.
    private static func makeNearlySingular(_ state: NeuralQuantumState) {
        for (number, leaf) in state.layout.leaves.enumerated() where leaf.name.hasPrefix("orbitals") {
            let reals = leaf.isComplex ? 2 : 1
            let (rows, columns) = (leaf.shape[0], leaf.shape[1])
            for row in 0..<rows {
                for part in 0..<reals {
                    let first = state.layout.offsets[number] + row * columns * reals + part
                    state.parameters[first + reals] = state.parameters[first] + 1e-4 * state.parameters[first + reals]
                }
            }
        }
        state.parametersChanged()
    }

    /// log ψ of one configuration.
    private func logPsi(_ state: NeuralQuantumState, _ configuration: [Int8]) -> (modulus: Double, phase: Double) {
        let found = state.amplitudes(blockRows: 2).logPsi(
            of: Configurations(siteCount: configuration.count, spins: configuration))
        return (found[0], found[1])
    }

    private func exact(_ state: NeuralQuantumState, _ own: [Int8], _ other: [Int8]) -> Complex<Double> {
        let (a, b) = (logPsi(state, own), logPsi(state, other))
        return b.modulus == -.infinity
            ? .zero : Complex(length: .exp(b.modulus - a.modulus), phase: b.phase - a.phase)
    }

    /// Differences from fresh evaluations, every so many accepted moves, beside the largest ratio.
    private func drift(
        _ subject: RatioSubject, _ state: NeuralQuantumState, from start: [Int8], accepting moves: Int, every: Int
    ) throws -> Double {
        let walker = try #require(RatioSubject.walker(state))
        let generator = try ProposalGenerator(rule: subject.rule, in: subject.space)
        let batch = ProposalBatch(count: 1, maximumSites: generator.maximumSites)
        var draws = RandomStream(seed: 2, index: 7, purpose: .proposals)
        var (own, accepted, worst, asked) = (start, 0, 0.0, -1)
        walker.load(own)
        while accepted < moves {
            batch.siteCounts[0] = generator.propose(&draws, spins: own, into: batch.place(of: 0))
            let count = Int(batch.siteCounts[0])
            guard count > 0 else { continue }
            let ratio = walker.isNode ? Complex(2) : walker.ratio(batch.sites, batch.codes, count: count)
            if accepted % every == 0, accepted > asked, !walker.isNode {
                var other = own
                batch.apply(chain: 0, to: &other)
                let exact = exact(state, own, other)
                let error = (ratio - exact).length / max(1, exact.length)
                worst = max(worst, error.isFinite ? error : .infinity)
                asked = accepted
            }
            if draws.uniform() < ratio.lengthSquared {
                walker.accept(batch.sites, batch.codes, count: count)
                batch.apply(chain: 0, to: &own)
                accepted += 1
            }
        }
        return worst
    }

    @Test(arguments: subjects + sums + corrected, [false, true])
    func ratiosAreExactAfterVeryManyMoves(_ subject: RatioSubject, isNearlySingular: Bool) throws {
        let isOfOrbitals = subject.ansatz is SlaterDeterminant
        if isNearlySingular, !isOfOrbitals { return }
        let state = subject.state(seed: 8)
        if isNearlySingular { Self.makeNearlySingular(state) }
        let numbering = try BasisNumbering(subject.space)
        let start = try numbering.configuration(at: numbering.dimension / 3)
        let moves = subject.ansatz is ProjectedPairProduct ? 20_000 : isNearlySingular ? 30_000 : 100_000
        #expect(try drift(subject, state, from: start, accepting: moves, every: 100) < 1e-10)
    }

    /// Two rows of the orbitals, or of the pairings, that are the same up to a part; the first is 0 for nil.
    private static func pairRows(_ state: NeuralQuantumState, of subject: RatioSubject, upTo part: Double?) {
        func paired(_ place: Int, _ partner: Int) {
            guard let part else {
                state.parameters[place] = 0
                return
            }
            state.parameters[partner] = state.parameters[place] + part * state.parameters[partner]
        }
        let sites = subject.space.siteCount
        for (number, leaf) in state.layout.leaves.enumerated() {
            let offset = state.layout.offsets[number]
            if leaf.name == "pairing", leaf.shape.count == 1 {
                // F_{0j} and F_{1j} of all other modes, and none of the two.
                let modes = subject.space.isOfElectrons || subject.space.isOfSpinsHalf ? 2 * sites : sites
                let packed = { (i: Int, j: Int) in offset + i * (2 * modes - i - 1) / 2 + j - i - 1 }
                for j in 2..<modes { paired(packed(0, j), packed(1, j)) }
                state.parameters[packed(0, 1)] *= part ?? 0
                continue
            }
            guard leaf.shape.count == 2, leaf.name != "orbitals_down" else { continue }
            let width = leaf.shape[1] * (leaf.isComplex ? 2 : 1)
            for place in offset..<offset + width { paired(place, place + width) }
        }
        state.parametersChanged()
    }

    /// Chains that begin at or near a node leave it, and are exact from then on.
    @Test(arguments: subjects.dropLast(), [nil, 0, 1e-12, 1e-8, 1e-5, 1e-3])
    func chainsLeaveNodes(_ subject: RatioSubject, part: Double?) throws {
        let state = subject.state(seed: 9)
        Self.pairRows(state, of: subject, upTo: part)
        let numbering = try BasisNumbering(subject.space)
        let isUp = { (code: Int8) in subject.space.isOfSpinsHalf ? code > 0 : code & 1 == 1 }
        let nodes = try (0..<numbering.dimension).map { try numbering.configuration(at: $0) }.filter {
            isUp($0[0]) && isUp($0[1])
        }
        for start in [nodes[0], nodes[nodes.count / 2], nodes[nodes.count - 1]] {
            let modulus = logPsi(state, start).modulus
            #expect(part.map { modulus < .log($0 + 1e-14) + 8 } ?? (modulus == -.infinity))
            let walker = try #require(RatioSubject.walker(state))
            walker.load(start)
            #expect(walker.isNode == (modulus == -.infinity))
            let evaluator = state.amplitudes(blockRows: 2).makeProposalEvaluator()
            evaluator.load(start, chains: 0..<1)
            let generator = try ProposalGenerator(rule: subject.rule, in: subject.space)
            let batch = ProposalBatch(count: 1, maximumSites: generator.maximumSites)
            var draws = RandomStream(seed: 3, index: 0, purpose: .proposals)
            var (own, steps, worst) = (start, 0, 0.0)
            for _ in 0..<400 {
                batch.siteCounts[0] = generator.propose(&draws, spins: own, into: batch.place(of: 0))
                batch.accepted[0] = false
                guard batch.siteCounts[0] > 0 else { continue }
                evaluator.evaluate(batch)
                var other = own
                batch.apply(chain: 0, to: &other)
                if logPsi(state, own).modulus == -.infinity {
                    #expect(batch.logModulusRatios[0] == .infinity)
                } else if !(isUp(own[0]) && isUp(own[1])) {
                    // Near a node the ratios are as far from exact as ψ is small; not so from there on.
                    let ratio = exact(state, own, other).length
                    worst = max(worst, abs(.exp(batch.logModulusRatios[0]) - ratio) / max(1, ratio))
                    steps += 1
                }
                batch.accepted[0] = .log(draws.uniform()) < 2 * batch.logModulusRatios[0]
                if batch.accepted[0] { own = other }
                evaluator.update(batch)
            }
            #expect(steps > 100 && worst < 1e-10, "\(subject.testDescription), \(part ?? -1): \(worst)")
        }
    }

    /// Chains through configurations at which single terms of a sum vanish, or nearly so.
    @Test(arguments: sums, [nil, 0, 1e-12, 1e-8, 1e-5, 1e-3])
    func termsVanishAndComeBack(_ subject: RatioSubject, part: Double?) throws {
        let state = subject.state(seed: 9)
        Self.pairRows(state, of: subject, upTo: part)
        let numbering = try BasisNumbering(subject.space)
        for start in [0, numbering.dimension / 2, numbering.dimension - 1] {
            let configuration = try numbering.configuration(at: start)
            #expect(try drift(subject, state, from: configuration, accepting: 600, every: 1) < 1e-10)
        }
    }
}
