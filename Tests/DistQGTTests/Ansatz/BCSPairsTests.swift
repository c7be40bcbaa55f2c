import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// The pairs of BCS states against the states themselves, as vectors over all occupations.
@Suite struct BCSPairsTests {
    struct Subject: Sendable, CustomStringConvertible {
        let kind: Lattice.Kind
        let extent: [Int]
        let gap: BCSPairs.Gap
        /// Fermions of each spin.
        let count: Int
        var isAntiperiodic = false
        var nodes = 0
        var description: String {
            "\(kind.rawValue) \(extent) \(gap.form.rawValue) \(gap.size) \(count)\(isAntiperiodic ? " antiperiodic" : "")"
        }
        func lattice() throws -> Lattice { try Lattice(kind, extent: extent, periodic: [true]) }
        func hamiltonian() throws -> FermionSum {
            let lattice = try lattice()
            let twist = isAntiperiodic ? [.pi] + extent.dropFirst().map { _ in 0 } : nil
            return try .hubbard(
                siteCount: lattice.siteCount, t: 1, U: 3, hops: .along(shell: 1, of: lattice, twist: twist))
        }
    }

    static let subjects = [
        Subject(kind: .chain, extent: [6], gap: .init(.s, size: 0.8), count: 3),
        Subject(kind: .chain, extent: [6], gap: .init(.s, size: 0.8), count: 3, isAntiperiodic: true),
        Subject(kind: .chain, extent: [5], gap: .init(.extended, size: 0.3, chemicalPotential: -0.4), count: 2),
        // Levels −2, 0, 0, 2, where the gap vanishes at 0.
        Subject(kind: .chain, extent: [4], gap: .init(.extended, size: 1.1), count: 2, nodes: 2),
        Subject(kind: .square, extent: [2, 3], gap: .init(.d, size: 0.7), count: 3, nodes: 1),
        Subject(kind: .square, extent: [3, 2], gap: .init(.extended, size: 0.7), count: 2, isAntiperiodic: true),
        Subject(kind: .triangular, extent: [3, 2], gap: .init(.s, size: 2), count: 3),
    ]

    /// A vector over the occupations of 2N modes, mode m being bit m.
    private struct Fock {
        var amplitudes: [C]

        /// A sum over sites of coefficients times creation operators of one spin.
        func created(_ coefficients: [C], from mode: Int) -> Fock {
            var result = [C](repeating: .zero, count: amplitudes.count)
            for (state, amplitude) in amplitudes.enumerated() where amplitude != .zero {
                for (site, coefficient) in coefficients.enumerated() where state >> (mode + site) & 1 == 0 {
                    let below = (state & (1 << (mode + site) - 1)).nonzeroBitCount
                    result[state | 1 << (mode + site)] += (below % 2 == 0 ? 1 : -1) * coefficient * amplitude
                }
            }
            return Fock(amplitudes: result)
        }

        /// ⟨H⟩ with H = Σ h_ij c†_is c_js + U Σ n↑ n↓.
        func energy(_ oneBody: [C], U: Double, sites: Int) -> Double {
            var (sum, norm) = (0.0, 0.0)
            for (state, amplitude) in amplitudes.enumerated() where amplitude != .zero {
                norm += amplitude.lengthSquared
                sum += amplitude.lengthSquared * U * Double((state & state >> sites & (1 << sites - 1)).nonzeroBitCount)
                for place in oneBody.indices where oneBody[place] != .zero {
                    for spin in 0..<2 {
                        let (to, from) = (spin * sites + place / sites, spin * sites + place % sites)
                        guard state >> from & 1 == 1 else { continue }
                        let empty = state & ~(1 << from)
                        guard empty >> to & 1 == 0 else { continue }
                        let moved = (empty & (1 << from - 1)).nonzeroBitCount + (empty & (1 << to - 1)).nonzeroBitCount
                        let other = amplitudes[empty | 1 << to]
                        sum += (moved % 2 == 0 ? 1 : -1) * (other.conjugate * oneBody[place] * amplitude).real
                    }
                }
            }
            return sum / norm
        }
    }

    /// What the hops of a subject do to one particle: cosines of its momenta, by formula.
    private func level(_ subject: Subject, _ k: [Double]) -> Double {
        let cosines = k.indices.map { direction in
            // A bond of a period of 2 counts once.
            (subject.extent[direction] == 2 ? 1 : 2) * .cos(k[direction])
        }
        guard subject.kind == .triangular else { return -cosines.reduce(0, +) }
        // Steps (1, −1) and (−1, 1) lead to different sites where a period is 3.
        return -cosines.reduce(0, +) - 2 * .cos(k[0] - k[1])
    }

    private func gap(_ subject: Subject, _ k: [Double]) -> Double {
        let size = subject.gap.size
        switch subject.gap.form {
        case .s: return size
        case .extended: return size * k.reduce(0) { $0 + .cos($1) }
        case .d: return size * (.cos(k[0]) - .cos(k[1]))
        }
    }

    /// Π_k (u_k + v_k c†_k↑ c†_−k↓)|0⟩, with its mean number of fermions.
    private func state(_ subject: Subject, chemicalPotential: Double) throws -> (vector: Fock, number: Double) {
        let lattice = try subject.lattice()
        let sites = lattice.siteCount
        var vector = Fock(amplitudes: [C](repeating: .zero, count: 1 << (2 * sites)))
        vector.amplitudes[0] = 1
        var number = 0.0
        for place in lattice.siteCoordinates {
            let k = place.indices.map { direction in
                let offset = subject.isAntiperiodic && direction == 0 ? 0.5 : 0
                return 2 * .pi * (Double(place[direction]) + offset) / Double(subject.extent[direction])
            }
            let xi = level(subject, k) - chemicalPotential
            var delta = gap(subject, k)
            if abs(delta) < 1e-9 { delta = xi > 1e-9 ? 0 : xi < -1e-9 ? 0.01 * subject.gap.size : 1e-20 }
            let energy = (xi * xi + delta * delta).squareRoot()
            let v = abs(xi) < 1e-9 && delta == 1e-20 ? 0.5.squareRoot() : (max(0, 1 - xi / energy) / 2).squareRoot()
            let u = (1 - v * v).squareRoot()
            number += 2 * v * v
            let wave = lattice.siteCoordinates.map { cells in
                C(
                    length: 1 / Double(sites).squareRoot(),
                    phase: zip(k, cells).reduce(0) { $0 + $1.0 * Double($1.1) })
            }
            // c†_k = Σ e^{ikr} c†_r/√N; the rightmost operator acts first.
            let pair = vector.created(wave.map(\.conjugate), from: sites).created(wave, from: 0)
            vector.amplitudes = zip(vector.amplitudes, pair.amplitudes).map {
                C(u) * $0 + C(delta < 0 ? -v : v) * $1
            }
        }
        return (vector, number)
    }

    @Test(arguments: subjects, [PairProduct.Variant.antiparallel, .general])
    func energyIsThatOfTheProjectedState(_ subject: Subject, _ variant: PairProduct.Variant) throws {
        let lattice = try subject.lattice()
        let sites = lattice.siteCount
        let hamiltonian = try subject.hamiltonian()
        let oneBody = MeanFieldModel(hamiltonian).oneBody[0]
        let pairs = try BCSPairs(on: lattice, oneBody: oneBody, gap: subject.gap, count: 2 * subject.count)
        #expect(pairs.nodeCount == subject.nodes)
        var (vector, number) = try state(subject, chemicalPotential: pairs.chemicalPotential)
        if subject.gap.chemicalPotential == nil, subject.nodes == 0 {
            #expect(abs(number - Double(2 * subject.count)) < 1e-8)
        }
        for occupation in vector.amplitudes.indices {
            let up = (occupation & (1 << sites - 1)).nonzeroBitCount
            if up != subject.count || occupation.nonzeroBitCount != 2 * subject.count {
                vector.amplitudes[occupation] = .zero
            }
        }

        let space = try HilbertSpace.fermions(siteCount: sites, up: subject.count, down: subject.count)
        let sector = try #require(FermionSector(space))
        let ansatz = PairProduct(Pairing(sector, variant: variant, pairs: pairs.pairs))
        let wave = NeuralQuantumState(ansatz, reading: Encoder(.occupations, of: space), seed: 1)
        let start = try #require(ansatz.leaves[0].start?.values())
        for (place, value) in start.enumerated() { wave.parameters[place] = value }
        wave.parametersChanged()

        // ψ of every configuration is that of the state, but for a factor of all.
        let table = try AmplitudeTable(wave, in: space)
        var (overlap, own, other) = (C.zero, 0.0, 0.0)
        for index in 0..<table.numbering.dimension {
            let codes = try table.numbering.configuration(at: index)
            let occupation = codes.indices.reduce(0) {
                $0 | Int(codes[$1] & 1) << $1 | Int(codes[$1] >> 1) << (sites + $1)
            }
            overlap += vector.amplitudes[occupation].conjugate * table.psi[index]
            own += table.psi[index].lengthSquared
            other += vector.amplitudes[occupation].lengthSquared
        }
        #expect(abs(overlap.length / (own * other).squareRoot() - 1) < 1e-10)

        let state = try MonteCarloState(wave, in: space, samples: .fullSummation, communicator: .alone())
        let energy = try StateEnergy(of: hamiltonian, in: state).measured(samples: 0).statistics.mean.real
        let expected = vector.energy(oneBody, U: 3, sites: sites)
        #expect(abs(energy - expected) < 1e-9 * max(1, abs(expected)), "\(energy), \(expected)")
    }

    /// Pairings that translations by cells of a sublattice tie are the same numbers.
    @Test func tiedPairsAreTheSame() throws {
        let lattice = try Lattice(.square, extent: [4, 4])
        let hamiltonian = try FermionSum.hubbard(siteCount: 16, t: 1, U: 4, hops: .along(lattice.edges(shell: 1)))
        let pairs = try BCSPairs(
            on: lattice, oneBody: MeanFieldModel(hamiltonian).oneBody[0], gap: .init(.d, size: 0.5), count: 14)
        let sector = try #require(FermionSector(try .fermions(siteCount: 16, up: 7, down: 7)))
        let coordinates = lattice.siteCoordinates
        let tying = ParameterTying(
            (0..<256).map { place -> [Int] in
                let (from, to) = (coordinates[place / 16], coordinates[place % 16])
                return [(to[0] - from[0] + 4) % 4, (to[1] - from[1] + 4) % 4]
            })
        let tied = Pairing(sector, variant: .antiparallel, tying: tying, pairs: pairs.pairs)
        let values = try #require(PairProduct(tied).leaves[0].start?.values())
        #expect(values.count == 16)
        for place in 0..<256 { #expect(abs(values[tying.index[place]] - pairs.pairs.values[place]) < 1e-12) }
    }

    @Test func latticesWithoutPairsOfMomentaAreRefused() throws {
        func error(_ lattice: Lattice, form: BCSPairs.Form = .s, t: Couplings = 1, mu: Double? = nil) throws
            -> BCSError?
        {
            let hamiltonian = try FermionSum.hubbard(
                siteCount: lattice.siteCount, t: t, U: 1, hops: .along(try lattice.edges(shell: 1)))
            do {
                _ = try BCSPairs(
                    on: lattice, oneBody: MeanFieldModel(hamiltonian).oneBody[0],
                    gap: .init(form, size: 1, chemicalPotential: mu), count: 2)
                return nil
            } catch {
                return error
            }
        }
        #expect(try error(Lattice(.chain, extent: [6], periodic: [true])) == nil)
        #expect(try error(Lattice(.chain, extent: [6]), mu: -1e300) == .noPairs)
        #expect(try error(Lattice(.chain, extent: [6], periodic: [false])) == .openBoundary(direction: 0))
        #expect(
            try error(Lattice(.square, extent: [3, 3], periodic: [true, false])) == .openBoundary(direction: 1))
        #expect(try error(Lattice(.honeycomb, extent: [2, 2])) == .severalSitesPerCell(2))
        #expect(try error(Lattice(.triangular, extent: [3, 3]), form: .d) == .notASquare)
        #expect(try error(Lattice(.chain, extent: [4]), t: .each([1, 0.5, 1, 0.5])) == .notInvariant)
        #expect(try error(Lattice(.square, spannedBy: [[2, 2], [-2, 2]]), form: .d) == nil)
    }
}
