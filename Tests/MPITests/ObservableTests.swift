import DistQGT
import DistQGTTestSupport

private func checkSame(_ one: ChainEstimate, _ other: ChainEstimate, _ name: String) {
    checkClose(one.mean, other.mean, relative: 1e-12, absolute: 1e-12, "\(name) mean")
    checkClose(one.error, other.error, relative: 1e-9, absolute: 1e-12, "\(name) error")
    checkClose(one.variance, other.variance, relative: 1e-10, absolute: 1e-12, "\(name) variance")
    check(one.rHat.isNaN == other.rHat.isNaN, "\(name) R_hat")
    if one.rHat.isFinite { checkClose(one.rHat, other.rHat, relative: 1e-10, "\(name) R_hat") }
}

private func checkSame(_ one: StateMeasurement.Result, _ other: StateMeasurement.Result, _ name: String) {
    checkEqual(one.samples, other.samples)
    check(one.acceptance == other.acceptance, "\(name): acceptance \(String(describing: one.acceptance))")
    checkSame(one.energy, other.energy, "\(name), energy")
    checkSame(one.energyVariance, other.energyVariance, "\(name), variance")
    for (index, (mine, reference)) in zip(one.quantities, other.quantities).enumerated() {
        checkSame(mine, reference, "\(name), quantity \(index)")
    }
    for (index, (mine, reference)) in zip(one.purities, other.purities).enumerated() {
        checkSame(mine, reference, "\(name), purity \(index)")
    }
}

let observableTests: [MPITest] = [
    MPITest("observables: the same on any number of ranks, chains") { world in
        for probe in try ObservableProbe.all() {
            // Fewer chains than ranks, uneven shares, and a precision that decides when to end.
            for (chains, limit) in [(2, 64), (13, 2000)] {
                let stop: (StateMeasurement.Result) -> Double = { $0.energy.error / 0.05 }
                let here = try probe.sampled(
                    chains: chains, samples: 8 * chains, seed: 3, limit: limit, on: world, worstRatio: stop)
                let alone = try probe.sampled(
                    chains: chains, samples: 8 * chains, seed: 3, limit: limit, on: .alone(), worstRatio: stop)
                checkSame(here, alone, "\(probe), \(chains) chains")
            }
        }
    },
    MPITest("observables: the same on any number of ranks, basis") { world in
        for probe in try ObservableProbe.all() {
            checkSame(try probe.summed(on: world), try probe.summed(on: .alone()), "\(probe)")
        }
    },
]
