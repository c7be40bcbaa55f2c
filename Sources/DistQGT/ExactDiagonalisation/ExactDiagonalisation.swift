/// The exact lowest energies of small systems.
public struct ExactDiagonalisation {
    /// Dimensions up to this one are diagonalised densely.
    static let largestDenseDimension = 400

    public struct Result: Sendable, Equatable {
        /// The lowest levels, ascending, counted with multiplicity.
        public let energies: [Double]
        /// ‖Hx − λx‖ of each level's normalised vector, a bound on the error of the energy.
        public let residuals: [Double]
        /// Number of products of H with a block of vectors; 0 where the matrix was dense.
        public let iterations: Int
        /// Dimension of the Hilbert space.
        public let dimension: Int
    }

    /// The lowest `count` levels of a Hermitian sum of Pauli strings. Collective: the basis states
    /// are spread over the ranks of `communicator`, and every rank returns the same result.
    ///
    /// Small spaces are diagonalised densely, larger ones by block Lanczos, in real arithmetic where
    /// H is real.
    ///
    /// - Parameters:
    ///   - tolerance: largest residual norm relative to the largest |λ|. The energies are far more
    ///     accurate than that: their error is the squared residual over the gap.
    ///   - maximumIterations: largest number of products with a block.
    ///   - memoryLimit: bytes that each rank may use for vectors.
    /// - Throws: `ExactDiagonalisationError`, `MPIError`.
    public static func lowestEnergies(
        of hamiltonian: PauliSum, in space: HilbertSpace, count: Int, communicator: Communicator,
        tolerance: Double = 1e-11, maximumIterations: Int = 20_000, memoryLimit: Int = 4 << 30
    ) throws -> Result {
        try validate(hamiltonian, space, count)
        // K + 2 vectors at least, so that a level that nearly coincides with the last one wanted
        // does not delay it; a multiple of 4 for the vector units.
        let block = (count + 2 + 3) / 4 * 4
        if space.dimension <= max(largestDenseDimension, 8 * block) {
            return try denseEnergies(
                of: hamiltonian, in: space, count: count, communicator: communicator,
                memoryLimit: memoryLimit)
        }
        let width = hamiltonian.isReal ? 1 : 2
        let shard = Shard.block(
            of: space.dimension, rank: communicator.rank, size: communicator.size)
        // Every rank plans with the largest shard, that of rank 0, and so plans the same.
        let rows = Shard.block(of: space.dimension, rank: 0, size: communicator.size).count
        let perColumn = Double(8 * width) * Double(rows)
        // Block, product, the copy that is sent, the whole block that is received, the diagonal.
        let fixed =
            3 * Double(block) * perColumn
            + Double(8 * width * block) * Double(space.dimension) + 8 * Double(rows)
        let fitting = (Double(memoryLimit) - fixed) / perColumn
        guard fitting >= Double(4 * block), space.dimension <= Int(UInt32.max) else {
            throw ExactDiagonalisationError.tooLarge(
                bytes: Int(min(fixed + Double(4 * block) * perColumn, 9e18)), limit: memoryLimit,
                dimension: space.dimension)
        }
        // Longer bases save products and cost orthogonalisation; ten blocks were fastest from 16 to
        // 20 spins.
        let columns = min(10 * block, Int(min(fitting, 1e9)), space.dimension / 2)
        var lanczos = BlockLanczos(
            DistributedHamiltonian(hamiltonian, space: space, shard: shard, communicator: communicator),
            communicator: communicator,
            settings: .init(
                count: count, blockColumns: block, basisColumns: columns, tolerance: tolerance,
                maximumProducts: maximumIterations))
        let found = try lanczos.run()
        guard found.isConverged else {
            throw ExactDiagonalisationError.notConverged(
                iterations: found.products, largestResidual: found.residuals.max() ?? .nan, required: found.required)
        }
        return Result(
            energies: found.values, residuals: found.residuals, iterations: found.products, dimension: space.dimension)
    }

    private static func validate(
        _ hamiltonian: PauliSum, _ space: HilbertSpace, _ count: Int
    ) throws(ExactDiagonalisationError) {
        guard hamiltonian.siteCount == space.siteCount else {
            throw .siteCountsDiffer(
                operatorSites: hamiltonian.siteCount, spaceSites: space.siteCount)
        }
        guard hamiltonian.isHermitian else { throw .notHermitian }
        if let magnetisation = space.magnetisation, !hamiltonian.conservesMagnetisation {
            throw .sectorNotConserved(magnetisation: magnetisation)
        }
        guard space.canBeEnumerated else { throw .tooManySites(space.siteCount) }
        guard count > 0 else { throw .countNotPositive(count) }
        guard count <= space.dimension else {
            throw .moreLevelsThanStates(count: count, dimension: space.dimension)
        }
    }
}
