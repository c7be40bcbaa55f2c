import Communication

extension StateMeasurement {
    /// The exact expectation values in a state whose basis is summed. Collective: three allreduces for the
    /// probabilities, five for the sums, and two collectives for each subsystem.
    ///
    /// - Precondition: the state's samples are a full summation, of at most `ReducedPurity.maximumSites` sites where
    ///   there are subsystems.
    /// - Throws: `SamplerError` on every rank where log ψ is not finite.
    public func summed(_ basis: FullSummation) throws -> Result {
        let communicator = state.communicator
        return try quantities.summed(
            basis, amplitudes: state.waveFunction.amplitudes(blockRows: MonteCarloState.samplingBlockRows),
            sums: state.blocks?.sum(over: communicator)
                ?? ShardedSum(communicator, itemCount: basis.configurations.count))
    }
}

extension MeasuredQuantities {
    /// The exact expectation values over a basis. Collective, as `StateMeasurement.summed`.
    ///
    /// - Parameters:
    ///   - amplitudes: of the state.
    ///   - sums: over this rank's states.
    /// - Precondition: at most `ReducedPurity.maximumSites` sites where there are subsystems.
    /// - Throws: `SamplerError` on every rank where log ψ is not finite.
    func summed(
        _ basis: FullSummation, amplitudes: some LogAmplitudes, sums: ShardedSum
    ) throws -> StateMeasurement.Result {
        let samples = try basis.evaluate(amplitudes, sums: sums)
        // The variance and the moments of the energy are taken about its mean, hence a first pass for that and for log |ψ|.
        energy.reference = .zero
        let first = try moments(samples, sums, count: 3) { spins, count, logPsi, values in
            var three = [Double](repeating: 0, count: 3 * count)
            three.withUnsafeMutableBufferPointer { three in
                guard let local = three.baseAddress else { return }
                energy.evaluate(spins, count: count, logPsi: logPsi, into: local, stride: 3)
                for state in 0..<count {
                    values[3 * state] = local[3 * state]
                    values[3 * state + 1] = local[3 * state + 1]
                    values[3 * state + 2] = logPsi[2 * state]
                }
            }
        }
        reference = first.map(\.mean)
        let stride = quantityCount
        var estimates = try moments(samples, sums, count: stride) { spins, count, logPsi, values in
            evaluate(spins, count: count, logPsi: logPsi, into: values, stride: stride)
        }
        for sites in subsystems {
            estimates.append(.summed(mean: try ReducedPurity.of(sites, samples, over: sums.communicator), variance: 0))
        }
        // The energy's third quantity is the squared deviation, to which states without weight contribute, too.
        let faint = samples.faintStates(in: sums.blocks)?.imageWeights(of: hamiltonian, amplitudes)
        estimates[2].mean += try sums.sum(count: 1) { block, _, sum in sum[0] = faint?[block] ?? 0 }[0]
        return try result(estimates, samples: basis.dimension, acceptance: nil)
    }

    /// Σ p·x and Σ p·(x − mean)² of `count` quantities. Collective: two allreduces.
    ///
    /// - Parameters:
    ///   - states: sums over this rank's states.
    ///   - evaluate: writes the quantities of some configurations one after the other.
    private func moments(
        _ samples: FullSummationSamples, _ states: ShardedSum, count: Int,
        _ evaluate: (UnsafePointer<Int8>, Int, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) throws -> [ChainEstimate] {
        let siteCount = samples.configurations.siteCount
        // What Lanczos steps take of one state they take of many others.
        let group = max(1, min(energyMoments == nil ? 64 : 4096, (1 << 20) / max(1, count)))
        var values = [Double](repeating: 0, count: group * count)
        /// Adds up what `term` makes of each quantity of each state.
        func sum(_ term: (Int, Double) -> Double) throws -> [Double] {
            try states.sum(count: count) { _, block, sums in
                for quantity in 0..<count { sums[quantity] = 0 }
                let kept = block.filter { !samples.isFaint($0) }
                for first in Swift.stride(from: 0, to: kept.count, by: group) {
                    let states = kept[first..<min(kept.count, first + group)]
                    let spins = states.flatMap { samples.configurations[row: $0] }
                    let logPsi = states.flatMap { [samples.logPsi[2 * $0], samples.logPsi[2 * $0 + 1]] }
                    precondition(spins.count == states.count * siteCount)
                    spins.withUnsafeBufferPointer { spins in
                        logPsi.withUnsafeBufferPointer { logPsi in
                            values.withUnsafeMutableBufferPointer { values in
                                guard let spins = spins.baseAddress, let logPsi = logPsi.baseAddress,
                                    let values = values.baseAddress
                                else { return }
                                evaluate(spins, states.count, logPsi, values)
                            }
                        }
                    }
                    for (row, state) in states.enumerated() {
                        let p = samples.probabilities[state]
                        for quantity in 0..<count {
                            sums[quantity] += p * term(quantity, values[row * count + quantity])
                        }
                    }
                }
            }
        }
        let means = try sum { $1 }
        let variances = try sum { quantity, value in
            let deviation = value - means[quantity]
            return deviation * deviation
        }
        return zip(means, variances).map { ChainEstimate.summed(mean: $0, variance: $1) }
    }
}
