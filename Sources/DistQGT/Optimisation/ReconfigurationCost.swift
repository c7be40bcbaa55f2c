/// An estimate of what solving the SR equation of a step takes on the rank with most samples, in a given space by an
/// iterative or a dense method: what a choice between them is made on.
///
/// Multiplications count as dense matrix products run them; what is bound by memory counts for more. The
/// iterations of a solve are not known beforehand: `assumedIterations` is typical of SR with a small shift.
public struct ReconfigurationCost: Sendable, Equatable {
    public static let assumedIterations = 100
    /// A multiplication with a matrix entry that is read from memory once, in those of a matrix product.
    private static let streamed = 6.0

    public let space: ReconfigurationSpace
    public let isDense: Bool
    /// On the critical path of one solve.
    public let multiplications: Double
    /// Of the matrix and its copies.
    public let bytes: Int

    /// Of the products with J and Jᵀ of a step on the rank with most samples: what they take with the tape and with
    /// rows in memory, the making of the rows included, and the bytes of these.
    public static func products(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, maximumIterations: Int, isSingle: Bool
    ) -> (onTheFly: Double, stored: Double, bytes: Int) {
        let components = state.isComplex ? 2 : 1
        let parameters = state.layout.count
        let iterations = Double(min(assumedIterations, maximumIterations))
        let pass = tapeProduct(state, distribution)
        let entries = Double(distribution.local * components * parameters)
        // Single precision halves what is read and doubles the rate.
        let factor = isSingle ? 0.5 : 1
        let made = Double(components) * pass / 2 + streamed * entries
        return (
            iterations * factor * pass, made + iterations * factor * streamed * entries,
            StoredJacobian.bytes(
                samples: distribution.local, parameters: parameters, components: components, isSingle: isSingle)
        )
    }

    /// Forwards and back.
    private static func tapeProduct(_ state: NeuralQuantumState, _ distribution: SampleDistribution) -> Double {
        2 * Double(distribution.local * state.machine.tape.tangentMultiplications)
    }

    /// Multiplications for an entry of the part of T that belongs to a sample and a sample, by rows or by Gram
    /// matrices of the factors that a tape knows.
    package static func kernelMultiplications(_ state: NeuralQuantumState, hasDiagonal: Bool) -> Double {
        let tape = state.machine.tape
        let components = state.isComplex ? 2.0 : 1.0
        guard !hasDiagonal else { return components * components * Double(state.layout.count) }
        let plan = SeparationPlan(tape, modewise: true)
        return plan.rows(of: tape).reduce(components * components * Double(plan.restWidth)) { width, row in
            let products = Double(row.input.reals) + components * components * Double(row.output.reals + 1)
            switch row.form {
            case .product: return width + products * (row.input.isComplex ? 2 : 1)
            case .modes(let waves, channels: _):
                // A complex mode has two reals in each factor, and four products.
                return width + products * Double(waves.elements + 2 * waves.complexModes) / Double(waves.elements)
            }
        }
    }

    /// - Parameters:
    ///   - maximumIterations: of an iterative method.
    ///   - hasDiagonal: whether diag(S) is added, so that T is made from rows.
    public init(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, space: ReconfigurationSpace, isDense: Bool,
        maximumIterations: Int, hasDiagonal: Bool
    ) {
        self.space = space
        self.isDense = isDense
        let components = state.isComplex ? 2.0 : 1.0
        let parameters = Double(state.layout.count)
        let local = Double(distribution.local)
        let size = Double(distribution.total) * components
        let iterations = Double(min(Self.assumedIterations, maximumIterations))
        let product = Self.tapeProduct(state, distribution)
        switch (space, isDense) {
        case (.parameters, false):
            multiplications = iterations * (product + 4 * parameters)
            bytes = 0
        case (.parameters, true):
            multiplications = parameters * product + parameters * parameters * parameters / 3
            bytes = .bytes(ofReals: 2, state.layout.count, state.layout.count)
        case (.samples, _):
            let kernel =
                local * Double(distribution.total) * Self.kernelMultiplications(state, hasDiagonal: hasDiagonal)
            let solve = isDense ? size * size * size / 3 : iterations * Self.streamed * local * components * size
            multiplications = kernel + solve + product
            bytes = .bytes(ofReals: isDense ? 3 : 1, Int(size), Int(size))
        }
    }
}
