import LinearAlgebra
import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

@Suite struct ConjugateGradientTests {
    private func residual(_ a: DenseSymmetricMap, _ b: ParameterVector, _ x: ParameterVector) throws -> Double {
        let image = b.makeZero()
        try a.apply(x, into: image)
        image.scale(by: -1, adding: b)
        return image.norm() / b.norm()
    }

    @Test(arguments: [1, 2, 5, 30, 80]) func solvesToTheTolerance(_ size: Int) throws {
        var generator = SplitMix64(seed: UInt64(size))
        let a = DenseSymmetricMap(
            eigenvalues: (0..<size).map { _ in Double.random(in: 0.01..<10, using: &generator) }, using: &generator)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        for tolerance in [1e-3, 1e-6, 1e-10] {
            let x = a.makeDomainVector()
            let report = try ConjugateGradient(tolerance: tolerance, maximumIterations: 500).solve(a, b, into: x)
            #expect(report.outcome == .converged)
            #expect(report.residual <= tolerance)
            #expect(abs(try residual(a, b, x) - report.residual) < 1e-13)
        }
    }

    @Test func takesOneStepPerDistinctEigenvalue() throws {
        var generator = SplitMix64(seed: 4)
        let a = DenseSymmetricMap(eigenvalues: (0..<40).map { [1.0, 3.0, 10.0][$0 % 3] }, using: &generator)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let x = a.makeDomainVector()
        let report = try ConjugateGradient(tolerance: 1e-10, maximumIterations: 500).solve(a, b, into: x)
        #expect(report.outcome == .converged)
        // Three, and one more that carries the stop flag.
        #expect(report.iterations <= 4)
    }

    @Test func stopsWhereItHasConverged() throws {
        // The residual of conjugate gradients rises now and then; having met the tolerance it must stay met. One
        // product for each iteration, one for the true residual, none for starting again.
        for seed in 0..<40 as Range<UInt64> {
            var generator = SplitMix64(seed: seed)
            let a = DenseSymmetricMap(
                eigenvalues: (0..<40).map { _ in 1e-3 + pow(Double.random(in: 0..<1, using: &generator), 6) },
                using: &generator)
            let b = a.makeDomainVector()
            b.fillWithNormalDeviates(using: &generator)
            let x = a.makeDomainVector()
            let solver = ConjugateGradient(tolerance: 1e-6, maximumIterations: 500, residualInterval: 1000)
            let report = try solver.solve(a, b, into: x)
            #expect(report.outcome == .converged)
            #expect(a.productCount == report.iterations + 1)
        }
    }

    @Test func warmStartIsUsed() throws {
        var generator = SplitMix64(seed: 5)
        let a = DenseSymmetricMap(eigenvalues: (1...50).map(Double.init), using: &generator)
        let solution = a.makeDomainVector()
        solution.fillWithNormalDeviates(using: &generator)
        let b = a.makeDomainVector()
        try a.apply(solution, into: b)
        let x = a.makeDomainVector()
        x.assign(from: solution)
        let exact = try ConjugateGradient(tolerance: 1e-8, maximumIterations: 500).solve(a, b, into: x)
        #expect(exact.outcome == .converged && exact.iterations <= 1)
        x.scale(by: 1.001)
        let near = try ConjugateGradient(tolerance: 1e-8, maximumIterations: 500).solve(a, b, into: x)
        x.setToZero()
        let cold = try ConjugateGradient(tolerance: 1e-8, maximumIterations: 500).solve(a, b, into: x)
        #expect(near.iterations < cold.iterations)
    }

    @Test func reportsTheIterationLimit() throws {
        var generator = SplitMix64(seed: 6)
        let a = DenseSymmetricMap(eigenvalues: (1...60).map { Double($0 * $0) }, using: &generator)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let x = a.makeDomainVector()
        let report = try ConjugateGradient(tolerance: 1e-12, maximumIterations: 7).solve(a, b, into: x)
        #expect(report.outcome == .iterationLimit)
        #expect(report.iterations == 7)
        #expect(abs(try residual(a, b, x) - report.residual) < 1e-13)
    }

    @Test func reportsIndefiniteMaps() throws {
        var generator = SplitMix64(seed: 7)
        let a = DenseSymmetricMap(eigenvalues: (0..<20).map { $0 == 11 ? -5 : 1 + Double($0) }, using: &generator)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let x = a.makeDomainVector()
        let report = try ConjugateGradient(tolerance: 1e-12, maximumIterations: 200).solve(a, b, into: x)
        #expect(report.outcome == .notPositiveDefinite)
        #expect(x.isFinite)
    }

    @Test func reportsNumbersThatAreNotFinite() throws {
        let size = 4
        var entries = (0..<size * size).map { $0 % (size + 1) == 0 ? 2.0 : 0.1 }
        entries[5] = .nan
        let broken = DenseSymmetricMap(size: size, entries: entries)
        let b = broken.makeDomainVector()
        for index in 0..<size { b[index] = 1 }
        let x = broken.makeDomainVector()
        #expect(
            try ConjugateGradient(tolerance: 1e-6, maximumIterations: 50).solve(broken, b, into: x).outcome
                == .notFinite)
        #expect(x.isFinite)
        b[2] = .infinity
        #expect(
            try ConjugateGradient(tolerance: 1e-6, maximumIterations: 50).solve(broken, b, into: x).outcome
                == .notFinite)
        #expect(x.isFinite)
    }

    @Test func zeroRightHandSide() throws {
        var generator = SplitMix64(seed: 8)
        let a = DenseSymmetricMap(eigenvalues: [1, 2, 3], using: &generator)
        let x = a.makeDomainVector()
        x.fillWithNormalDeviates(using: &generator)
        let report = try ConjugateGradient(tolerance: 1e-6, maximumIterations: 50).solve(
            a, a.makeDomainVector(), into: x)
        #expect(report.outcome == .converged && report.iterations == 0)
        #expect(x.values == [0, 0, 0])
    }

    @Test func stagnationIsNotCalledConvergence() throws {
        var generator = SplitMix64(seed: 9)
        let a = DenseSymmetricMap(eigenvalues: (0..<30).map { 1.0 / Double(1 << $0) }, using: &generator)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let x = a.makeDomainVector()
        let report = try ConjugateGradient(tolerance: 1e-17, maximumIterations: 5000).solve(a, b, into: x)
        #expect(
            report.outcome == .stagnated || report.outcome == .notPositiveDefinite || report.outcome == .iterationLimit)
        #expect(report.residual > 1e-17)
    }

    /// Products of single precision: the iteration ends near the residual that they allow, instead of going on
    /// with a residual that only the recursion knows.
    @Test func endsWhereTheProductsAllowNoMore() throws {
        for seed in 0..<10 as Range<UInt64> {
            var generator = SplitMix64(seed: seed)
            let exact = DenseSymmetricMap(
                eigenvalues: (0..<60).map { _ in pow(10, Double.random(in: -4..<0, using: &generator)) },
                using: &generator)
            let noisy = NoisyMap(exact, relative: 1e-7, seed: seed)
            let b = exact.makeDomainVector()
            b.fillWithNormalDeviates(using: &generator)
            let x = exact.makeDomainVector()
            let report = try ConjugateGradient(tolerance: 1e-12, maximumIterations: 5000).solve(noisy, b, into: x)
            #expect(report.outcome == .stagnated)
            #expect(report.iterations < 1000)
            // What is wrong with A x at the solution.
            let rounding = 1e-7 * x.norm() / b.norm()
            #expect(try residual(exact, b, x) < 10 * rounding)
        }
    }
}

/// A map whose products are wrong in their last digits, at random.
private final class NoisyMap: SymmetricMap {
    private let exact: DenseSymmetricMap
    private let relative: Double
    private var generator: SplitMix64

    init(_ exact: DenseSymmetricMap, relative: Double, seed: UInt64) {
        self.exact = exact
        self.relative = relative
        generator = SplitMix64(seed: seed)
    }

    func makeDomainVector() -> ParameterVector { exact.makeDomainVector() }
    func makeCodomainVector() -> ParameterVector { exact.makeDomainVector() }
    func apply(_ x: ParameterVector, into y: ParameterVector, stopFlag: inout Double) {
        exact.apply(x, into: y, stopFlag: &stopFlag)
        // Of the norm, as rounding of sums is.
        let size = relative * x.norm()
        for index in 0..<y.count { y[index] += size * generator.normalDeviate() / Double(y.count).squareRoot() }
    }
}
