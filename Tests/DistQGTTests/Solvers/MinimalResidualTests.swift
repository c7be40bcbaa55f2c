import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct MinimalResidualTests {
    private func residual(_ a: DenseSymmetricMap, _ b: ParameterVector, _ x: ParameterVector) throws -> Double {
        let image = b.makeZero()
        try a.apply(x, into: image)
        image.scale(by: -1, adding: b)
        return image.norm() / b.norm()
    }

    @Test(arguments: [1, 2, 5, 40]) func minresSolvesDefiniteAndIndefiniteSystems(_ size: Int) throws {
        var generator = SplitMix64(seed: UInt64(size))
        for isIndefinite in [false, true] {
            let eigenvalues = (0..<size).map { index in
                (isIndefinite && index % 3 == 1 ? -1 : 1) * Double.random(in: 0.1..<10, using: &generator)
            }
            let a = DenseSymmetricMap(eigenvalues: eigenvalues, using: &generator)
            let b = a.makeDomainVector()
            b.fillWithNormalDeviates(using: &generator)
            let x = a.makeDomainVector()
            let report = try MinimalResidual(tolerance: 1e-10, maximumIterations: 400).solve(a, b, into: x)
            #expect(report.outcome == .converged)
            #expect(abs(try residual(a, b, x) - report.residual) < 1e-13)
            #expect(report.residual <= 1e-10)
        }
    }

    /// The least-squares solution: the residual is the part of b outside the range of A.
    @Test func minresMinimisesTheResidualOfASingularSystem() throws {
        var generator = SplitMix64(seed: 3)
        let size = 20
        let a = DenseSymmetricMap(eigenvalues: (0..<size).map { $0 < 5 ? 0 : Double($0) }, using: &generator)
        let inside = a.makeDomainVector()
        let any = a.makeDomainVector()
        any.fillWithNormalDeviates(using: &generator)
        try a.apply(any, into: inside)
        let x = a.makeDomainVector()
        let solved = try MinimalResidual(tolerance: 1e-10, maximumIterations: 400).solve(a, inside, into: x)
        #expect(solved.outcome == .converged)
        // A right-hand side with a component outside: not convergence, and the smallest residual there is.
        let image = a.makeDomainVector()
        try a.apply(x, into: image)
        any.add(-1, times: inside)
        let report = try MinimalResidual(tolerance: 1e-10, maximumIterations: 400).solve(a, any, into: x)
        #expect(report.outcome == .stagnated || report.outcome == .iterationLimit)
        try a.apply(x, into: image)
        image.scale(by: -1, adding: any)
        let normal = a.makeDomainVector()
        try a.apply(image, into: normal)
        // ‖A r‖ against ‖A‖‖r‖; the largest eigenvalue is 19.
        #expect(normal.norm() <= 1e-6 * 19 * image.norm())
        #expect(x.isFinite)
    }

    @Test func minresReportsItsLimitsAndNumbersThatAreNotFinite() throws {
        var generator = SplitMix64(seed: 4)
        let a = DenseSymmetricMap(eigenvalues: (1...60).map { Double($0 * $0) }, using: &generator)
        let b = a.makeDomainVector()
        b.fillWithNormalDeviates(using: &generator)
        let x = a.makeDomainVector()
        let short = try MinimalResidual(tolerance: 1e-12, maximumIterations: 7).solve(a, b, into: x)
        #expect(short.outcome == .iterationLimit && short.iterations == 7)
        #expect(short.residual < 1)

        var entries = (0..<16).map { $0 % 5 == 0 ? 2.0 : 0.1 }
        entries[5] = .nan
        let broken = DenseSymmetricMap(size: 4, entries: entries)
        let ones = broken.makeDomainVector()
        for index in 0..<4 { ones[index] = 1 }
        let y = broken.makeDomainVector()
        #expect(
            try MinimalResidual(tolerance: 1e-6, maximumIterations: 50).solve(broken, ones, into: y).outcome
                == .notFinite)
        #expect(y.isFinite)
        let zero = try MinimalResidual(tolerance: 1e-6, maximumIterations: 50)
            .solve(broken, broken.makeDomainVector(), into: y)
        #expect(zero.outcome == .converged && y.values == [0, 0, 0, 0])
    }

    @Test func minresStartsFromItsGuess() throws {
        var generator = SplitMix64(seed: 5)
        let a = DenseSymmetricMap(eigenvalues: (1...50).map(Double.init), using: &generator)
        let solution = a.makeDomainVector()
        solution.fillWithNormalDeviates(using: &generator)
        let b = a.makeDomainVector()
        try a.apply(solution, into: b)
        let x = a.makeDomainVector()
        x.assign(from: solution)
        x.scale(by: 1.0001)
        let near = try MinimalResidual(tolerance: 1e-8, maximumIterations: 500).solve(a, b, into: x)
        x.setToZero()
        let cold = try MinimalResidual(tolerance: 1e-8, maximumIterations: 500).solve(a, b, into: x)
        #expect(near.outcome == .converged && cold.outcome == .converged)
        #expect(near.iterations < cold.iterations)
    }
}
