import Communication
import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct RecycledSubspaceTests {
    private let iteration = ConjugateGradient(tolerance: 1e-8, maximumIterations: 2000)

    /// Some eigenvalues far above a shift of 1, the others at 0.
    private func spectrum(_ size: Int, large: Int, using generator: inout SplitMix64) -> [Double] {
        (0..<size).map { $0 < large ? Double.random(in: 10..<1000, using: &generator) : 0 }
    }

    /// S + 1.
    private func shifted(_ s: DenseSymmetricMap) -> DenseSymmetricMap {
        let size = s.layout.count
        return DenseSymmetricMap(
            size: size, entries: s.entries.indices.map { s.entries[$0] + ($0 % (size + 1) == 0 ? 1 : 0) })
    }

    private func solve(
        _ map: DenseSymmetricMap, with subspace: RecycledSubspace, using generator: inout SplitMix64
    ) throws -> SolverReport {
        let right = map.makeDomainVector()
        right.fillWithNormalDeviates(using: &generator)
        let solution = right.makeZero()
        subspace.prepare(like: right, shift: 1, scaling: nil)
        let report = try iteration.solve(map, right, into: solution, preconditioner: subspace)
        // The true residual.
        let image = right.makeZero()
        try map.apply(solution, into: image)
        image.scale(by: -1, adding: right)
        if report.outcome == .converged { #expect(image.norm() <= 1.01e-8 * right.norm()) }
        _ = try subspace.learn(report, products: map.productCount, over: .alone())
        return report
    }

    @Test(arguments: [1, 2, 3, 4]) func solvesOfOneMapGetShorter(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let map = shifted(
            DenseSymmetricMap(eigenvalues: spectrum(160, large: 30, using: &generator), using: &generator))
        let subspace = RecycledSubspace(sizeLimit: 40)
        let iterations = try (0..<6).map { _ in try solve(map, with: subspace, using: &generator).iterations }
        #expect(iterations[5] * 3 <= iterations[0], "\(iterations)")
    }

    @Test(arguments: 1...6) func mapsThatChangeAreSolvedToTheTolerance(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let size = Int.random(in: 1...80, using: &generator)
        let subspace = RecycledSubspace(sizeLimit: Int.random(in: 1...30, using: &generator))
        for _ in 0..<8 {
            let large = Int.random(in: 0...size, using: &generator)
            let map = shifted(
                DenseSymmetricMap(eigenvalues: spectrum(size, large: large, using: &generator), using: &generator))
            let report = try solve(map, with: subspace, using: &generator)
            #expect(report.outcome == .converged, "\(size), \(large)")
            #expect(subspace.state.vectors.count <= subspace.sizeLimit * size)
        }
    }

    private enum Garbage: CaseIterable { case notFinite, indefinite, huge, notOrthogonal, unrelated }

    @Test(arguments: Garbage.allCases) private func garbageOnlyTakesLonger(_ garbage: Garbage) throws {
        var generator = SplitMix64(seed: 3)
        let (size, columns) = (60, 5)
        let map = shifted(
            DenseSymmetricMap(eigenvalues: spectrum(size, large: 9, using: &generator), using: &generator))
        let subspace = RecycledSubspace(sizeLimit: 8)
        var vectors = (0..<size * columns).map { Double($0 / size == $0 % size ? 1 : 0) }
        var matrix = (0..<columns * columns).map { Double($0 % (columns + 1) == 0 ? 50 : 0) }
        switch garbage {
        case .notFinite: matrix[6] = .nan
        case .indefinite: matrix[6] = -100
        case .huge: matrix = matrix.map { $0 * 1e200 }
        case .notOrthogonal: vectors = vectors.map { _ in 3 * generator.normalDeviate() }
        case .unrelated: break
        }
        subspace.restore(
            RecycledSubspace.State(
                vectors: vectors, matrix: matrix, floor: 2, plainIterations: 20, pause: 0, nextPause: 1, drops: 0),
            parameters: size)
        var last = SolverOutcome.converged
        for _ in 0..<4 { last = try solve(map, with: subspace, using: &generator).outcome }
        #expect(last == .converged)
    }

    @Test func aRestoredSubspaceGoesOnWithTheSameBits() throws {
        var generator = SplitMix64(seed: 8)
        // More than one tile of numbers.
        let diagonal = spectrum(700, large: 12, using: &generator)
        var entries = [Double](repeating: 0, count: 700 * 700)
        for index in 0..<700 { entries[701 * index] = diagonal[index] }
        let map = shifted(DenseSymmetricMap(size: 700, entries: entries))
        let first = RecycledSubspace(sizeLimit: 10)
        for _ in 0..<3 { _ = try solve(map, with: first, using: &generator) }
        let second = RecycledSubspace(sizeLimit: 10)
        second.restore(first.state, parameters: 700)
        #expect(second.state == first.state)
        var copy = generator
        _ = try solve(map, with: first, using: &generator)
        _ = try solve(map, with: second, using: &copy)
        #expect(second.state == first.state)
        #expect(!first.state.vectors.isEmpty)
    }
}
