/// A network with its parameters: evaluates log ψ and is linearised at a batch of samples.
///
/// Parameters are kept in double; for a single-precision data type they are rounded to it whenever
/// they change, so that they are always numbers of their own type.
public final class NeuralQuantumState {
    public let ansatz: any Ansatz
    public let layout: ParameterLayout
    /// Of the parameters that are trained: how forces and directions lie.
    public var trainedLayout: ParameterLayout { machine.tape.trainedLayout }
    public let parameters: ParameterVector
    /// How often the state was linearised.
    public private(set) var linearisationCount = 0
    /// How often the parameters changed.
    package var parameterVersion: Int { source.version }
    package let machine: any TapeExecution
    private let source: ParameterSource
    private let recorded: RecordedFactor
    /// The wave function as the sampler and the local energies know it. Shared by all that compute its ratios.
    package private(set) lazy var factor = WaveFunctionFactor(recorded, methods: ansatz.amplitudeMethods)

    /// - Parameters:
    ///   - encoder: how configurations are read; nil for spins 1/2 as they are.
    ///   - chunkRows: samples per chunk of a linearisation; nil chooses by the size of the cache.
    /// - Precondition: the ansatz reads as many numbers as the encoder makes.
    public init(_ ansatz: any Ansatz, reading encoder: Encoder? = nil, chunkRows: Int? = nil) {
        self.ansatz = ansatz
        let encoder = encoder ?? Encoder(spins: ansatz.siteCount)
        let tape = Tape(ansatz, readsSpins: encoder.readsSpins)
        layout = tape.layout
        parameters = ParameterVector(layout)
        let rows = chunkRows ?? Self.chunkRows(for: tape, scalarBytes: ansatz.dataType.isSingle ? 4 : 8)
        machine =
            ansatz.dataType.isSingle
            ? TapeMachine<Float>(tape, chunkRows: rows) : TapeMachine<Double>(tape, chunkRows: rows)
        source = ParameterSource(parameters)
        recorded = RecordedFactor(source, machine: machine, encoder: encoder)
        parametersChanged()
    }

    /// A chunk's activations should stay in a core's second-level cache (1 MB is typical), but products
    /// keep their speed only down to some 64 rows, which images of a sample count as.
    private static func chunkRows(for tape: Tape, scalarBytes: Int) -> Int {
        let perSample = max(1, tape.keptReals + max(tape.tangentPlan.total, tape.cotangentPlan.total)) * scalarBytes
        let fitting = (1 << 20) / perSample
        let least = max(1, 64 / tape.images)
        return min(256, max(least, fitting < 32 ? fitting : fitting / 32 * 32))
    }

    /// Chunks of samples whose linearisation keeps its arrays, at most; nil for all. The others share the memory of one
    /// and are linearised again by every product, with the same result. Takes effect with the next linearisation.
    public var residentChunks: Int? {
        get { machine.residentChunks == .max ? nil : machine.residentChunks }
        set { machine.residentChunks = newValue ?? .max }
    }
    /// How often a chunk was linearised again.
    public var relinearisationCount: Int { machine.relinearisations }

    /// Whether log ψ has phases or signs: whether its imaginary part can be non-zero.
    public var hasPhases: Bool { machine.tape.hasPhases }
    /// Whether the derivatives of log ψ are complex. They are real also where the imaginary part is constant: the
    /// sign of a real ψ.
    public var isComplex: Bool { machine.tape.output.isComplex }
    /// N, the number of sites.
    public var siteCount: Int { recorded.siteCount }
    /// How configurations are read.
    public var encoder: Encoder { recorded.encoder }

    /// Draws new parameters from the leaves' distributions. Local; equal seeds give equal parameters.
    public func initialiseParameters(using generator: inout some RandomNumberGenerator) {
        for (index, declaration) in ansatz.leaves.enumerated() {
            let buffer = UnsafeMutableBufferPointer(
                start: parameters.pointer + layout.offsets[index], count: declaration.leaf.realCount)
            guard let start = declaration.start, let values = start.values(), values.count == buffer.count else {
                declaration.initialiser.fill(
                    buffer, leaf: declaration.leaf, outputAxis: declaration.outputAxis, using: &generator)
                continue
            }
            let square = values.reduce(0) { $0 + $1 * $1 } / Double(max(1, declaration.leaf.count))
            Initialiser(.normal, scale: start.noise * square.squareRoot()).fill(
                buffer, leaf: declaration.leaf, using: &generator)
            for (place, value) in values.enumerated() { buffer[place] += value }
        }
        parametersChanged()
    }

    /// To be called after every change of `parameters`.
    public func parametersChanged() {
        if ansatz.dataType.isSingle {
            for index in 0..<parameters.count { parameters[index] = Double(Float(parameters[index])) }
        }
        source.noteChange()
        recorded.bringUpToDate()
    }

    /// Linearises log ψ at this rank's samples. Local.
    ///
    /// - Precondition: `configurations.count == space.localCount`, and `space.isComplex == isComplex`.
    public func linearise(_ configurations: Configurations, in space: SampleSpace) -> Linearisation {
        precondition(configurations.count == space.localCount && configurations.siteCount == siteCount)
        precondition(space.isComplex == isComplex)
        linearisationCount += 1
        let count = configurations.count
        let logPsi = [Double](unsafeUninitializedCapacity: 2 * count) { buffer, initialised in
            encoder.encoded(configurations.spins).withUnsafeBufferPointer { spins in
                if let base = buffer.baseAddress, let spins = spins.baseAddress {
                    machine.linearise(spins, blocks: space.sums.blocks, into: base)
                } else {
                    withUnsafeTemporaryAllocation(of: Int8.self, capacity: 1) { none in
                        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { result in
                            if let none = none.baseAddress, let result = result.baseAddress {
                                machine.linearise(none, blocks: space.sums.blocks, into: result)
                            }
                        }
                    }
                }
            }
            initialised = 2 * count
        }
        let (number, version) = (linearisationCount, parameterVersion)
        return Linearisation(jacobian: machine, space: space, logPsi: logPsi) { [self] in
            linearisationCount == number && parameterVersion == version
        }
    }

    /// Nil where log ψ has no product form.
    package var productTables: ProductTables? { recorded.productTables }
    /// Whether amplitude ratios are products at the present parameters; brings the tables up to date.
    package var productsAreUsable: Bool { recorded.productsAreUsable }

    /// log ψ for the sampler and the local energies, in blocks of `blockRows` rows.
    public func amplitudes(blockRows: Int) -> NetworkAmplitudes { NetworkAmplitudes(factor, blockRows: blockRows) }
}
