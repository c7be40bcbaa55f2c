import LinearAlgebra
import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

@Suite struct SymmetricMatrixTests {
    private func product(_ map: DenseSymmetricMap, _ x: [Double]) throws -> [Double] {
        let image = map.makeDomainVector()
        try map.apply(ParameterVector(map.layout, values: x), into: image)
        return image.values
    }

    @Test(arguments: [1, 2, 7, 40]) func choleskySolvesDefiniteSystems(_ size: Int) throws {
        var generator = SplitMix64(seed: UInt64(size))
        let map = DenseSymmetricMap(
            eigenvalues: (0..<size).map { _ in Double.random(in: 1e-6..<10, using: &generator) }, using: &generator)
        let solution = (0..<size).map { _ in generator.normalDeviate() }
        let b = try product(map, solution)
        let matrix = SymmetricMatrix(size: size, entries: map.entries)
        // The matrix survives its factorisation: the second solve equals the first.
        for _ in 0..<2 {
            let (x, report) = matrix.solveByCholesky(b)
            #expect(report.outcome == .converged)
            #expect(report.residual < 1e-13)
            let image = try product(map, x)
            for (value, expected) in zip(image, b) { #expect(abs(value - expected) < 1e-12) }
        }
        let shifted = SymmetricMatrix(size: size, entries: map.entries, addedDiagonal: [0.5]).solveByCholesky(b)
        let image = zip(try product(map, shifted.solution), shifted.solution).map { $0 + 0.5 * $1 }
        for (value, expected) in zip(image, b) { #expect(abs(value - expected) < 1e-12) }
    }

    /// What is taken where the first method gives up, on spectra of both signs, with clusters and with zeros.
    @Test(arguments: [1, 2, 7, 40]) func divideAndConquerFindsTheEigensystem(_ size: Int) throws {
        var generator = SplitMix64(seed: UInt64(size))
        let cluster = [1e-14, 0, 2, 2 + 1e-13]
        let expected: [Double] = (0..<size).map { cluster[$0 % 4] - ($0 > 20 ? Double($0) : 0) }
        let map = DenseSymmetricMap(eigenvalues: expected, using: &generator)
        let matrix = SymmetricMatrix(size: size, entries: map.entries)
        let vectors = RealBuffer(count: size * size)
        let values = try #require(matrix.eigenvaluesByDivideAndConquer(vectors: vectors))
        for (value, expected) in zip(values, expected.sorted()) { #expect(abs(value - expected) < 1e-12) }
        let alone = try #require(matrix.eigenvaluesByDivideAndConquer())
        for (value, other) in zip(values, alone) { #expect(abs(value - other) < 1e-12) }
        for (index, value) in values.enumerated() {
            let vector = (0..<size).map { vectors.pointer[index * size + $0] }
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
            for (image, entry) in zip(try product(map, vector), vector) { #expect(abs(image - value * entry) < 1e-12) }
        }
    }

    @Test func choleskyReportsWhatItCannotSolve() {
        var generator = SplitMix64(seed: 3)
        let map = DenseSymmetricMap(eigenvalues: [3, 2, -1, 1], using: &generator)
        let indefinite = SymmetricMatrix(size: 4, entries: map.entries).solveByCholesky([1, 2, 3, 4])
        #expect(indefinite.report.outcome == .notPositiveDefinite)
        #expect(indefinite.solution.allSatisfy { $0.isFinite })
        let broken = SymmetricMatrix(size: 2, entries: [1, .nan, .nan, 1]).solveByCholesky([1, 1])
        #expect(broken.report.outcome == .notFinite && broken.solution == [0, 0])
        let zero = SymmetricMatrix(size: 2, entries: [1, 0, 0, 1]).solveByCholesky([0, 0])
        #expect(zero.report.outcome == .converged && zero.solution == [0, 0])
    }

    /// Against the formula, on a matrix whose eigenvectors are known.
    @Test func smoothPseudoInverseFiltersByItsFormula() {
        let values = [4.0, 1.0, 1e-3, 1e-12, 0]
        var entries = [Double](repeating: 0, count: 25)
        for (index, value) in values.enumerated() { entries[index * 6] = value }
        let b = [1.0, 2, 3, 4, 5]
        let (x, report) = SymmetricMatrix(size: 5, entries: entries)
            .solveBySmoothPseudoInverse(b, cutoff: 1e-10, smoothTolerance: 1e-3)
        #expect(report.outcome == .converged)
        for (index, value) in values.enumerated() {
            let ratio: Double = value / 4
            let filter: Double = 1 / (1 + pow(1e-3 / ratio, 6))
            let expected: Double = ratio > 1e-10 ? filter * b[index] / value : 0
            #expect(abs(x[index] - expected) <= 1e-12 * max(1, abs(expected)))
        }
    }

    @Test func smoothPseudoInverseSolvesWhereNothingIsFiltered() throws {
        var generator = SplitMix64(seed: 5)
        let map = DenseSymmetricMap(eigenvalues: [5, 4, -3, 2, 1, 0.5], using: &generator)
        let solution = (0..<6).map { _ in generator.normalDeviate() }
        let (x, report) = SymmetricMatrix(size: 6, entries: map.entries)
            .solveBySmoothPseudoInverse(try product(map, solution), cutoff: 1e-14, smoothTolerance: 1e-14)
        #expect(report.residual < 1e-13)
        for (value, expected) in zip(x, solution) { #expect(abs(value - expected) < 1e-12) }
    }
}
