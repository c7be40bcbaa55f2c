import Foundation
import LatticeSymmetry

/// The structure factor of a function f of the sites, σᶻ by default: S(k) = (1/N) Σ_ij exp(i k·(r_i − r_j)) f_i f_j =
/// |Σ_i exp(i k·r_i) f_i|²/N, one quantity for each momentum. It is diagonal, so that a momentum takes N operations for a
/// sample, and no pair is looked at.
public final class DiagonalStructureFactor: LocalObservable {
    private let siteCount: Int
    /// exp(i k·r_i): (momentum, site), real and imaginary part.
    private let waves: [SIMD2<Double>]
    /// f by code, that of code c at c + 128.
    private let table: [Double]
    /// f of each site in a sample.
    private var values: [Double]

    public let quantityCount: Int
    public var isDiagonal: Bool { true }

    /// - Parameters:
    ///   - siteCount: N.
    ///   - phases: k·r_i in radians, a list of N for each momentum.
    ///   - function: f, and the states of every site; nil for σᶻ of spins 1/2.
    public init(siteCount: Int, phases: [[Double]], of function: (SiteFunction, LocalSpace)? = nil) {
        precondition(phases.allSatisfy { $0.count == siteCount }, "one phase per site")
        self.siteCount = siteCount
        table = function.map { $0.0.table(on: $0.1) } ?? SiteFunction.codes
        waves = phases.flatMap { $0.map { SIMD2(cos($0), sin($0)) } }
        values = [Double](repeating: 0, count: siteCount)
        quantityCount = phases.count
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into output: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        waves.withUnsafeBufferPointer { waves in
            values.withUnsafeMutableBufferPointer { values in
                for sample in 0..<count {
                    for site in 0..<siteCount {
                        values[site] = table[Int(spins[sample * siteCount + site]) + 128]
                    }
                    for momentum in 0..<quantityCount {
                        let first = momentum * siteCount
                        var sum = SIMD2<Double>.zero
                        for site in 0..<siteCount { sum += waves[first + site] * values[site] }
                        output[sample * stride + momentum] = (sum * sum).sum() / Double(siteCount)
                    }
                }
            }
        }
    }
}

extension Lattice {
    /// k·r of every site in radians; nil on a graph without positions.
    ///
    /// - Parameter momentum: one number per direction: on a regular lattice in units of the reciprocal lattice vectors,
    ///   for the positions of a graph in units of 2π.
    public func phases(momentum: [Double]) -> [Double]? {
        guard let cell = kind.unitCell else {
            guard hasPositions else { return nil }
            return sitePositions.map { position in
                2 * .pi * zip(momentum, position).reduce(0) { $0 + $1.0 * $1.1 }
            }
        }
        return (0..<siteCount).map { site in
            var turns = 0.0
            for d in extent.indices {
                let inCell = Double(cell.basis[basisIndices[site]][d]) / Double(cell.subdivision)
                turns += momentum[d] * (Double(siteCoordinates[site][d]) + inCell)
            }
            return 2 * .pi * turns
        }
    }
}
