import Communication
import LinearAlgebra

/// Both ends of the spectrum of the geometric tensor S of one linearisation, without a shift.
///
/// S = AᵀA and T = AAᵀ share what is not zero: where the smaller of the two has at most `largestDenseSize` rows, its
/// eigenvalues are computed densely. Beyond that, block Lanczos approximates both ends from products of S with blocks
/// of vectors; A has rank (N − 1)·components at most, so that the lowest eigenvalues of S are zero where there are
/// more parameters than that.
public struct TensorSpectrum: Sendable, Equatable {
    public enum Method: String, Sendable {
        case denseTensor = "dense_tensor"
        case denseKernel = "dense_kernel"
        case lanczos
    }

    /// Some eigenvalues at one end.
    public struct End: Sendable, Equatable {
        /// From the end inwards, counted with multiplicity.
        public let values: [Double]
        /// Of each value, the norm of Sx − λx for its normalised vector, a bound on the value's error; zero where the
        /// values are exact but for rounding.
        public let residuals: [Double]
        /// Whether all residuals are within the tolerance. Where not, the values are those of a subspace: too high at
        /// the lower end, too low at the upper one.
        public let isConverged: Bool
    }

    public let method: Method
    public let lowest: End
    public let highest: End
    /// Products of S with blocks of vectors.
    public let products: Int

    /// (λ_max + shift)/(λ_min + shift); infinite where S + shift is not positive definite.
    public func conditionNumber(shift: Double) -> Double {
        guard let least = lowest.values.first, let largest = highest.values.first else { return 1 }
        return least + shift > 0 ? (largest + shift) / (least + shift) : .infinity
    }

    /// Collective; the same on every rank.
    ///
    /// - Parameters:
    ///   - count: eigenvalues at each end, of which there are no more than parameters.
    ///   - tolerance: largest residual of block Lanczos relative to the largest eigenvalue.
    ///   - maximumProducts: of block Lanczos at each end.
    ///   - largestDenseSize: rows of the largest matrix that is diagonalised densely; larger ones are, too, where many
    ///     of their eigenvalues are asked for.
    public init(
        _ linearisation: Linearisation, count: Int, tolerance: Double = 1e-8, maximumProducts: Int = 400,
        largestDenseSize: Int = 2048
    ) throws {
        precondition(count > 0)
        let space = linearisation.space
        let parameters = linearisation.layout.count
        let kernelSize = space.totalCount * space.components
        let wanted = min(count, parameters)
        // Some vectors more than are wanted, so that nearby eigenvalues do not delay them; a multiple of 4 for the
        // vector units.
        let block = (wanted + 2 + 3) / 4 * 4
        let tensor = try QuantumGeometricTensor(linearisation)
        guard min(parameters, kernelSize) > largestDenseSize, parameters > 8 * block else {
            let values: [Double]
            if parameters <= kernelSize {
                method = .denseTensor
                let entries = try tensor.materialised()
                values = try Self.eigenvalues(entries, size: parameters, on: space.communicator)
            } else {
                method = .denseKernel
                let entries = try SampleKernel(linearisation).gathered(to: 0)
                let null = [Double](repeating: 0, count: parameters - kernelSize)
                values = (try Self.eigenvalues(entries, size: kernelSize, on: space.communicator) + null).sorted()
            }
            lowest = .exact(Array(values.prefix(wanted)))
            highest = .exact(values.suffix(wanted).reversed())
            products = 0
            return
        }
        method = .lanczos
        let map = TensorBlockMap(tensor)
        func end<Map: HermitianBlockMap>(of map: Map) throws -> BlockLanczos<Map>.Result {
            var lanczos = BlockLanczos(
                map, communicator: space.communicator,
                settings: .init(
                    count: wanted, blockColumns: block, basisColumns: max(4 * block, min(20 * block, parameters / 2)),
                    tolerance: tolerance, maximumProducts: maximumProducts))
            return try lanczos.run()
        }
        let top = try end(of: Negated(map))
        highest = End(values: top.values.map { -$0 }, residuals: top.residuals, isConverged: top.isConverged)
        if parameters - max(0, space.totalCount - 1) * space.components >= wanted {
            lowest = .exact([Double](repeating: 0, count: wanted))
            products = top.products
        } else {
            let bottom = try end(of: map)
            lowest = End(values: bottom.values, residuals: bottom.residuals, isConverged: bottom.isConverged)
            products = top.products + bottom.products
        }
    }

    /// All eigenvalues of rank 0's matrix, ascending, on every rank.
    private static func eigenvalues(
        _ entries: [Double]?, size: Int, on communicator: Communicator
    ) throws -> [Double] {
        var values: [Double] = []
        if communicator.rank == 0 {
            guard let found = SymmetricMatrix(size: size, entries: entries ?? []).eigenvalues() else {
                throw EigensolverError.lapack(routine: "dsyevr", code: 1)
            }
            values = found
        }
        return try communicator.broadcast(values)
    }
}

extension TensorSpectrum.End {
    fileprivate static func exact(_ values: [Double]) -> Self {
        Self(values: values, residuals: [Double](repeating: 0, count: values.count), isConverged: true)
    }
}
