import LinearAlgebra
import DistQGT

/// A symmetric matrix as a map on parameter space, row-major, for tests of solvers.
public final class DenseSymmetricMap: SymmetricMap {
    public let layout: ParameterLayout
    public let entries: [Double]
    public private(set) var productCount = 0

    public init(size: Int, entries: [Double]) {
        layout = ParameterLayout(leaves: [Leaf(name: "x", shape: [size], isComplex: false)])
        self.entries = entries
    }

    /// Q diag(eigenvalues) Qᵀ with a random orthogonal Q (Gram–Schmidt on normal deviates).
    public convenience init(eigenvalues: [Double], using generator: inout some RandomNumberGenerator) {
        let n = eigenvalues.count
        var basis: [[Double]] = []
        while basis.count < n {
            var vector = (0..<n).map { _ in generator.normalDeviate() }
            for _ in 0..<2 {
                for known in basis {
                    let overlap = zip(known, vector).reduce(0.0) { $0 + $1.0 * $1.1 }
                    for index in 0..<n { vector[index] -= overlap * known[index] }
                }
            }
            let norm = vector.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
            basis.append(vector.map { $0 / norm })
        }
        var entries = [Double](repeating: 0, count: n * n)
        for (eigenvalue, vector) in zip(eigenvalues, basis) {
            for row in 0..<n {
                for column in 0..<n { entries[row * n + column] += eigenvalue * vector[row] * vector[column] }
            }
        }
        self.init(size: n, entries: entries)
    }

    public func makeDomainVector() -> ParameterVector { ParameterVector(layout) }
    public func makeCodomainVector() -> ParameterVector { ParameterVector(layout) }
    public func apply(_ x: ParameterVector, into y: ParameterVector, stopFlag: inout Double) {
        productCount += 1
        let n = layout.count
        for row in 0..<n {
            var sum = 0.0
            for column in 0..<n { sum += entries[row * n + column] * x[column] }
            y[row] = sum
        }
    }
}
