import Communication
import LinearAlgebra

/// The exact lowest energies of small systems.
public struct ExactDiagonalisation {
    /// Dimensions up to this one are diagonalised densely.
    static let largestDenseDimension = 400
    /// The same where states are numbered by paths: few particles on many sites, whose levels lie so close together that
    /// Lanczos takes thousands of products.
    static let largestDenseDimensionOfPaths = 2048

    public struct Result: Sendable, Equatable {
        /// The lowest levels, ascending, counted with multiplicity.
        public let energies: [Double]
        /// ‖Hx − λx‖ of each level's normalised vector, a bound on the error of the energy.
        public let residuals: [Double]
        /// Number of products of H with a block of vectors; 0 where the matrix was dense.
        public let iterations: Int
        /// Dimension of the Hilbert space.
        public let dimension: Int

        /// The same of the lowest `count` of the levels.
        public func prefix(_ count: Int) -> Result {
            Result(
                energies: Array(energies.prefix(count)), residuals: Array(residuals.prefix(count)),
                iterations: iterations, dimension: dimension)
        }
    }

    /// The lowest levels with an eigenvector of each.
    public struct States: Sendable {
        public let result: Result
        /// Whether amplitudes are (re, im) in turn.
        public let isComplex: Bool
        /// This rank's amplitudes: of each level those of its consecutive states. None where only energies were asked for.
        let rows: [[Double]]

        /// The normalised vector of a level on every rank, in the order of the basis. Vectors of a degenerate level are an
        /// arbitrary orthonormal basis of its space. Collective: one allgather.
        ///
        /// - Throws: `MPIError`.
        public func vector(_ level: Int, over communicator: Communicator) throws -> [Double] {
            try communicator.allGather(rows[level])
        }
    }

    /// The lowest `count` levels of a Hermitian operator. Collective: the basis states
    /// are spread over the ranks of `communicator`, and every rank returns the same result.
    ///
    /// Small spaces are diagonalised densely, larger ones by block Lanczos, in real arithmetic where
    /// H is real. Elements of sums of Pauli strings on spins that fit a word are computed anew at each product. Where each
    /// spin of electrons moves by itself (`SpinSeparatedHamiltonian`) those of one spin are stored, of other operators and
    /// spaces all.
    ///
    /// - Parameters:
    ///   - tolerance: largest residual norm relative to the largest |λ|. The energies are far more
    ///     accurate than that: their error is the squared residual over the gap.
    ///   - maximumIterations: largest number of products with a block.
    ///   - memoryLimit: bytes that each rank may use for vectors, and for stored elements.
    /// - Throws: `ExactDiagonalisationError`, `MPIError`.
    public static func lowestEnergies(
        of hamiltonian: any Operator, in space: HilbertSpace, count: Int, communicator: Communicator,
        tolerance: Double = 1e-11, maximumIterations: Int = 20_000, memoryLimit: Int = 6 << 30
    ) throws -> Result {
        try lowest(
            hamiltonian, space, count, communicator, tolerance, maximumIterations, memoryLimit, withVectors: false
        )
        .result
    }

    /// The same with eigenvectors. Collective.
    ///
    /// - Parameters: as of `lowestEnergies`.
    /// - Throws: as `lowestEnergies`.
    public static func lowestStates(
        of hamiltonian: any Operator, in space: HilbertSpace, count: Int, communicator: Communicator,
        tolerance: Double = 1e-11, maximumIterations: Int = 20_000, memoryLimit: Int = 6 << 30
    ) throws -> States {
        try lowest(
            hamiltonian, space, count, communicator, tolerance, maximumIterations, memoryLimit, withVectors: true)
    }

    private static func lowest(
        _ hamiltonian: any Operator, _ space: HilbertSpace, _ count: Int, _ communicator: Communicator,
        _ tolerance: Double, _ maximumIterations: Int, _ memoryLimit: Int, withVectors: Bool
    ) throws -> States {
        let numbering = try validated(hamiltonian, space, count)
        let dimension = numbering.dimension
        // K + 2 vectors at least, so that a level that nearly coincides with the last one wanted
        // does not delay it; a multiple of 4 for the vector units.
        let block = (count + 2 + 3) / 4 * 4
        let words = hamiltonian is PauliSum ? numbering.words : nil
        let largestShard = Shard.block(of: dimension, rank: 0, size: communicator.size).count
        let isDense =
            dimension
            <= max(numbering.words == nil ? largestDenseDimensionOfPaths : largestDenseDimension, 8 * block)
        if let words, let sum = hamiltonian as? PauliSum {
            if isDense {
                return try denseStates(
                    size: dimension, isComplex: !sum.isReal, count: count, communicator: communicator,
                    memoryLimit: memoryLimit, withVectors: withVectors
                ) { denseMatrix(of: sum, in: words) }
            }
            let plan = try LanczosPlan(
                hamiltonian, dimension, count, block, communicator, memoryLimit, largestShard: largestShard,
                gathered: block)
            return try plan.run(
                DistributedHamiltonian(sum, space: words, shard: plan.shard, communicator: communicator), tolerance,
                maximumIterations, withVectors: withVectors)
        }
        if isDense {
            // Few enough for every rank to see alike whether H leads out of the space.
            let rows = try SparseRows(hamiltonian, 0..<dimension, of: numbering, memoryLimit: .max)
            guard !rows.leavesSpace else { throw ExactDiagonalisationError.spaceNotInvariant }
            return try denseStates(
                size: dimension, isComplex: !hamiltonian.isReal, count: count, communicator: communicator,
                memoryLimit: memoryLimit, withVectors: withVectors
            ) { denseMatrix(rows) }
        }
        let separation: SpinSeparation?
        do {
            separation = try SpinSeparation(hamiltonian, numbering: numbering, ranks: communicator.size)
        } catch { throw ExactDiagonalisationError.notNumbered(error) }
        if let separation {
            let plan = try LanczosPlan(
                hamiltonian, dimension, count, block, communicator, memoryLimit,
                largestShard: separation.largestShard, gathered: withVectors ? 1 : 0, stored: separation.elementBytes)
            let separated = try SpinSeparatedHamiltonian(separation, communicator: communicator)
            let found = try plan.run(separated, tolerance, maximumIterations, withVectors: withVectors)
            return States(
                result: found.result, isComplex: found.isComplex, rows: try found.rows.map(separated.inOrderOfBasis))
        }
        let plan = try LanczosPlan(
            hamiltonian, dimension, count, block, communicator, memoryLimit, largestShard: largestShard, gathered: block
        )
        return try plan.run(
            StoredHamiltonian(
                hamiltonian, numbering: numbering, shard: plan.shard, communicator: communicator,
                memoryLimit: memoryLimit),
            tolerance, maximumIterations, withVectors: withVectors)
    }

    /// The basis, of a Hermitian operator that keeps the space and has as many levels. Local.
    static func validated(
        _ hamiltonian: any Operator, _ space: HilbertSpace, _ count: Int
    ) throws(ExactDiagonalisationError) -> BasisNumbering {
        guard hamiltonian.siteCount == space.siteCount else {
            throw .siteCountsDiffer(
                operatorSites: hamiltonian.siteCount, spaceSites: space.siteCount)
        }
        guard hamiltonian.isHermitian else { throw .notHermitian }
        if let magnetisation = space.magnetisation, let flips = hamiltonian as? any FlipOperator,
            !flips.conservesMagnetisation
        {
            throw .sectorNotConserved(magnetisation: magnetisation)
        }
        let numbering: BasisNumbering
        do { numbering = try BasisNumbering(space) } catch { throw .notNumbered(error) }
        guard count > 0 else { throw .countNotPositive(count) }
        guard count <= numbering.dimension else {
            throw .moreLevelsThanStates(count: count, dimension: numbering.dimension)
        }
        return numbering
    }
}

/// How block Lanczos spreads its vectors, and how many it keeps.
private struct LanczosPlan {
    let shard: Shard
    private let communicator: Communicator
    private let count: Int
    private let block: Int
    private let columns: Int

    /// - Parameters:
    ///   - largestShard: rows of the rank that has most, with which every rank plans, and so plans the same.
    ///   - gathered: columns that a rank has of all ranks at a time.
    ///   - stored: bytes of what a rank keeps beside vectors.
    /// - Throws: `ExactDiagonalisationError.tooLarge`, on every rank.
    init(
        _ hamiltonian: any Operator, _ dimension: Int, _ count: Int, _ block: Int, _ communicator: Communicator,
        _ memoryLimit: Int, largestShard rows: Int, gathered: Int, stored: Int = 0
    ) throws(ExactDiagonalisationError) {
        let width = hamiltonian.isReal ? 1 : 2
        shard = Shard.block(of: dimension, rank: communicator.rank, size: communicator.size)
        let perColumn = Double(8 * width) * Double(rows)
        // Block, product, a copy of as much, what is gathered, the diagonal.
        let fixed =
            3 * Double(block) * perColumn
            + Double(8 * width * gathered) * Double(dimension) + 8 * Double(rows) + Double(stored)
        let fitting = (Double(memoryLimit) - fixed) / perColumn
        guard fitting >= Double(4 * block), dimension <= Int(UInt32.max) else {
            throw ExactDiagonalisationError.tooLarge(
                bytes: Int(min(fixed + Double(4 * block) * perColumn, 9e18)), limit: memoryLimit,
                dimension: dimension)
        }
        // Longer bases save products and cost orthogonalisation; ten blocks were fastest from 16 to
        // 20 spins.
        columns = min(10 * block, Int(min(fitting, 1e9)), dimension / 2)
        (self.communicator, self.count, self.block) = (communicator, count, block)
    }

    /// Collective.
    func run(
        _ map: some HermitianBlockMap, _ tolerance: Double, _ maximumIterations: Int, withVectors: Bool
    ) throws -> ExactDiagonalisation.States {
        var lanczos = BlockLanczos(
            map, communicator: communicator,
            settings: .init(
                count: count, blockColumns: block, basisColumns: columns, tolerance: tolerance,
                maximumProducts: maximumIterations))
        let found = try lanczos.run()
        guard found.isConverged else {
            throw ExactDiagonalisationError.notConverged(
                iterations: found.products, largestResidual: found.residuals.max() ?? .nan, required: found.required)
        }
        return ExactDiagonalisation.States(
            result: ExactDiagonalisation.Result(
                energies: found.values, residuals: found.residuals, iterations: found.products,
                dimension: map.dimension),
            isComplex: map.isComplex, rows: withVectors ? (0..<count).map(lanczos.ritzVector) : [])
    }
}
