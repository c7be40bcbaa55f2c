import DistQGT
import RunFiles

/// What goes into a checkpoint and comes back from it.
struct RunState {
    let driver: GroundStateDriver
    let course: RunCourse
    /// Seconds by phase over every part of the run.
    var seconds: [String: Double] = [:]
    /// Wall time of the completed steps over every part of the run.
    var totalSeconds = 0.0
    /// Samples of the completed steps.
    var drawn = 0
    /// Returns to a checkpoint over every part of the run.
    var rollbacks = 0
    /// Of a step, at most.
    private let samplesPerStep: Int

    private static let secondsPrefix = "seconds "
    private static let updateCountName = "optimiser updates"
    private static let factorName = "learning rate factor"
    private static let restraintName = "restraint"
    private static let rollbacksName = "rollbacks"
    /// The average of the parameters: a vector beside the optimiser's, and numbers.
    private static let averageName = "parameter_average"
    private static let averageNames = (
        count: "averaged steps", isTaken: "average is taken", energy: "averaged energies",
        errors: "their squared errors", energies: "number of averaged energies"
    )
    private static let (controlPrefix, samplesPrefix) = ("step control ", "sample control ")
    private static let drawnName = "samples drawn"
    private static let coursePrefixes = (course: "course ", watch: "energy history ", lost: "best energy ")
    /// Kept parameters: a vector beside the optimiser's.
    private static let keptName = "kept_parameters"
    /// MARCH's moments: a vector beside the optimiser's.
    private static let momentsName = "march_moments"
    private static let historyNames = (steps: "judged steps", direction: "largest direction", shift: "its shift")

    private static let subspaceNames = [
        "subspace floor", "subspace plain iterations", "subspace pause", "subspace next pause", "subspace drops",
    ]

    /// - Parameter samplesPerStep: at most.
    init(_ driver: GroundStateDriver, _ course: RunCourse, samplesPerStep: Int) {
        self.driver = driver
        self.course = course
        self.samplesPerStep = samplesPerStep
    }

    /// Seconds of samples and their local energies over every part of the run.
    var energySeconds: Double {
        (seconds[PhaseClock.Phase.sample.rawValue] ?? 0) + (seconds[PhaseClock.Phase.localEnergy.rawValue] ?? 0)
    }

    mutating func add(_ report: StepReport) {
        for (phase, time) in report.clock.seconds { seconds[phase.rawValue, default: 0] += time }
        totalSeconds += report.clock.total
        drawn += report.samples
    }

    /// The checkpoint of this moment, on rank 0 (nil elsewhere). Collective: the chains are gathered.
    func checkpoint(configuration: String, seed: Int) throws -> Checkpoint? {
        let waveFunction = driver.waveFunction
        guard
            var checkpoint = try driver.state.checkpoint(
                step: driver.step, chains: driver.state.source.chainSampler?.chainState(),
                configuration: configuration, seed: seed)
        else { return nil }
        checkpoint.optimiserState = driver.optimiser.state
        if let average = driver.average?.state {
            checkpoint.optimiserState[Self.averageName] = average.parameters
            checkpoint.scalars[Self.averageNames.count] = Double(average.count)
            checkpoint.scalars[Self.averageNames.isTaken] = average.isTaken ? 1 : 0
            checkpoint.scalars[Self.averageNames.energy] = average.energySum
            checkpoint.scalars[Self.averageNames.errors] = average.squaredErrors
            checkpoint.scalars[Self.averageNames.energies] = Double(average.energyCount)
        }
        if let kept = driver.kept { checkpoint.optimiserState[Self.keptName] = kept.values }
        if let moments = driver.moments?.values { checkpoint.optimiserState[Self.momentsName] = moments }
        checkpoint.previousDirection = driver.previousDirection?.values
        if let state = driver.subspace?.state {
            let count = waveFunction.trainedLayout.count
            checkpoint.subspace = .init(size: state.vectors.count / count, vectors: state.vectors, matrix: state.matrix)
            let numbers = [
                state.floor, Double(state.plainIterations), Double(state.pause), Double(state.nextPause),
                Double(state.drops),
            ]
            for (name, number) in zip(Self.subspaceNames, numbers) { checkpoint.scalars[name] = number }
        }
        checkpoint.seconds = totalSeconds
        for (name, time) in seconds { checkpoint.scalars[Self.secondsPrefix + name] = time }
        checkpoint.scalars[Self.updateCountName] = Double(driver.optimiser.updateCount)
        checkpoint.scalars[Self.factorName] = driver.learningRateFactor
        checkpoint.scalars[Self.restraintName] = driver.restraint
        checkpoint.scalars[Self.rollbacksName] = Double(rollbacks)
        func add(_ words: [Double], _ prefix: String) {
            for (index, word) in words.enumerated() { checkpoint.scalars["\(prefix)\(index)"] = word }
        }
        add(driver.control?.words ?? [], Self.controlPrefix)
        add(driver.samples?.words ?? [], Self.samplesPrefix)
        checkpoint.scalars[Self.drawnName] = Double(drawn)
        let course = course.words
        add(course.course, Self.coursePrefixes.course)
        add(course.watch, Self.coursePrefixes.watch)
        add(course.lost, Self.coursePrefixes.lost)
        let history = driver.watch.history
        checkpoint.scalars[Self.historyNames.steps] = Double(history.steps)
        checkpoint.scalars[Self.historyNames.direction] = history.largestDirection
        checkpoint.scalars[Self.historyNames.shift] = history.shift
        return checkpoint
    }

    /// Puts everything back as it was. Local: every rank has the whole checkpoint.
    ///
    /// - Throws: `CheckpointError`, `ChainStateError` where the checkpoint does not fit.
    mutating func restore(_ checkpoint: Checkpoint, path: String) throws {
        try driver.state.restore(checkpoint, path: path)
        let layout = driver.waveFunction.trainedLayout
        for (name, values) in checkpoint.optimiserState {
            // Kept parameters are all of them.
            let count = name == Self.keptName ? driver.waveFunction.layout.count : layout.count
            guard values.count != count else { continue }
            throw CheckpointError(
                path: path, problem: .wrongShape("optimiser/\(name)", expected: [count], found: [values.count]))
        }
        if let direction = checkpoint.previousDirection, direction.count != layout.count {
            throw CheckpointError(
                path: path,
                problem: .wrongShape("previous_direction", expected: [layout.count], found: [direction.count]))
        }
        if let subspace = driver.subspace { try restore(subspace, checkpoint, path: path) }
        var vectors = checkpoint.optimiserState
        driver.average = vectors.removeValue(forKey: Self.averageName).map {
            ParameterAverage(layout, Self.average(of: $0, checkpoint.scalars))
        }
        driver.restoreKept(vectors.removeValue(forKey: Self.keptName))
        driver.moments?.restore(vectors.removeValue(forKey: Self.momentsName))
        driver.optimiser.restore(
            state: vectors, updateCount: Int(checkpoint.scalars[Self.updateCountName] ?? 0))
        totalSeconds = checkpoint.seconds
        for (name, value) in checkpoint.scalars where name.hasPrefix(Self.secondsPrefix) {
            seconds[String(name.dropFirst(Self.secondsPrefix.count))] = value
        }
        rollbacks = Int(checkpoint.scalars[Self.rollbacksName] ?? 0)
        var history = DivergenceWatch.History()
        history.steps = Int(checkpoint.scalars[Self.historyNames.steps] ?? 0)
        history.largestDirection = checkpoint.scalars[Self.historyNames.direction] ?? 0
        history.shift = checkpoint.scalars[Self.historyNames.shift] ?? 0
        driver.watch.history = history
        driver.learningRateFactor = checkpoint.scalars[Self.factorName] ?? 1
        func words(_ prefix: String) -> [Double] {
            (0...).lazy.map { checkpoint.scalars["\(prefix)\($0)"] }.prefix { $0 != nil }.compactMap { $0 }
        }
        course.words = (
            words(Self.coursePrefixes.course), words(Self.coursePrefixes.watch), words(Self.coursePrefixes.lost)
        )
        driver.restraint = checkpoint.scalars[Self.restraintName] ?? 1
        if let control = driver.control {
            let words = control.words.indices.compactMap { checkpoint.scalars["\(Self.controlPrefix)\($0)"] }
            if words.count == control.words.count { driver.control?.words = words }
        }
        driver.samples?.restore(words(Self.samplesPrefix))
        drawn = checkpoint.scalars[Self.drawnName].map { Int($0) } ?? checkpoint.step * samplesPerStep
        driver.resume(afterStep: checkpoint.step, previousDirection: checkpoint.previousDirection)
    }

    private static func average(of parameters: [Double], _ scalars: [String: Double]) -> ParameterAverage.State {
        ParameterAverage.State(
            parameters: parameters, count: Int(scalars[averageNames.count] ?? 0),
            isTaken: scalars[averageNames.isTaken] == 1, energySum: scalars[averageNames.energy] ?? 0,
            squaredErrors: scalars[averageNames.errors] ?? 0,
            energyCount: Int(scalars[averageNames.energies] ?? 0))
    }

    private func restore(_ subspace: RecycledSubspace, _ checkpoint: Checkpoint, path: String) throws {
        let count = driver.waveFunction.trainedLayout.count
        let size = checkpoint.subspace?.size ?? 0
        let vectors = checkpoint.subspace?.vectors ?? []
        guard vectors.count == size * count, size <= subspace.sizeLimit else {
            throw CheckpointError(
                path: path,
                problem: .wrongShape(
                    "subspace/vectors", expected: [min(size, subspace.sizeLimit), count],
                    found: [size, vectors.count / max(1, size)]))
        }
        let numbers = Self.subspaceNames.map { checkpoint.scalars[$0] }
        subspace.restore(
            RecycledSubspace.State(
                vectors: vectors, matrix: checkpoint.subspace?.matrix ?? [], floor: numbers[0] ?? 0,
                plainIterations: Int(numbers[1] ?? 0), pause: Int(numbers[2] ?? 0), nextPause: Int(numbers[3] ?? 1),
                drops: Int(numbers[4] ?? 0)),
            parameters: count)
    }
}
