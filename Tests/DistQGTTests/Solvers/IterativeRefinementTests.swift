import LinearAlgebra
import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

@Suite struct IterativeRefinementTests {
    private func residual<A: SymmetricMap>(_ a: A, _ b: A.Domain, _ x: A.Domain) throws -> Double {
        let image = b.makeZero()
        try a.apply(x, into: image)
        image.scale(by: -1, adding: b)
        return try image.norm() / b.norm()
    }

    private func rounded(_ a: DenseSymmetricMap) -> DenseSymmetricMap {
        DenseSymmetricMap(size: a.layout.count, entries: a.entries.map { Double(Float($0)) })
    }

    @Test func refinementReachesTheResidualOfTheExactMap() throws {
        var generator = SplitMix64(seed: 1)
        let a = DenseSymmetricMap(
            eigenvalues: (0..<50).map { _ in pow(10, Double.random(in: -4..<0, using: &generator)) }, using: &generator)
        let cheap = rounded(a)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let plain = a.makeDomainVector()
        _ = try ConjugateGradient(tolerance: 1e-12, maximumIterations: 4000).solve(cheap, b, into: plain)
        #expect(try residual(a, b, plain) > 1e-7)
        for innerTolerance in [1e-1, 1e-4] {
            let (exactBefore, cheapBefore) = (a.productCount, cheap.productCount)
            let x = a.makeDomainVector()
            let report = try IterativeRefinement(
                tolerance: 1e-12, innerTolerance: innerTolerance, maximumIterations: 4000
            ).solve(a, approximation: cheap, b, into: x)
            #expect(report.outcome == .converged && report.residual <= 1e-12)
            #expect(cheap.productCount - cheapBefore == report.iterations)
            // At least the accuracy asked for from each correction.
            let corrections = Int((log(1e-12) / log(innerTolerance)).rounded(.up)) + 2
            #expect(a.productCount - exactBefore <= corrections)
            #expect(abs(try residual(a, b, x) - report.residual) < 1e-14)
            // A warm start is used.
            let again = try IterativeRefinement(tolerance: 1e-10, maximumIterations: 4000)
                .solve(a, approximation: cheap, b, into: x)
            #expect(again.outcome == .converged && again.iterations <= 1)
        }
    }

    /// S v in single precision inside, S v in double precision outside, from one linearisation; in both spaces and
    /// with rows in memory.
    @Test(arguments: [DataType.float64, .complex128], [false, true])
    func singleProductsReachTheResidualOfDoubleOnes(_ type: DataType, isStored: Bool) throws {
        let wide = Initialiser(.normal, scale: 0.15)
        let machine = RestrictedBoltzmannMachine(
            siteCount: 10, alpha: 2, options: LayerOptions(type, kernel: wide, bias: wide))
        let state = NeuralQuantumState(machine, seed: 3)
        var generator = SplitMix64(seed: 4)
        let space = try SampleSpace(communicator: .alone(), localCount: 300, isComplex: type.isComplex)
        let tape = state.linearise(.random(siteCount: 10, count: 300, using: &generator), in: space)
        let jacobian = isStored ? StoredJacobian().fill(from: tape) : tape
        let single = jacobian.inSinglePrecision()
        let energies = (0..<600).map { _ in generator.normalDeviate() }
        let gradient = try EnergyGradient(jacobian, localEnergies: energies, mean: 0)
        let shift = 1e-3

        let exact = try QuantumGeometricTensor(jacobian, means: gradient.means, diagonalShift: shift)
        let cheap = try QuantumGeometricTensor(single, means: gradient.means, diagonalShift: shift)
        try check(exact, cheap, gradient.forces, counts: { (exact.productCount, cheap.productCount) })

        let map = CentredJacobian(jacobian)
        let v = map.makeDomainVector()
        v.fillWithNormalDeviates(using: &generator)
        let right = map.makeCodomainVector()
        try map.apply(v, into: right)
        let samples = OnTheFlyKernelMap(jacobian, means: gradient.means, shift: shift)
        let cheapSamples = OnTheFlyKernelMap(single, means: gradient.means, shift: shift)
        try check(samples, cheapSamples, right, counts: { (samples.productCount, cheapSamples.productCount) })
        #expect(state.linearisationCount == 1)
    }

    private func check<A: SymmetricMap>(
        _ exact: A, _ cheap: A, _ b: A.Domain, counts: () -> (exact: Int, cheap: Int)
    ) throws {
        let conjugateGradient = ConjugateGradient(tolerance: 1e-11, maximumIterations: 3000)
        let plain = b.makeZero()
        _ = try conjugateGradient.solve(cheap, b, into: plain)
        // Where products in single precision end (with rows in memory the sums, at least, are double).
        let floor = try residual(exact, b, plain)
        #expect(floor > 1e-9)
        let expected = b.makeZero()
        let reference = try conjugateGradient.solve(exact, b, into: expected)
        #expect(reference.outcome == .converged)

        let x = b.makeZero()
        let before = counts()
        let report = try IterativeRefinement(tolerance: 1e-11, maximumIterations: 3000)
            .solve(exact, approximation: cheap, b, into: x)
        let after = counts()
        #expect(report.outcome == .converged)
        #expect(report.residual <= 1e-11)
        #expect(abs(try residual(exact, b, x) - report.residual) < 1e-14)
        #expect(after.exact - before.exact <= 8)
        #expect(after.cheap - before.cheap == report.iterations)
        x.add(-1, times: expected)
        #expect(try x.norm() <= 1e-7 * expected.norm())
    }

    @Test func refinementReportsWhatFailed() throws {
        var generator = SplitMix64(seed: 7)
        let solver = IterativeRefinement(tolerance: 1e-12, maximumIterations: 300)
        let indefinite = DenseSymmetricMap(
            eigenvalues: (0..<20).map { $0 == 11 ? -5 : 1 + Double($0) }, using: &generator)
        let b = indefinite.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let x = b.makeZero()
        #expect(try solver.solve(indefinite, approximation: indefinite, b, into: x).outcome == .notPositiveDefinite)
        #expect(x.isFinite)

        let a = DenseSymmetricMap(eigenvalues: (1...20).map(Double.init), using: &generator)
        var entries = a.entries
        entries[31] = .nan
        let broken = DenseSymmetricMap(size: 20, entries: entries)
        for (exact, cheap) in [(a, broken), (broken, a)] {
            x.setToZero()
            let report = try solver.solve(exact, approximation: cheap, b, into: x)
            #expect(report.outcome == .notFinite && x.isFinite)
        }
        x.setToZero()
        var short = solver
        short.maximumIterations = 5
        let limited = try short.solve(a, approximation: rounded(a), b, into: x)
        #expect(limited.outcome == .iterationLimit && limited.iterations == 5 && limited.residual < 1)
        #expect(abs(try residual(a, b, x) - limited.residual) < 1e-14)
        let zero = try solver.solve(a, approximation: a, b.makeZero(), into: x)
        #expect(zero.outcome == .converged && x.values.allSatisfy { $0 == 0 })
    }

    /// Corrections by a map that is no approximation only do harm: they are taken back.
    @Test func aHarmfulCorrectionIsTakenBack() throws {
        var generator = SplitMix64(seed: 8)
        let a = DenseSymmetricMap(eigenvalues: (1...20).map(Double.init), using: &generator)
        let third = DenseSymmetricMap(size: 20, entries: a.entries.map { 0.3 * $0 })
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let x = b.makeZero()
        let report = try IterativeRefinement(tolerance: 1e-12, maximumIterations: 300)
            .solve(a, approximation: third, b, into: x)
        #expect(report.outcome == .stagnated)
        #expect(report.residual == 1)
        #expect(x.norm() <= 1e-13 * b.norm())
    }
}
