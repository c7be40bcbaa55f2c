import LinearAlgebra

/// Proposals of a determinant of K states over K walkers: of the matrix ψ_j(x_i), which is kept for each chain, only the rows
/// of walkers that a proposal moves are evaluated, K values instead of K² where one walker moves.
///
/// Determinants are taken anew, K³ operations, which is little beside K evaluations: nothing drifts.
final class EnsembleProposals: ProposalEvaluator {
    /// log ψ_j of one walker each.
    private let states: [any LogAmplitudes]
    private let count: Int
    private let walkerSites: Int
    let siteCount: Int
    private var chainCount = 0
    /// Current configurations of all chains.
    private let spins = Region<Int8>(capacity: 0)
    /// By chain: log ψ_j(x_i), real and imaginary part in turn, now and as proposed.
    private let current = Region<Double>(capacity: 0)
    private let proposed = Region<Double>(capacity: 0)
    /// By chain: log |det|, and the phase.
    private let logarithms = Region<Double>(capacity: 0)
    private let proposedLogarithms = Region<Double>(capacity: 0)
    /// Walkers that proposals of a batch move: the place of each among those of all chains, its configuration, log ψ_j.
    private var moved: [Int] = []
    private let walkers = Region<Int8>(capacity: 0)
    private let values = Region<Double>(capacity: 0)
    private let work: Region<Double>

    init(_ states: [any LogAmplitudes]) {
        self.states = states
        count = states.count
        walkerSites = states[0].siteCount
        siteCount = states.count * states[0].siteCount
        work = Region(capacity: Double.exponentialDeterminantWork(size: states.count, complex: true))
    }

    private var matrixReals: Int { 2 * count * count }

    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        self.spins.reserve(chainCount * siteCount)
        walkers.reserve(chainCount * siteCount)
        values.reserve(2 * chainCount * count)
        for region in [current, proposed] { region.reserve(chainCount * matrixReals) }
        for region in [logarithms, proposedLogarithms] { region.reserve(2 * chainCount) }
        moved.reserveCapacity(chainCount * count)
        guard chainCount > 0 else { return }
        self.spins.pointer.update(from: spins, count: chainCount * siteCount)
        for (number, state) in states.enumerated() {
            state.evaluate(spins, count: chainCount * count, into: values.pointer)
            for walker in 0..<chainCount * count {
                (current.pointer + 2 * (walker * count + number)).update(from: values.pointer + 2 * walker, count: 2)
            }
        }
        takeLogarithms(of: current.pointer, into: logarithms.pointer, chains: chainCount)
    }

    private func takeLogarithms(
        of matrices: UnsafePointer<Double>, into logarithms: UnsafeMutablePointer<Double>, chains: Int
    ) {
        Double.logarithmsOfExponentials(
            matrices, phases: nil, value: logarithms, slope: nil, work: work.pointer, count: chains, size: count,
            complex: true)
    }

    func evaluate(_ batch: ProposalBatch) {
        moved.removeAll(keepingCapacity: true)
        for chain in batch.chains where batch.siteCounts[chain] > 0 {
            // A proposal changes few sites, those of a walker mostly one after the other.
            let first = moved.count
            for place in 0..<Int(batch.siteCounts[chain]) {
                let site = Int(batch.sites[chain * batch.maximumSites + place])
                let walker = chain * count + site / walkerSites
                if !moved[first...].contains(walker) { moved.append(walker) }
            }
            let own = spins.pointer + chain * siteCount
            batch.apply(chain: chain, to: own)
            for (row, walker) in zip(first..., moved[first...]) {
                (walkers.pointer + row * walkerSites).update(
                    from: spins.pointer + walker * walkerSites, count: walkerSites)
            }
            batch.revert(chain: chain, in: own)
            (proposed.pointer + chain * matrixReals).update(
                from: current.pointer + chain * matrixReals, count: matrixReals)
        }
        guard !moved.isEmpty else { return }
        for (number, state) in states.enumerated() {
            state.evaluate(walkers.pointer, count: moved.count, into: values.pointer)
            for (row, walker) in moved.enumerated() {
                (proposed.pointer + 2 * (walker * count + number)).update(from: values.pointer + 2 * row, count: 2)
            }
        }
        for chain in batch.chains where batch.siteCounts[chain] > 0 {
            let logarithm = proposedLogarithms.pointer + 2 * chain
            takeLogarithms(of: proposed.pointer + chain * matrixReals, into: logarithm, chains: 1)
            batch.logModulusRatios[chain] = BatchedProposals.logModulusRatio(
                from: logarithms.pointer[2 * chain], to: logarithm[0])
        }
    }

    func update(_ batch: ProposalBatch) {
        for chain in batch.chains where batch.accepted[chain] {
            batch.apply(chain: chain, to: spins.pointer + chain * siteCount)
            (current.pointer + chain * matrixReals).update(
                from: proposed.pointer + chain * matrixReals, count: matrixReals)
            (logarithms.pointer + 2 * chain).update(from: proposedLogarithms.pointer + 2 * chain, count: 2)
        }
    }

    /// Phases of real states would not be 0 or π to the last digit.
    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool { false }
}

/// The way of an ensemble to the ratios of proposals; those of connected configurations are whole evaluations, as local
/// energies come from the states (`LocalOperatorMatrices`).
final class EnsembleRows: RatioMethod {
    private let whole: WholeEvaluations
    private let states: [RecordedFactor]

    /// - Parameters:
    ///   - factor: the determinant.
    ///   - states: its states, each at its part of the parameters.
    init(_ factor: RecordedFactor, states: [RecordedFactor]) {
        whole = WholeEvaluations(factor)
        self.states = states
    }

    var evaluatesTape: Bool { true }

    var floor: RatioFloor? {
        states.first.map { Double(states.count) * RatioFloor(evaluating: $0.machine.tape).asked }
            .map { RatioFloor(asked: $0) }
    }

    func makeProposalEvaluator(blockRows: Int) -> any ProposalEvaluator {
        EnsembleProposals(states.map { TapeAmplitudes($0, blockRows: blockRows) })
    }
    func makeAmplitudeRatios(blockRows: Int) -> any AmplitudeRatios { whole.makeAmplitudeRatios(blockRows: blockRows) }
    func makeTransitionRatios(blockRows: Int) -> (any TransitionRatios)? {
        whole.makeTransitionRatios(blockRows: blockRows)
    }

    func memory(_ work: RatioWork) -> RatioMemory {
        var memory = whole.memory(work)
        let (count, real) = (states.count, MemoryLayout<Double>.stride)
        // Both matrices of each chain, and what evaluates the states.
        memory.bytes += work.chains * (4 * count * count * real + 2 * count * (states.first?.siteCount ?? 0))
        for state in states { memory.bytes += state.byteCount(evaluatedRows: work.samplingRows) }
        return memory
    }
}
