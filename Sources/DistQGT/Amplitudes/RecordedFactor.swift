/// A state's parameters, and how often they changed.
package final class ParameterSource {
    package let vector: ParameterVector
    package private(set) var version = 0

    package init(_ vector: ParameterVector) { self.vector = vector }

    package func noteChange() { version += 1 }
}

/// A factor of a wave function as its tape evaluates it, at its own part of a state's parameters.
///
/// Local: no communication. Not to be shared between threads.
public final class RecordedFactor {
    /// The factor's own parameters, in double precision; those of the state after `bringUpToDate`.
    public let parameters: ParameterVector
    package let machine: any TapeExecution
    /// How configurations are read.
    package let encoder: Encoder
    /// Nil where log ψ_f has no product form. Shared by all that compute ratios of this factor.
    package private(set) lazy var productTables = ProductForm(machine.tape).map { ProductTables($0, machine: machine) }
    private let source: ParameterSource
    /// Where the factor's parameters begin in the state's.
    private let offset: Int
    /// The state's parameters that `machine` has.
    private var version: Int?

    private init(
        _ source: ParameterSource, offset: Int, parameters: ParameterVector, machine: any TapeExecution,
        encoder: Encoder
    ) {
        precondition(encoder.featureCount == machine.tape.siteCount, "numbers of inputs differ")
        self.encoder = encoder
        self.source = source
        self.offset = offset
        self.parameters = parameters
        self.machine = machine
    }

    /// The whole wave function.
    package convenience init(_ source: ParameterSource, machine: any TapeExecution, encoder: Encoder) {
        self.init(source, offset: 0, parameters: source.vector, machine: machine, encoder: encoder)
    }

    /// A part of the wave function, in the precision of `whole`.
    ///
    /// - Parameters:
    ///   - tape: of the part alone.
    ///   - offset: where the part's parameters begin in those of `whole`.
    ///   - encoder: how the part's configurations are read; nil for those of `whole`.
    package convenience init(_ tape: Tape, partOf whole: RecordedFactor, offset: Int, reading encoder: Encoder? = nil) {
        precondition(offset + tape.layout.count <= whole.parameters.count)
        let rows = whole.machine.chunkRows
        self.init(
            whole.source, offset: whole.offset + offset, parameters: ParameterVector(tape.layout),
            machine: whole.machine.isSingle
                ? TapeMachine<Float>(tape, chunkRows: rows) : TapeMachine<Double>(tape, chunkRows: rows),
            encoder: encoder ?? whole.encoder)
    }

    /// The same factor in single precision, by memory of its own; nil where it is in single precision itself.
    package func inSinglePrecision() -> RecordedFactor? {
        guard !machine.isSingle else { return nil }
        return RecordedFactor(
            source, offset: offset,
            parameters: parameters === source.vector ? parameters : ParameterVector(machine.tape.layout),
            machine: TapeMachine<Float>(machine.tape, chunkRows: machine.chunkRows), encoder: encoder)
    }

    /// How often the parameters had changed when they were taken over; nil before.
    package var parameterVersion: Int? { version }

    /// Where a leaf begins in `parameters`, in reals.
    package func offset(of leaf: String) -> Int {
        let layout = machine.tape.layout
        guard let index = layout.index(of: leaf) else { preconditionFailure("no leaf '\(leaf)'") }
        return layout.offsets[index]
    }

    /// N, the number of sites.
    public var siteCount: Int { encoder.siteCount }
    /// Whether the tape reads spins ±1.
    package var readsSpins: Bool { machine.tape.readsSpins }
    /// Whether log ψ_f has an imaginary part that can be non-zero.
    public var hasPhases: Bool { machine.tape.hasPhases }

    /// Takes the state's parameters over and evaluates the parameter part of the tape, if they changed.
    public func bringUpToDate() {
        guard version != source.version else { return }
        version = source.version
        if parameters !== source.vector {
            parameters.pointer.update(from: source.vector.pointer + offset, count: parameters.count)
        }
        machine.setParameters(parameters.pointer)
    }

    /// Whether amplitude ratios are products at the present parameters; brings the tables up to date.
    package var productsAreUsable: Bool {
        guard let productTables else { return false }
        bringUpToDate()
        return productTables.update(version: source.version)
    }
}

extension RecordedFactor {
    /// Bytes of a part of a wave function: its parameters, and the machine that evaluates so many rows at a time.
    func byteCount(evaluatedRows: Int) -> Int {
        let scalar = machine.isSingle ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride
        let tape = machine.tape
        return parameters.count * MemoryLayout<Double>.stride
            + scalar
            * (tape.parameterReals + tape.parameterSlopeReals + tape.scratchReals
                + evaluatedRows * tape.valuePlan.total)
    }
}
