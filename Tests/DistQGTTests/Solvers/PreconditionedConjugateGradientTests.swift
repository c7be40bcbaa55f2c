import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

@Suite struct PreconditionedConjugateGradientTests {
    /// Unknowns of scales that differ by up to 10⁶: C A C with a well-conditioned A and a diagonal C.
    private func badlyScaled(_ size: Int, seed: UInt64) -> DenseSymmetricMap {
        var generator = SplitMix64(seed: seed)
        let core = DenseSymmetricMap(
            eigenvalues: (0..<size).map { _ in Double.random(in: 0.5..<2, using: &generator) }, using: &generator)
        let scales = (0..<size).map { _ in pow(10, Double.random(in: -3..<3, using: &generator)) }
        return DenseSymmetricMap(
            size: size,
            entries: core.entries.indices.map { core.entries[$0] * scales[$0 / size] * scales[$0 % size] })
    }

    private func jacobi(_ a: DenseSymmetricMap) throws -> JacobiPreconditioner<ParameterVector> {
        let diagonal = a.makeDomainVector()
        for index in 0..<diagonal.count { diagonal[index] = a.entries[index * (diagonal.count + 1)] }
        return try JacobiPreconditioner(diagonal: diagonal)
    }

    private func residual(_ a: DenseSymmetricMap, _ b: ParameterVector, _ x: ParameterVector) -> Double {
        let image = b.makeZero()
        var stopFlag = 0.0
        a.apply(x, into: image, stopFlag: &stopFlag)
        image.scale(by: -1, adding: b)
        return image.norm() / b.norm()
    }

    @Test(arguments: [1, 2, 20, 60]) func jacobiShortensBadlyScaledSystems(_ size: Int) throws {
        let a = badlyScaled(size, seed: UInt64(size))
        var generator = SplitMix64(seed: 7)
        // A right-hand side of the scales of the matrix, as forces are.
        let solution = a.makeDomainVector()
        solution.fillWithNormalDeviates(using: &generator)
        for index in 0..<size { solution[index] /= a.entries[index * (size + 1)].squareRoot() }
        let b = a.makeDomainVector()
        try a.apply(solution, into: b)
        let solver = ConjugateGradient(tolerance: 1e-10, maximumIterations: 4000)
        let x = a.makeDomainVector()
        let report = try solver.solve(a, b, into: x, preconditioner: jacobi(a))
        #expect(report.outcome == .converged)
        #expect(report.residual <= 1e-10)
        #expect(abs(residual(a, b, x) - report.residual) < 1e-13)
        let plain = a.makeDomainVector()
        let plainReport = try solver.solve(a, b, into: plain)
        #expect(report.iterations <= plainReport.iterations)
        guard size == 60 else { return }
        #expect(report.iterations < 40)
        #expect(4 * report.iterations < plainReport.iterations)
        // Entry by entry, in the scale of each unknown.
        let tight = try ConjugateGradient(tolerance: 1e-15, maximumIterations: 4000)
            .solve(a, b, into: x, preconditioner: jacobi(a))
        #expect(tight.residual < 1e-14)
        for index in 0..<size {
            #expect(abs(x[index] - solution[index]) * a.entries[index * (size + 1)].squareRoot() < 1e-6)
        }
    }

    /// A preconditioner that is a multiple of the identity changes nothing; nor does a warm start at the solution.
    @Test func aMultipleOfTheIdentityChangesNothing() throws {
        var generator = SplitMix64(seed: 3)
        let a = DenseSymmetricMap(eigenvalues: (1...30).map(Double.init), using: &generator)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let solver = ConjugateGradient(tolerance: 1e-9, maximumIterations: 200, residualInterval: 4)
        let plain = a.makeDomainVector()
        let expected = try solver.solve(a, b, into: plain)
        let constant = a.makeDomainVector()
        for index in 0..<constant.count { constant[index] = 4 }
        let x = a.makeDomainVector()
        let report = try solver.solve(a, b, into: x, preconditioner: JacobiPreconditioner(diagonal: constant))
        #expect(report.iterations == expected.iterations)
        for index in 0..<x.count { #expect(abs(x[index] - plain[index]) < 1e-12) }
        #expect(try solver.solve(a, b, into: x, preconditioner: jacobi(a)).iterations <= 1)
    }

    @Test func theExactInverseTakesOneStep() throws {
        let scales = (0..<12).map { pow(10, Double($0 - 6)) }
        let a = DenseSymmetricMap(size: 12, entries: (0..<144).map { $0 % 13 == 0 ? scales[$0 / 13] : 0 })
        var generator = SplitMix64(seed: 4)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let x = a.makeDomainVector()
        let report = try ConjugateGradient(tolerance: 1e-12, maximumIterations: 100)
            .solve(a, b, into: x, preconditioner: jacobi(a))
        // One, and one more that carries the stop flag.
        #expect(report.outcome == .converged && report.iterations <= 2)
    }

    @Test func entriesThatAreSmallAgainstTheLargestCountAsTheBound() throws {
        let layout = ParameterLayout(leaves: [Leaf(name: "x", shape: [4], isComplex: false)])
        let diagonal = ParameterVector(layout, values: [4, 0, 1e-30, 2])
        let inverse = try JacobiPreconditioner(diagonal: diagonal).inverse.values
        let bound = 1 / (4 * JacobiPreconditioner<ParameterVector>.floor)
        #expect(inverse == [0.25, bound, bound, 0.5])
        #expect(try JacobiPreconditioner(diagonal: ParameterVector(layout)).inverse.values == [1, 1, 1, 1])
    }

    @Test func preconditionedSolvesReportWhatFailed() throws {
        var generator = SplitMix64(seed: 7)
        let a = DenseSymmetricMap(eigenvalues: (0..<20).map { $0 == 11 ? -5 : 1 + Double($0) }, using: &generator)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let ones = a.makeDomainVector()
        for index in 0..<ones.count { ones[index] = 1 + 0.1 * Double(index) }
        let solver = ConjugateGradient(tolerance: 1e-12, maximumIterations: 200)
        let x = a.makeDomainVector()
        let indefinite = try solver.solve(a, b, into: x, preconditioner: JacobiPreconditioner(diagonal: ones))
        #expect(indefinite.outcome == .notPositiveDefinite)
        #expect(x.isFinite)

        var entries = a.entries
        entries[25] = .nan
        let broken = DenseSymmetricMap(size: 20, entries: entries)
        x.setToZero()
        #expect(
            try solver.solve(broken, b, into: x, preconditioner: JacobiPreconditioner(diagonal: ones)).outcome
                == .notFinite)
        #expect(x.isFinite)
        // A diagonal that is not finite.
        ones[3] = .nan
        x.setToZero()
        #expect(
            try solver.solve(a, b, into: x, preconditioner: JacobiPreconditioner(diagonal: ones)).outcome == .notFinite)
        #expect(x.isFinite)
        // A guess that is not finite counts as none.
        let definite = DenseSymmetricMap(eigenvalues: (0..<20).map { 1 + Double($0) }, using: &generator)
        x[2] = .infinity
        #expect(try solver.solve(definite, b, into: x).outcome == .converged)
        let zero = try solver.solve(
            a, a.makeDomainVector(), into: x, preconditioner: JacobiPreconditioner(diagonal: ones))
        #expect(zero.outcome == .converged && zero.iterations == 0)
    }
}
