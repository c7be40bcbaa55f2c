/// Everything a run needs to go on as if it had not been interrupted. A plain value, complete on the
/// rank that writes it; gathering it from the ranks and handing it out again is the caller's part.
///
/// What a mode of the program does not have (full summation has no chains) is absent in the file too.
/// Doubles survive bit for bit, NaNs and negative zeros included.
public struct Checkpoint: Sendable {
    /// Readers pass over what they do not know, so that additions need no new version.
    public static let formatVersion = 1

    /// The program's version, as text.
    public var programVersion: String
    /// Completed optimisation steps.
    public var step: Int
    /// The resolved configuration, as YAML.
    public var configuration: String
    /// The seed of the counter-based random streams.
    public var seed: UInt64
    /// The parameter leaves, in the order in which they are flattened.
    public var parameters: [Leaf]
    /// Named vectors of the optimiser (velocities, moments). A name contains no slash.
    public var optimiserState: [String: [Double]] = [:]
    /// The last solution of the SR equation, one real per real parameter component: where a warm start begins, and
    /// what SPRING keeps a share of.
    public var previousDirection: [Double]?
    public var subspace: Subspace?
    public var chains: Chains?
    /// Wall time of all completed steps, over every part of the run.
    public var seconds: Double = 0
    /// Further numbers by name: the optimiser's counters, an adapted shift, ….
    public var scalars: [String: Double] = [:]

    public init(
        programVersion: String, step: Int, configuration: String, seed: UInt64, parameters: [Leaf]
    ) {
        self.programVersion = programVersion
        self.step = step
        self.configuration = configuration
        self.seed = seed
        self.parameters = parameters
    }

    /// The type the network computes a leaf in. Values are kept in double precision whatever it is.
    public enum ElementKind: String, Sendable, CaseIterable {
        case float32, float64, complex64, complex128

        public var isComplex: Bool { self == .complex64 || self == .complex128 }
    }

    /// One array of parameters.
    public struct Leaf: Sendable {
        /// Path in the parameter tree, such as `Dense/kernel`.
        public var name: String
        public var shape: [Int]
        public var kind: ElementKind
        /// Row-major; complex: real and imaginary parts in turn.
        public var values: [Double]

        public init(name: String, shape: [Int], kind: ElementKind, values: [Double]) {
            self.name = name
            self.shape = shape
            self.kind = kind
            self.values = values
        }
    }

    /// What solves of the SR equation leave to the next: vectors, and a symmetric matrix of as many rows. Its further numbers are
    /// scalars.
    public struct Subspace: Sendable, Equatable {
        /// Shape [size, parameters].
        public var vectors: [Double]
        /// Shape [size, size].
        public var matrix: [Double]
        public var size: Int

        public init(size: Int, vectors: [Double], matrix: [Double]) {
            (self.size, self.vectors, self.matrix) = (size, vectors, matrix)
        }
    }

    /// All Markov chains, in their global order.
    public struct Chains: Sendable {
        public var sites: Int
        /// ±1, shape [chains · replicas, sites]; the replicas of a chain follow one another.
        public var spins: [Int8]
        /// Draws made so far from the random stream of each replica, shape [chains · replicas].
        public var drawCounters: [UInt64]
        /// Replicas of each chain.
        public var replicas: Int

        /// Replicas of all chains.
        public var rows: Int { drawCounters.count }

        public init(sites: Int, spins: [Int8], drawCounters: [UInt64], replicas: Int = 1) {
            self.sites = sites
            self.spins = spins
            self.drawCounters = drawCounters
            self.replicas = replicas
        }
    }

    /// Tells configurations apart: the CRC-64/XZ of the text.
    public var configurationFingerprint: UInt64 { CRC64.checksum(of: configuration) }

    /// The values of the leaf `name`, which must have this shape and kind.
    /// - Parameter path: names the checkpoint in the error.
    /// - Throws: `CheckpointError`: `.missing`, `.wrongShape` or `.wrongType`.
    public func values(
        of name: String, shape: [Int], kind: ElementKind, path: String
    ) throws(CheckpointError) -> [Double] {
        let object = "parameters/\(name)"
        guard let leaf = parameters.first(where: { $0.name == name }) else {
            throw CheckpointError(path: path, problem: .missing(object))
        }
        guard leaf.shape == shape else {
            throw CheckpointError(
                path: path, problem: .wrongShape(object, expected: shape, found: leaf.shape))
        }
        guard leaf.kind == kind else {
            throw CheckpointError(
                path: path,
                problem: .wrongType(object, expected: kind.rawValue, found: leaf.kind.rawValue))
        }
        return leaf.values
    }
}
