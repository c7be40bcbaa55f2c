import DistQGT
import DistQGTTestSupport
import Numerics
import Testing

/// What is measured in the states of an ensemble and between them.
@Suite struct EnsembleExpectationsTests {
    private typealias C = Complex<Double>

    /// Σ_i s_i of each configuration, and the first site's code.
    private final class Codes: LocalObservable {
        let siteCount: Int
        let quantityCount = 2
        let isDiagonal = true

        init(siteCount: Int) { self.siteCount = siteCount }

        func evaluate(
            _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
            into values: UnsafeMutablePointer<Double>, stride: Int
        ) {
            for row in 0..<count {
                let codes = (0..<siteCount).map { Double(spins[row * siteCount + $0]) }
                values[row * stride] = codes.reduce(0, +)
                values[row * stride + 1] = codes[0]
            }
        }
    }

    private static func states(_ count: Int, sites: Int) -> [TabulatedAmplitudes] {
        (0..<count).map { TabulatedAmplitudes(siteCount: sites, seed: UInt64(20 + $0), blockRows: 8) }
    }

    /// Matrices of several operators and functions are those of each alone, and those of a function those of the operator that
    /// multiplies with it.
    @Test(arguments: [1, 2, 4]) func severalMatricesTogether(_ count: Int) throws {
        let sites = 3
        let states = Self.states(count, sites: sites)
        let ising = try SmallProblem.ising(sites: sites).hamiltonian
        let complexTerms = try SmallProblem.dzyaloshinskiiMoriya(sites: sites).hamiltonian
        func diagonal(_ strings: [String]) throws -> PauliSum {
            try .pauliStrings(strings.map { PauliString($0, coefficient: 1) }, siteCount: sites)
        }
        let operators: [any DistQGT.Operator] = [
            ising, complexTerms, try diagonal(["ZII", "IZI", "IIZ"]), try diagonal(["ZII"]),
        ]
        let codes = Codes(siteCount: sites)
        let together = LocalOperatorMatrices(
            of: operators,
            functions: .init(count: 2) { codes.evaluate($0, count: $1, logPsi: $2, into: $2, stride: $3) }, in: states)
        #expect(together.quantityCount == 6)
        var generator = SplitMix64(seed: 1)
        // More than a batch.
        let configurations = Configurations(
            siteCount: count * sites,
            spins: (0..<150 * count * sites).map { _ in Bool.random(using: &generator) ? 1 : -1 })
        let all = together.evaluate(configurations)
        let size = 2 * count * count
        for (number, one) in (operators + [operators[2], operators[3]]).enumerated() {
            let alone = LocalOperatorMatrices(of: [one], in: states).evaluate(configurations)
            for sample in 0..<150 {
                let found = all[(sample * 6 + number) * size..<(sample * 6 + number + 1) * size]
                for (x, y) in zip(found, alone[sample * size..<(sample + 1) * size]) {
                    #expect((x.isNaN && y.isNaN) || abs(x - y) <= 1e-9 * max(1, abs(y)))
                }
            }
        }
    }

    /// A general matrix for S⁻¹H, and another for S⁻¹A: what is reported has the derivatives that are said.
    @Test(arguments: [1, 2, 3, 4]) func derivativesOfWhatIsReported(_ count: Int) throws {
        let ising = try SmallProblem.ising(sites: 3).hamiltonian
        let expectations = EnsembleExpectations(
            ising, operators: [ising], functions: [Codes(siteCount: 3)], in: Self.states(count, sites: 3))
        #expect(expectations.operatorCount == 3)
        #expect(expectations.quantityCount == 4 * 2 * count * count)
        var generator = SplitMix64(seed: UInt64(count))
        var means = (0..<expectations.quantityCount).map { _ in generator.normalDeviate() }
        // Levels that are apart.
        for state in 0..<count { means[2 * (state * count + state)] += 5 * Double(state) }
        func values(_ means: [Double]) throws -> [(Double, [Double])] {
            try #require(expectations.reported(means)).map { quantity in
                guard case .function(let value, let gradient) = quantity else { return (.nan, []) }
                var dense = [Double](repeating: 0, count: means.count)
                for part in gradient { dense[part.quantity] += part.coefficient }
                return (value, dense)
            }
        }
        let found = try values(means)
        #expect(found.count == count + 3 * (count + count * (count - 1) / 2))
        let step = 1e-5
        for quantity in means.indices {
            var (above, below) = (means, means)
            above[quantity] += step
            below[quantity] -= step
            let (high, low) = (try values(above), try values(below))
            for number in found.indices {
                let slope = (high[number].0 - low[number].0) / (2 * step)
                #expect(abs(slope - found[number].1[quantity]) < 1e-6 * max(1, abs(slope)), "\(number), \(quantity)")
            }
        }
        let nothing = try values(means.map { _ in .nan })
        #expect(nothing.count == found.count && nothing.allSatisfy { $0.0.isNaN })
    }

    /// States and an operator that are known: S⁻¹H and S⁻¹A of vectors that are neither orthogonal nor normalised.
    @Test func elementsOfKnownStates() throws {
        let count = 3
        var generator = SplitMix64(seed: 8)
        func random() -> C { C(generator.normalDeviate(), generator.normalDeviate()) }
        // Orthonormal states are unit vectors; ψ_j = Σ_a V_aj e_a, so that S⁻¹A = V⁻¹ A V with Hermitian A.
        let energies = [-3.0, 0.5, 4.0]
        var a = [C](repeating: .zero, count: 9)
        for row in 0..<3 {
            a[4 * row] = C(generator.normalDeviate())
            for column in row + 1..<3 {
                a[3 * row + column] = random()
                a[3 * column + row] = a[3 * row + column].conjugate
            }
        }
        let v = (0..<9).map { _ in random() }
        func minor(_ m: [C], _ a: Int, _ b: Int, _ c: Int, _ d: Int) -> C { m[a] * m[b] - m[c] * m[d] }
        func determinant(_ m: [C]) -> C {
            let first = m[0] * minor(m, 4, 8, 5, 7)
            let second = m[1] * minor(m, 3, 8, 5, 6)
            let third = m[2] * minor(m, 3, 7, 4, 6)
            return first - second + third
        }
        /// V⁻¹ B by Cramer's rule.
        func solved(_ b: [C]) -> [C] {
            (0..<9).map { place in
                let (row, column) = (place / 3, place % 3)
                var replaced = v
                for line in 0..<3 { replaced[3 * line + row] = b[3 * line + column] }
                return determinant(replaced) / determinant(v)
            }
        }
        func product(_ x: [C], _ y: [C]) -> [C] {
            var result = [C](repeating: .zero, count: 9)
            for place in 0..<9 {
                for middle in 0..<3 { result[place] += x[3 * (place / 3) + middle] * y[3 * middle + place % 3] }
            }
            return result
        }
        var h = [C](repeating: .zero, count: 9)
        for state in 0..<3 { h[4 * state] = C(energies[state]) }
        let elements: [C] = solved(product(h, v)) + solved(product(a, v))
        let means: [Double] = elements.flatMap { [$0.real, $0.imaginary] }
        let ising = try SmallProblem.ising(sites: 3).hamiltonian
        let expectations = EnsembleExpectations(
            ising, operators: [ising], functions: [], in: Self.states(count, sites: 3))
        let found = try #require(expectations.reported(means)).map { quantity in
            if case .function(let value, _) = quantity { value } else { Double.nan }
        }
        var expected: [Double] = energies + [a[0].real, a[4].real, a[8].real]
        for place in [1, 2, 5] { expected.append(a[place].lengthSquared) }
        #expect(found.count == expected.count)
        for (x, y) in zip(found, expected) { #expect(abs(x - y) < 1e-9) }
    }
}
