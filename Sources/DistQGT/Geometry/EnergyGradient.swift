import Communication
import LinearAlgebra
import Numerics

/// The means Ō_re = Σ w Jᵀ1 and, for complex log ψ, Ō_im = Σ w Jᵀ(i·1): what one message per product needs.
public struct MeanJacobian {
    public let real: ParameterVector
    public let imaginary: ParameterVector?
}

/// The forces F = (√w J)ᵀ M √w E_loc = Σ_s w_s Re[O_s† (E_s − Ē)] of one linearisation, together with the
/// means of the Jacobian, from one block of transposed products and one allreduce. The gradient of the
/// energy with respect to the real parameters is 2F. Where log ψ is real, E_loc enters by its real part.
public struct EnergyGradient {
    public let forces: ParameterVector
    public let means: MeanJacobian
    /// How many ranks were flagged, and how many doubted the step before.
    public let flagCount: Int
    public let doubtCount: Int

    /// Parameter vectors that are formed together: forces and the means of the Jacobian.
    ///
    /// - Parameter components: real numbers of log ψ.
    package static func vectorCount(components: Int) -> Int { 1 + components }

    /// What making them sends: they, what is left of the mean energy, and the words of the ranks.
    package static func messages(parameters: Int, components: Int) -> [CollectiveRecord] {
        [.reals(vectorCount(components: components) * parameters + 4)]
    }

    /// Bytes of the seeds that go back through the tape, for each sample.
    package static func bytesPerSample(components: Int) -> Int {
        .bytes(ofReals: vectorCount(components: components) * components)
    }

    /// Collective: one allreduce of (2 or 3)·P + 4 numbers.
    ///
    /// - Parameters:
    ///   - localEnergies: of the local samples, (re, im) in turn.
    ///   - mean: Σ w E_loc over all ranks. It only has to be close: what is left of the mean is subtracted
    ///     exactly afterwards.
    ///   - isFlagged: a word of this rank to all, which the message takes along (where sums are in blocks, the word of a rank
    ///     that has one).
    ///   - isDoubted: another one.
    public init(
        _ linearisation: Linearisation, localEnergies: [Double], mean: Complex<Double>, isFlagged: Bool = false,
        isDoubted: Bool = false
    ) throws {
        let space = linearisation.space
        precondition(localEnergies.count == 2 * space.localCount)
        let count = linearisation.layout.count
        let components = space.components
        let vectors = Self.vectorCount(components: components)
        let seeds = SampleVector(space, vectors: vectors)
        for sample in 0..<space.localCount {
            let weight = space.weight(sample)
            let seed = seeds.pointer + sample * seeds.stride
            let deviation = (localEnergies[2 * sample] - mean.real, localEnergies[2 * sample + 1] - mean.imaginary)
            seed[0] = weight * deviation.0
            seed[components] = weight
            if space.isComplex {
                seed[1] = weight * deviation.1
                seed[5] = weight
            }
        }
        let length = vectors * count
        let sums = (0..<vectors).map { _ in linearisation.makeReplicatedVector() }
        let sum = VectorSum(over: space, count: length, scalars: 4, in: sums[0].memory)
        let rest = try sum.sum(into: sums) { block, samples, sum in
            linearisation.applyTransposed(seeds, samples: samples, into: sum)
            // Σ w (E − Ē), which is zero up to rounding.
            var rest = (0.0, 0.0)
            for sample in samples {
                let seed = seeds.pointer + sample * seeds.stride
                rest.0 += seed[0]
                if space.isComplex { rest.1 += seed[1] }
            }
            sum[length] = rest.0
            sum[length + 1] = rest.1
            sum[length + 2] = block == 0 && isFlagged ? 1 : 0
            sum[length + 3] = block == 0 && isDoubted ? 1 : 0
        }

        for (index, vector) in sums.enumerated() { sum.take(vector, first: index * count) }
        means = MeanJacobian(real: sums[1], imaginary: space.isComplex ? sums[2] : nil)
        // A sum of ones is exact, hence the same on every rank.
        (flagCount, doubtCount) = (Int(rest[2]), Int(rest[3]))
        forces = sums[0]
        forces.add(-rest[0], times: means.real)
        if let imaginary = means.imaginary { forces.add(-rest[1], times: imaginary) }
        for vector in sums { vector.publish() }
    }

    /// The means alone. Collective: one allreduce.
    public static func means(of linearisation: Linearisation) throws -> MeanJacobian {
        let zeros = [Double](repeating: 0, count: 2 * linearisation.space.localCount)
        return try EnergyGradient(linearisation, localEnergies: zeros, mean: 0).means
    }

    /// Forces and means that are known.
    init(forces: ParameterVector, means: MeanJacobian, flagCount: Int, doubtCount: Int) {
        (self.forces, self.means, self.flagCount, self.doubtCount) = (forces, means, flagCount, doubtCount)
    }
}
