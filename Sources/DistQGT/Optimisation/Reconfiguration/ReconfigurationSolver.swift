/// A way to solve the SR equation.
///
/// A solver is one file: a type that conforms to `IterativeReconfigurationSolver` (it multiplies with S or T) or to
/// `DirectReconfigurationSolver` (it factorises a dense S or T), which bring what their kinds have in common, or to this
/// protocol alone. The file says which options it has, how it solves, and, where its kind does not know it already, what
/// it stores, sends and takes.
public protocol ReconfigurationSolver: Sendable {
    /// As configurations and logs write it.
    static var name: String { get }
    /// What a configuration may set for it, beside what is there for every solver.
    static var options: [SolverOption] { get }
    /// Keys of a configuration's block `sr` that mean something to it and not to every solver: those of its options
    /// and of its kind.
    static var keys: [String] { get }
    /// Names of the solvers that are tried after it where nothing else is asked for.
    static var fallback: [String] { get }
    /// Whether it may be chosen for a user who leaves the choice: it finds the solution of the equation itself, to a
    /// tolerance, and not one of a changed equation.
    static var isAutomatic: Bool { get }

    /// - Throws: what `settings` throws for values that mean nothing.
    init(_ settings: some SolverSettings) throws

    /// Solves in parameter space, from the guess in `system.solution`, which is overwritten. Collective.
    func solve(_ system: ParameterSystem) throws -> SolverReport
    /// Solves in sample space, from the zero in `system.solution`, which is overwritten. Collective.
    func solve(_ system: SampleSystem) throws -> SolverReport

    /// Whether it multiplies with an approximation in single precision where products go through the Jacobian.
    var multipliesInSinglePrecision: Bool { get }

    /// The same to a tolerance, where it takes that from the noise of the step; itself where it does not.
    func following(tolerance: Double) -> any ReconfigurationSolver

    /// What its time goes into.
    func work(by strategy: ReconfigurationStrategy) -> ReconfigurationWork
    /// The strategies between which it makes a difference.
    static var strategies: [ReconfigurationStrategy] { get }
    /// What it keeps on the rank with most samples.
    func storage(_ problem: ReconfigurationProblem) -> SolverStorage
    /// What it sends, beside what the equation itself does.
    func messages(_ problem: ReconfigurationProblem) -> SolverMessages
    /// What it is estimated to take on the rank with most samples.
    func cost(_ problem: ReconfigurationProblem) -> ReconfigurationCost
}

extension ReconfigurationSolver {
    public static var options: [SolverOption] { [] }
    public static var keys: [String] { options.map(\.name) }
    public static var fallback: [String] { [] }
    public static var isAutomatic: Bool { false }
    public var multipliesInSinglePrecision: Bool { false }
    public func following(tolerance: Double) -> any ReconfigurationSolver { self }

    /// As configurations and logs write it.
    public var name: String { Self.name }
}

/// What the time of a solve goes into.
public enum ReconfigurationWork: Sendable, Equatable {
    /// Products with the Jacobian and its transpose, one of each per iteration.
    case products
    /// Making T, and products with it.
    case kernel
    /// Making a dense S or T and factorising it.
    case factorisation
}

/// A value that a configuration may set for a solver.
public struct SolverOption: Sendable {
    public enum Kind: Sendable {
        /// 0 < x < 1.
        case openFraction
        /// The same, or nothing, for the program to choose; `SolverOption.defaultValue` says in words when.
        case automaticOpenFraction
        /// 0 ≤ x < 1.
        case fraction
        /// 0 ≤ x.
        case notNegative
        /// An integer ≥ 1.
        case count
        /// An integer within bounds.
        case integer(ClosedRange<Int>)
        case choice([String])
    }

    public let name: String
    public let kind: Kind
    /// As configurations write it, or in words.
    public let defaultValue: String
    /// A sentence.
    public let documentation: String

    public init(_ name: String, _ kind: Kind, defaultValue: String, _ documentation: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.documentation = documentation
    }
}

/// The values of a solver's options, by their names.
public protocol SolverSettings {
    func real(_ name: String) throws -> Double
    /// Nil where it is left to the program.
    func automaticReal(_ name: String) throws -> Double?
    func integer(_ name: String) throws -> Int
    func choice(_ name: String) throws -> String
}

/// What a solver keeps on one rank while it solves.
public struct SolverStorage: Sendable, Equatable {
    /// Parameter vectors: its right-hand side and solution, and what iterations keep.
    public var parameterVectors: Int
    /// Vectors that it keeps from one step to the next, each once for the ranks of a node.
    public var rememberedVectors: Int
    /// Vectors that it sends through the tape together.
    public var block: Int
    /// Vectors of parameters that it sums over the samples together without the tape.
    public var summedVectors: Int
    /// Bytes of dense S or T, of what they are made from, and of the copies that a factorisation takes.
    public var matrices: Int
    /// Bytes of these that only rank 0 has.
    public var firstRankMatrices: Int
    /// The Jacobian that it multiplies with where that is not the linearisation itself.
    public var jacobian: JacobianCopy?

    public enum JacobianCopy: Sendable, Equatable {
        case rows(isSingle: Bool)
        /// A linearisation in single precision.
        case singleLinearisation
    }

    public init(
        parameterVectors: Int, rememberedVectors: Int = 0, block: Int = 1, summedVectors: Int = 1, matrices: Int = 0,
        firstRankMatrices: Int = 0,
        jacobian: JacobianCopy? = nil
    ) {
        self.parameterVectors = parameterVectors
        self.rememberedVectors = rememberedVectors
        self.block = block
        self.summedVectors = summedVectors
        self.matrices = matrices
        self.firstRankMatrices = firstRankMatrices
        self.jacobian = jacobian
    }
}
