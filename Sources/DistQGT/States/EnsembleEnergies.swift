import Communication
import Numerics

/// The energies of the states of an ensemble: the eigenvalues of the mean of its local matrices, ascending.
public struct EnsembleEnergies: Sendable {
    public struct Level: Sendable {
        public let energy: Double
        /// The eigenvalue's imaginary part, 0 but for noise, as the mean is not symmetric.
        public let imaginary: Double
        /// Standard error of the energy; 0 for a full summation, NaN in a single step, which does not look for it.
        public let error: Double
        /// That of the imaginary part.
        public let imaginaryError: Double
        /// R̂ of the chains; NaN where there are none.
        public let splitRHat: Double
        /// Whether the imaginary part is more than noise: then the samples are too few for this energy, or H is not
        /// Hermitian on them.
        public var isSuspicious: Bool { imaginary.magnitude > 3 * max(imaginaryError, error) }
    }

    public let levels: [Level]
}

extension StateEnergy {
    /// What `ensembleEnergies` sends for an ensemble of so many states: the mean, and rank 0's eigenvalues and what they
    /// depend on.
    package static func messagesOfEnsemble(count: Int) -> [CollectiveRecord] {
        count == 1 ? [] : [.reals(2 * count * count), .reals(1 + 2 * count + 2 * count * count * count, .broadcast)]
    }

    /// Bytes for each sample that a step keeps of an ensemble of so many states: its local matrix.
    package static func bytesPerSample(ensembleCount count: Int) -> Int {
        count == 1 ? 0 : 2 * count * count * MemoryLayout<Double>.stride
    }

    /// The energies of the states from the local matrices of a batch, without errors where it is of chains. Collective: one
    /// allreduce, one broadcast.
    ///
    /// - Parameter matrices: see `LocalOperatorMatrices`.
    /// - Throws: `NotFiniteError` on every rank.
    func ensembleEnergies(_ matrices: [Double], of batch: SampleBatch) throws -> EnsembleEnergies {
        let mean = try spectrum(
            matrices, weights: batch.probabilities, total: batch.totalCount, sums: batch.sums)
        let error = batch.chains == nil ? 0 : Double.nan
        return EnsembleEnergies(
            levels: mean.values.map {
                .init(
                    energy: $0.real, imaginary: $0.imaginary, error: error, imaginaryError: error, splitRHat: .nan)
            })
    }

    /// The same with errors, from whole chains. Collective: besides, the statistics of each state.
    ///
    /// To first order an eigenvalue λ of the mean M moves with it by l†δM r, l and r being its left and right eigenvectors
    /// with l†r = 1. So λ is the mean of l†E_L r over the samples, and has the error of that mean, correlations in the chains
    /// included (`InitialSequenceEstimate`).
    ///
    /// - Parameters:
    ///   - matrices: of this rank's chains, chain-major.
    ///   - offset: global number of the first local sample.
    func ensembleEnergies(
        _ matrices: [Double], offset: Int, chains: Int, length: Int, sums: ShardedSum
    ) throws -> EnsembleEnergies {
        let mean = try spectrum(matrices, weights: nil, total: chains * length, sums: sums)
        let size = mean.values.count * mean.values.count
        let levels = try zip(mean.values, mean.derivatives).map { value, derivative in
            var energies = [Double](repeating: 0, count: matrices.count / size)
            for sample in 0..<energies.count / 2 {
                var sum = Complex<Double>.zero
                for place in 0..<size {
                    let first = 2 * (sample * size + place)
                    sum += derivative[place] * Complex(matrices[first], matrices[first + 1])
                }
                (energies[2 * sample], energies[2 * sample + 1]) = (sum.real, sum.imaginary)
            }
            let statistics = try EnergyStatistics.ofChains(
                energies: energies, offset: offset, chains: chains, length: length, sums: sums)
            let estimate = try InitialSequenceEstimate.ofChains(
                energies: energies, mean: statistics.mean, chains: chains, length: length, sums: sums)
            return EnsembleEnergies.Level(
                energy: value.real, imaginary: value.imaginary, error: estimate.error,
                imaginaryError: estimate.imaginaryError, splitRHat: statistics.splitRHat)
        }
        return EnsembleEnergies(levels: levels)
    }

    private typealias Spectrum = (values: [Complex<Double>], derivatives: [[Complex<Double>]])

    /// Eigenvalues of the mean, and their derivatives by its elements; rank 0's on every rank.
    private func spectrum(
        _ matrices: [Double], weights: [Double]?, total: Int, sums: ShardedSum
    ) throws -> Spectrum {
        let count = ensembleCount
        let size = 2 * count * count
        let mean = try sums.sum(count: size) { _, samples, sum in
            sum.update(repeating: 0, count: size)
            for sample in samples {
                let weight = weights.map { $0[sample] } ?? 1 / Double(total)
                // A node has no local matrix.
                if weight == 0 { continue }
                for place in 0..<size { sum[place] += weight * matrices[sample * size + place] }
            }
        }
        var message = [Double](repeating: 0, count: 1 + 2 * count + count * size)
        if state.communicator.rank == 0, mean.allSatisfy(\.isFinite),
            let found = try? GeneralEigenproblem(
                size: count, matrix: (0..<count * count).map { Complex(mean[2 * $0], mean[2 * $0 + 1]) })
        {
            let numbers = found.values + found.derivatives.joined()
            message = [1] + numbers.flatMap { [$0.rawStorage.x, $0.rawStorage.y] }
        }
        message = try state.communicator.broadcast(message)
        guard message[0] == 1 else { throw NotFiniteError(quantity: "the matrix of the energies of the states") }
        let numbers = (0..<count + count * count * count).map {
            Complex(message[1 + 2 * $0], message[2 + 2 * $0])
        }
        return (
            Array(numbers.prefix(count)),
            (0..<count).map { level in Array(numbers.dropFirst(count + level * count * count).prefix(count * count)) }
        )
    }
}
