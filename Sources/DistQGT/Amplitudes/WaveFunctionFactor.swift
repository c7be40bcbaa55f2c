/// A factor ψ_f of a wave function on this rank: its tape at the present parameters, and the ways to its amplitude
/// ratios. A whole wave function is one, too.
///
/// Local: no communication. Not to be shared between threads.
public final class WaveFunctionFactor {
    package let recorded: RecordedFactor
    package let conditionals: ConditionalMethod?
    /// The preferred way first, whole evaluations last.
    package let ratioMethods: [any RatioMethod]
    private let makeMethods: (RecordedFactor) -> AmplitudeMethods

    /// - Parameter methods: what the factor's ansatz says.
    package init(_ recorded: RecordedFactor, methods: @escaping (RecordedFactor) -> AmplitudeMethods) {
        self.recorded = recorded
        makeMethods = methods
        let own = methods(recorded)
        conditionals = own.conditionals
        ratioMethods = own.ratios + [WholeEvaluations(recorded)]
    }

    /// The same factor in single precision, by memory of its own; nil where it is in single precision itself.
    package func inSinglePrecision() -> WaveFunctionFactor? {
        recorded.inSinglePrecision().map { WaveFunctionFactor($0, methods: makeMethods) }
    }

    /// Whether the preferred way takes evaluations that single precision makes cheaper.
    package var canBeScreened: Bool { !recorded.machine.isSingle && ratioMethods[0].evaluatesTape }

    /// What ratios cannot do without, by the way that is taken at the present parameters.
    public var ratioFloor: RatioFloor {
        ratioMethods.first(where: \.isUsable)?.floor ?? RatioFloor(evaluating: recorded.machine.tape)
    }

    /// The memory that ratios and direct sampling take at the present parameters.
    package func memory(_ work: RatioWork) -> RatioMemory {
        guard let method = ratioMethods.first(where: \.isUsable) else { return RatioMemory(evaluatedRows: 0, bytes: 0) }
        var memory = method.memory(work)
        let (machine, tape) = (recorded.machine, recorded.machine.tape)
        if work.isScreened, work.chains > 0, !machine.isSingle, method.evaluatesTape {
            // Parameters, and the values of an evaluation.
            memory.bytes +=
                MemoryLayout<Float>.stride
                * (tape.parameterReals + tape.parameterSlopeReals + work.samplingRows * tape.valuePlan.total)
        }
        if work.isDirect, work.samples > 0 { memory.bytes += conditionals?.byteCount ?? 0 }
        return memory
    }
}
