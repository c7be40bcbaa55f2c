import Communication

extension GreensFunctionMonteCarlo {
    /// What a projection needs to go on, over all ranks.
    public struct Progress: Sendable, Equatable {
        public var generation: Int
        public var series: ProjectionSeries
        public var reference: Double
        public var wrongSigns: Int
        public var moves: Int
        /// Configurations, and draws so far, of all walkers.
        public var walkers: ChainState
        /// Energy, rate, clock and move of each walker, and what it carries along.
        public var numbers: [Double]
        /// As `GreensFunctionMonteCarlo.forwardMeans`.
        public var forwardMeans: [[Double]]

        public init(
            generation: Int, series: ProjectionSeries, reference: Double, wrongSigns: Int, moves: Int,
            walkers: ChainState, numbers: [Double], forwardMeans: [[Double]]
        ) {
            self.generation = generation
            self.series = series
            self.reference = reference
            self.wrongSigns = wrongSigns
            self.moves = moves
            self.walkers = walkers
            self.numbers = numbers
            self.forwardMeans = forwardMeans
        }
    }

    /// Where it stands, on rank 0; nil on the others. Collective: three gathers.
    public func progress() throws -> Progress? {
        let count = walkers.count
        let codes = [Int8](UnsafeBufferPointer(start: walkers.codes, count: count * walkers.siteCount))
        let counters = (0..<count).map { Int64(propagation.drawCounters[$0]) }
        let all = try ChainState(
            firstChain: distribution.own.lowerBound,
            configurations: Configurations(siteCount: walkers.siteCount, spins: codes), drawCounters: counters
        ).gathered(over: communicator)
        let numbers = try communicator.gather(
            (0..<count).flatMap { walker in
                let row = walkers.rows[walker]
                let carried = (0..<walkers.carriedCount).map { walkers.carried[walker * walkers.carriedCount + $0] }
                return [row.energy, row.rate, walkers.clocks[walker], Double(row.move)] + carried
            })
        guard let all, let numbers else { return nil }
        return Progress(
            generation: generation, series: series, reference: reference, wrongSigns: wrongSigns, moves: moves,
            walkers: all, numbers: numbers, forwardMeans: forwardMeans)
    }

    /// Goes on where another projection with this plan stood, on any number of ranks. Local: every rank has all of it.
    ///
    /// - Throws: `ProjectionError.otherPopulation`.
    public func restore(_ progress: Progress) throws {
        let stored = progress.walkers
        let width = 4 + walkers.carriedCount
        guard stored.drawCounters.count == plan.walkers, stored.configurations.count == plan.walkers,
            stored.configurations.siteCount == walkers.siteCount, progress.numbers.count == width * plan.walkers
        else {
            throw ProjectionError.otherPopulation(
                "\(stored.drawCounters.count) of \(stored.configurations.siteCount) sites instead of \(plan.walkers) of "
                    + "\(walkers.siteCount)")
        }
        guard progress.series.count == progress.generation, progress.generation >= 0 else {
            throw ProjectionError.otherPopulation(
                "\(progress.series.count) energies of \(progress.generation) generations")
        }
        guard progress.forwardMeans.allSatisfy({ $0.count == walkers.carriedCount }),
            progress.forwardMeans.count == (walkers.carriedCount > 0 ? progress.generation / plan.forwardLength : 0)
        else {
            throw ProjectionError.otherPopulation("other observables")
        }
        for (walker, number) in distribution.own.enumerated() {
            let row = Array(stored.configurations[row: number])
            guard zip(row, state.space.localSpaces).allSatisfy({ $1.index(of: $0) != nil }), state.space.contains(row)
            else { throw ProjectionError.otherPopulation("walker \(number) is in no state of the basis") }
            for (site, code) in row.enumerated() { walkers.codes[walker * row.count + site] = code }
            let numbers = progress.numbers[width * number..<width * (number + 1)].map { $0 }
            guard let move = Int32(exactly: numbers[3]), stored.drawCounters[number] >= 0,
                move < 0 || propagation.kernel.isMove(move, from: row)
            else {
                throw ProjectionError.otherPopulation("walker \(number) has no next configuration")
            }
            walkers.rows[walker].energy = numbers[0]
            walkers.rows[walker].rate = numbers[1]
            walkers.rows[walker].move = move
            walkers.clocks[walker] = numbers[2]
            walkers.logWeights[walker] = 0
            for (place, value) in numbers[4...].enumerated() {
                walkers.carried[walker * walkers.carriedCount + place] = value
            }
            propagation.drawCounters[walker] = UInt64(stored.drawCounters[number])
        }
        generation = progress.generation
        series = progress.series
        reference = progress.reference
        wrongSigns = progress.wrongSigns
        moves = progress.moves
        forwardMeans = progress.forwardMeans
    }
}
