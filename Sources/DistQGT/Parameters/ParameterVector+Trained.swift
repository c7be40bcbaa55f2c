import LinearAlgebra

/// A vector of all parameters and one of the trained ones alone (`ParameterLayout.trained`): directions, forces, moments of
/// an optimiser. Where every leaf is trained both are the same.
extension ParameterVector {
    /// θ ← θ + a δ, for the trained ones among these parameters; the others keep their bits.
    ///
    /// - Parameter direction: δ, of `layout.trained`.
    /// - Precondition: this vector is this rank's own.
    public func add(_ factor: Double, toTrained direction: ParameterVector) {
        precondition(memory == nil)
        layout.forEachTrainedRun(direction.layout, 0..<direction.layout.count) { whole, trained, count in
            ownNumbers(whole, count).add(factor, times: direction.pointer + trained)
        }
    }

    /// The trained ones among these parameters become those of another vector.
    ///
    /// - Precondition: this vector is this rank's own.
    public func assign(toTrained values: ParameterVector) {
        precondition(memory == nil)
        layout.forEachTrainedRun(values.layout, 0..<values.layout.count) { whole, trained, count in
            ownNumbers(whole, count).assign(from: values.pointer + trained)
        }
    }

    /// Becomes the trained ones among all parameters. Collective over the ranks of its memory.
    public func assign(trainedOf parameters: ParameterVector) {
        parameters.layout.forEachTrainedRun(layout, share) { whole, trained, count in
            ownNumbers(trained, count).assign(from: parameters.pointer + whole)
        }
        noteChange()
    }

    /// Adds a multiple of the trained ones among all parameters. Collective over the ranks of its memory.
    public func add(_ factor: Double, timesTrainedOf parameters: ParameterVector) {
        parameters.layout.forEachTrainedRun(layout, share) { whole, trained, count in
            ownNumbers(trained, count).add(factor, times: parameters.pointer + whole)
        }
        noteChange()
    }

    /// ‖θ‖ of the trained ones among these parameters. Local.
    public func trainedNorm() -> Double {
        layout.trainedRuns.reduce(0) { sum, run in
            (run.whole..<run.whole + run.count).reduce(sum) { $0 + self[$1] * self[$1] }
        }.squareRoot()
    }

    private func ownNumbers(_ first: Int, _ count: Int) -> UnsafeMutableBufferPointer<Double> {
        .init(start: storage.pointer + first, count: count)
    }
}

extension ParameterLayout {
    /// Gives the trained numbers of a range run by run: the first among all, the first among the trained ones, how many.
    fileprivate func forEachTrainedRun(
        _ trained: ParameterLayout, _ range: Range<Int>, _ body: (Int, Int, Int) -> Void
    ) {
        precondition(trained.count == trainedRuns.reduce(0) { $0 + $1.count }, "a vector of other parameters")
        for run in trainedRuns {
            let part = (run.trained..<run.trained + run.count).clamped(to: range)
            if !part.isEmpty { body(run.whole + part.lowerBound - run.trained, part.lowerBound, part.count) }
        }
    }
}
