import Communication
import LinearAlgebra

/// The exact evolution of a state of a small system in real or imaginary time: the vector of its amplitudes, spread over the
/// ranks, under a Hamiltonian that does not depend on time.
public final class ExactEvolution {
    public let space: HilbertSpace
    public private(set) var time = 0.0
    private let communicator: Communicator
    private let propagator: KrylovPropagator

    /// Products with H so far.
    public var productCount: Int { propagator.productCount }

    /// Krylov vectors, where they fit.
    private static let largestBasis = 40

    /// Collective: messages of the normalisation, and of making the Hamiltonian.
    ///
    /// - Parameters:
    ///   - start: the amplitudes of some states, (re, im) in turn; they need not be normalised. Called on every rank with
    ///     its states.
    ///   - tolerance: the error, as a norm, of a unit of time.
    ///   - memoryLimit: bytes that each rank may use for vectors, and for stored elements.
    /// - Throws: `ExactDiagonalisationError`, on every rank; `MPIError`; what `start` throws.
    public init(
        of hamiltonian: any Operator, in space: HilbertSpace, time: EvolutionTime,
        from start: (Configurations) throws -> [Double], communicator: Communicator, tolerance: Double = 1e-13,
        memoryLimit: Int = 6 << 30
    ) throws {
        let numbering = try ExactDiagonalisation.validated(hamiltonian, space, 1)
        self.space = space
        self.communicator = communicator
        let dimension = numbering.dimension
        let shard = Shard.block(of: dimension, rank: communicator.rank, size: communicator.size)
        // Every rank plans with the largest shard, that of rank 0, and so plans the same.
        let rows = Shard.block(of: dimension, rank: 0, size: communicator.size).count
        let perVector = 16 * Double(rows)
        // The state, input and output of a product, the copy that is sent, the diagonal; the whole vector that is received.
        let fixed = 5 * perVector + 16 * Double(dimension)
        let fitting = (Double(memoryLimit) - fixed) / perVector
        let least = min(4, dimension)
        guard fitting >= Double(least), dimension <= Int(UInt32.max) else {
            throw ExactDiagonalisationError.tooLarge(
                bytes: Int(min(fixed + Double(least) * perVector, 9e18)), limit: memoryLimit, dimension: dimension)
        }
        let map: any HermitianBlockMap
        if let words = numbering.words, let sum = hamiltonian as? PauliSum {
            map = DistributedHamiltonian(sum, space: words, shard: shard, communicator: communicator)
        } else {
            map = try StoredHamiltonian(
                hamiltonian, numbering: numbering, shard: shard, communicator: communicator, memoryLimit: memoryLimit)
        }
        var vector = try start(numbering.configurations(in: shard.range))
        precondition(vector.count == 2 * shard.count, "two numbers for each state")
        let norm = try communicator.allReduce(vector.reduce(0) { $0 + $1 * $1 }).squareRoot()
        guard norm > 0, norm.isFinite else { throw ExactDiagonalisationError.startVanishes }
        for index in vector.indices { vector[index] /= norm }
        propagator = KrylovPropagator(
            map, time: time, vector: vector, tolerance: tolerance,
            largestBasis: max(2, min(Self.largestBasis, Int(fitting))), communicator: communicator)
    }

    /// Goes on to a time, which must not lie before the present one. Collective.
    ///
    /// - Throws: `EigensolverError`, `MPIError`.
    public func advance(to time: Double) throws {
        precondition(time >= self.time, "an evolution goes on")
        try propagator.advance(by: time - self.time)
        self.time = time
    }

    /// The normalised amplitudes on every rank in the order of the basis, (re, im) in turn. Collective: one allgather.
    public func vector() throws -> [Double] { try communicator.allGather(propagator.vector) }
}
