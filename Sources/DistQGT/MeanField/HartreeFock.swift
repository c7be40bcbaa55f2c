import LinearAlgebra
import Numerics

/// The one-body part of a Hamiltonian of fermions and its repulsions of densities, spin by spin: what mean-field theory
/// with collinear spins reads of it.
public struct MeanFieldModel: Sendable {
    /// Spins: 2, or 1 without spin.
    public let spinCount: Int
    public let siteCount: Int
    /// By spin ⟨i|h|j⟩, row-major N × N.
    public let oneBody: [[Complex<Double>]]
    /// V n_a n_b of pairs of different modes, modes being those of `FermionModes`.
    public let repulsions: [(first: Int, second: Int, value: Double)]

    public init(
        spinCount: Int, siteCount: Int, oneBody: [[Complex<Double>]],
        repulsions: [(first: Int, second: Int, value: Double)]
    ) {
        precondition(oneBody.count == spinCount && oneBody.allSatisfy { $0.count == siteCount * siteCount })
        self.spinCount = spinCount
        self.siteCount = siteCount
        self.oneBody = oneBody
        self.repulsions = repulsions
    }

    /// What a sum of fermion operators has of it. Hops that depend on occupations, hops of pairs and products of more than
    /// two occupations are left out, and what flips spins.
    public init(_ hamiltonian: FermionSum) {
        let (sites, modes) = (hamiltonian.siteCount, hamiltonian.modes)
        let spins = modes.isSpinful ? 2 : 1
        var oneBody = [[Complex<Double>]](
            repeating: [Complex<Double>](repeating: .zero, count: sites * sites), count: spins)
        var repulsions: [(first: Int, second: Int, value: Double)] = []
        for term in hamiltonian.diagonal {
            switch term.counted.count {
            case 1:
                let (spin, site) = (term.counted[0] / sites, term.counted[0] % sites)
                oneBody[spin][site * sites + site] += term.element
            case 2: repulsions.append((term.counted[0], term.counted[1], term.element.rawStorage.x))
            default: break
            }
        }
        for transition in hamiltonian.transitions where transition.created.count == 1 {
            let (to, from) = (transition.created[0], transition.annihilated[0])
            guard to / sites == from / sites else { continue }
            for term in transition.terms where term.counted.isEmpty {
                // An element has the sign of c†_to c_from beside the strings of both modes (`FermionMonomial.isNegatedByItself`).
                oneBody[to / sites][to % sites * sites + from % sites] += to < from ? -term.element : term.element
            }
        }
        self.init(spinCount: spins, siteCount: sites, oneBody: oneBody, repulsions: repulsions)
    }

    public var isReal: Bool { oneBody.allSatisfy { $0.allSatisfy { $0.rawStorage.y == 0 } } }
}

/// Unrestricted Hartree-Fock theory with collinear spins: orbitals in the mean field of their own densities. Local.
public struct HartreeFock: Sendable {
    /// Where the iteration begins.
    public enum Start: String, Sendable, CaseIterable {
        /// Spins up on one sublattice of the hops' graph, down on the other, as far as it has two.
        case antiferromagnet
        /// Densities with a random part.
        case random
    }

    /// By spin N × n, row-major: the occupied orbitals.
    public let orbitals: [[Complex<Double>]]
    public let counts: [Int]
    /// By spin the level behind the last occupied one minus that one; infinite where there is none.
    public let gaps: [Double]
    public let energy: Double
    public let iterations: Int
    public let isConverged: Bool

    private static let mixing = 0.5
    private static let tolerance = 1e-9
    private static let maximumIterations = 1000
    /// Fields that lift degeneracies at the edge of open shells.
    private static let tinyField = 1e-4
    /// Levels that are closer than this are one.
    public static let degenerate = 1e-8

    /// Orbitals of free fermions: without the repulsions.
    ///
    /// A shell that is not full is filled from levels that tiny fields split.
    ///
    /// - Parameter counts: by spin the number of fermions.
    public static func free(_ model: MeanFieldModel, counts: [Int]) throws(MeanFieldError) -> HartreeFock {
        let first = try HartreeFock(model, fields: nil, counts: counts)
        guard first.gaps.contains(where: { $0 < degenerate }) else { return first }
        let fields = (0..<model.spinCount).map { spin in
            (0..<model.siteCount).map { site in tinyField * uniform(spin * model.siteCount + site) }
        }
        let split = try HartreeFock(model, fields: fields, counts: counts)
        return HartreeFock(
            orbitals: split.orbitals, counts: counts, gaps: first.gaps, energy: first.energy, iterations: 0,
            isConverged: true)
    }

    /// The self-consistent orbitals that a start leads to.
    ///
    /// - Parameter counts: by spin the number of fermions.
    public static func solve(
        _ model: MeanFieldModel, counts: [Int], from start: Start
    ) throws(MeanFieldError) -> HartreeFock {
        let sites = model.siteCount
        let sublattice = model.sublattices()
        // ρ_s[i, j] = ⟨c†_j c_i⟩.
        var densities = (0..<model.spinCount).map { spin in
            var density = [Complex<Double>](repeating: .zero, count: sites * sites)
            let filling = Double(counts[spin]) / Double(sites)
            for site in 0..<sites {
                let room = min(filling, 1 - filling)
                let shift: Double
                switch start {
                case .antiferromagnet: shift = (spin == 0 ? 0.9 : -0.9) * Double(sublattice[site])
                case .random: shift = 0.9 * uniform(spin * sites + site)
                }
                density[site * sites + site] = Complex(filling + room * shift)
            }
            return density
        }
        var found: HartreeFock?
        for iteration in 1...maximumIterations {
            let effective = model.effective(densities)
            let next = try HartreeFock(
                MeanFieldModel(
                    spinCount: model.spinCount, siteCount: sites, oneBody: effective, repulsions: []), fields: nil,
                counts: counts)
            var change = 0.0
            for spin in 0..<model.spinCount {
                let fresh = next.density(spin, siteCount: sites)
                for place in 0..<sites * sites {
                    let difference = fresh[place] - densities[spin][place]
                    change = max(change, difference.length)
                    densities[spin][place] += Complex(mixing) * difference
                }
            }
            let isConverged = change < tolerance
            found = HartreeFock(
                orbitals: next.orbitals, counts: counts, gaps: next.gaps,
                energy: model.energy(densities), iterations: iteration, isConverged: isConverged)
            if isConverged { break }
        }
        guard let found else { throw .notFinite }
        return found
    }

    /// A number in (−1, 1), the same for the same index.
    private static func uniform(_ index: Int) -> Double {
        var z = UInt64(index &+ 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Double(Int64(bitPattern: z)) / 0x1p63
    }

    private init(
        orbitals: [[Complex<Double>]], counts: [Int], gaps: [Double], energy: Double, iterations: Int, isConverged: Bool
    ) {
        self.orbitals = orbitals
        self.counts = counts
        self.gaps = gaps
        self.energy = energy
        self.iterations = iterations
        self.isConverged = isConverged
    }

    /// The lowest levels of the one-body part.
    private init(_ model: MeanFieldModel, fields: [[Double]]?, counts: [Int]) throws(MeanFieldError) {
        let sites = model.siteCount
        var (orbitals, gaps, energy) = ([[Complex<Double>]](), [Double](), 0.0)
        for spin in 0..<model.spinCount {
            var matrix = model.oneBody[spin]
            if let fields {
                for site in 0..<sites { matrix[site * sites + site] += Complex(fields[spin][site]) }
            }
            guard matrix.allSatisfy(\.isFinite) else { throw .notFinite }
            let (levels, vectors) = try Self.eigensystem(matrix, size: sites)
            let count = counts[spin]
            gaps.append(count > 0 && count < sites ? levels[count] - levels[count - 1] : .infinity)
            energy += levels.prefix(count).reduce(0, +)
            orbitals.append((0..<sites * count).map { vectors[$0 / count * sites + $0 % count] })
        }
        self.init(
            orbitals: orbitals, counts: counts, gaps: gaps, energy: energy, iterations: 0, isConverged: true)
    }

    /// ⟨c†_j c_i⟩ of one spin.
    private func density(_ spin: Int, siteCount: Int) -> [Complex<Double>] {
        let (count, all) = (counts[spin], orbitals[spin])
        return (0..<siteCount * siteCount).map { place in
            let (i, j) = (place / siteCount, place % siteCount)
            return (0..<count).reduce(Complex<Double>.zero) { $0 + all[i * count + $1] * all[j * count + $1].conjugate }
        }
    }

    /// Levels in ascending order, and vectors as columns of a row-major matrix: real ones of a real matrix.
    private static func eigensystem(
        _ matrix: [Complex<Double>], size: Int
    ) throws(MeanFieldError) -> (levels: [Double], vectors: [Complex<Double>]) {
        let isReal = matrix.allSatisfy { $0.rawStorage.y == 0 }
        // Columns of the matrix, as LAPACK has them.
        var entries: [Double] = []
        for column in 0..<size {
            for row in 0..<size {
                entries.append(matrix[row * size + column].rawStorage.x)
                if !isReal { entries.append(matrix[row * size + column].rawStorage.y) }
            }
        }
        let solved: HermitianEigenproblem
        do {
            solved = try HermitianEigenproblem(&entries, size: size, leading: size, isComplex: !isReal, count: size)
        } catch {
            throw .eigenproblem("\(error)")
        }
        let vectors = (0..<size * size).map { place in
            let (row, column) = (place / size, place % size)
            let entry = (column * size + row) * (isReal ? 1 : 2)
            return Complex(solved.vectors[entry], isReal ? 0 : solved.vectors[entry + 1])
        }
        return (solved.values, vectors)
    }
}

/// What can be wrong with a mean field.
public enum MeanFieldError: Error, CustomStringConvertible {
    case notFinite
    case eigenproblem(String)

    public var description: String {
        switch self {
        case .notFinite: "the mean field is not finite"
        case .eigenproblem(let error): "the mean field has no eigensystem: \(error)"
        }
    }
}

extension MeanFieldModel {
    /// The one-body Hamiltonian in the field of densities ρ_s[i, j] = ⟨c†_j c_i⟩: direct and exchange terms.
    fileprivate func effective(_ densities: [[Complex<Double>]]) -> [[Complex<Double>]] {
        var effective = oneBody
        for (first, second, value) in repulsions {
            let (a, b) = ((first / siteCount, first % siteCount), (second / siteCount, second % siteCount))
            let (na, nb) = (density(a, densities), density(b, densities))
            effective[a.0][a.1 * siteCount + a.1] += Complex(value * nb)
            effective[b.0][b.1 * siteCount + b.1] += Complex(value * na)
            guard a.0 == b.0 else { continue }
            effective[a.0][a.1 * siteCount + b.1] -= Complex(value) * densities[a.0][a.1 * siteCount + b.1]
            effective[a.0][b.1 * siteCount + a.1] -= Complex(value) * densities[a.0][b.1 * siteCount + a.1]
        }
        return effective
    }

    private func density(_ mode: (Int, Int), _ densities: [[Complex<Double>]]) -> Double {
        densities[mode.0][mode.1 * siteCount + mode.1].rawStorage.x
    }

    /// Of the determinant with these densities.
    fileprivate func energy(_ densities: [[Complex<Double>]]) -> Double {
        var sum = 0.0
        for spin in 0..<spinCount {
            for i in 0..<siteCount {
                for j in 0..<siteCount {
                    sum += (oneBody[spin][i * siteCount + j] * densities[spin][j * siteCount + i]).rawStorage.x
                }
            }
        }
        for (first, second, value) in repulsions {
            let (a, b) = ((first / siteCount, first % siteCount), (second / siteCount, second % siteCount))
            sum += value * density(a, densities) * density(b, densities)
            if a.0 == b.0 {
                let exchange = densities[a.0][a.1 * siteCount + b.1]
                sum -= value * (exchange * exchange.conjugate).rawStorage.x
            }
        }
        return sum
    }

    /// 1 and −1 on the two sublattices of the graph of hops; where it has no two, what a walk through it meets first.
    fileprivate func sublattices() -> [Int] {
        var colour = [Int](repeating: 0, count: siteCount)
        for start in 0..<siteCount where colour[start] == 0 {
            colour[start] = 1
            var open = [start]
            while let site = open.popLast() {
                for other in 0..<siteCount where other != site && colour[other] == 0 {
                    guard oneBody[0][site * siteCount + other] != .zero else { continue }
                    colour[other] = -colour[site]
                    open.append(other)
                }
            }
        }
        return colour
    }
}
