import Foundation
import LinearAlgebra

/// The motion of walkers in continuous imaginary time, without an error of a time step (S. Sorella and L. Capriotti, PRB 61, 2599,
/// 2000): a walker at x leaves it at the rate Σ −G_{x′x} over negative elements, for an x′ with a probability proportional to
/// −G_{x′x}, and its weight changes by exp(−∫(E_loc − E_T) dτ).
///
/// Walker k's random numbers are a function of the seed, k and the draws of this number so far. Local: no communication.
final class WalkerPropagation {
    let kernel: ImportanceSampledKernel
    private let siteCount: Int
    private let seed: UInt64
    /// Draws so far of each walker's stream.
    let drawCounters: UnsafeMutablePointer<UInt64>
    /// Global number of the first walker.
    private let firstWalker: Int
    private let memory = BufferSet()
    // Of the walkers that are on their way: their places, the time that they have left, and their rows.
    private let active: UnsafeMutablePointer<Int>
    private let remaining: UnsafeMutablePointer<Double>
    private let codes: UnsafeMutablePointer<Int8>
    private let draws: UnsafeMutablePointer<Double>
    private let clocks: UnsafeMutablePointer<Double>
    private let rows: UnsafeMutablePointer<KernelRow>

    init(_ kernel: ImportanceSampledKernel, walkers: Range<Int>, seed: UInt64) {
        self.kernel = kernel
        siteCount = kernel.siteCount
        self.seed = seed
        firstWalker = walkers.lowerBound
        let count = walkers.count
        drawCounters = memory.filled(with: 0, count: count)
        active = memory.filled(with: 0, count: count)
        remaining = memory.filled(with: 0, count: count)
        codes = memory.filled(with: 0, count: count * siteCount)
        draws = memory.filled(with: 0, count: count)
        clocks = memory.filled(with: 0, count: count)
        rows = memory.filled(with: KernelRow(), count: count)
    }

    /// Bytes that a walker takes.
    static func byteCount(siteCount: Int) -> Int {
        siteCount + MemoryLayout<KernelRow>.stride + 5 * MemoryLayout<Double>.stride
    }

    /// Evaluates the rows of walkers that have no way to go, and sets their clocks.
    ///
    /// - Parameters:
    ///   - block: the walkers that are looked at, counted from the rank's first.
    ///   - all: whether every one of them, or only those that are undecided.
    func decide(_ block: Range<Int>, of walkers: WalkerPopulation, all: Bool, _ weights: inout BlockWeights) {
        var count = 0
        for walker in block where all || walkers.rows[walker].move == WalkerPopulation.undecided {
            active[count] = walker
            count += 1
        }
        enter(count, walkers, &weights)
    }

    /// Moves the walkers of a block on by an interval of imaginary time; of two blocks nothing is evaluated together.
    ///
    /// - Parameter reference: E_T.
    func advance(
        _ block: Range<Int>, of walkers: WalkerPopulation, by interval: Double, reference: Double,
        _ weights: inout BlockWeights
    ) {
        var count = 0
        for walker in block {
            active[count] = walker
            remaining[count] = interval
            count += 1
        }
        while count > 0 {
            var moved = 0
            for place in 0..<count {
                let walker = active[place]
                let row = walkers.rows[walker]
                let left = remaining[place]
                let stay = walkers.clocks[walker] / row.rate
                // A walker with nowhere to go stays; also where its rate is so small that the quotient is infinite.
                guard row.move >= 0, stay < left else {
                    weights.addStay(of: left, row.energy, reference, logWeight: &walkers.logWeights[walker])
                    walkers.clocks[walker] -= row.rate * left
                    continue
                }
                weights.addStay(of: stay, row.energy, reference, logWeight: &walkers.logWeights[walker])
                kernel.apply(row.move, to: walkers.codes + walker * siteCount)
                active[moved] = walker
                remaining[moved] = left - stay
                moved += 1
            }
            count = moved
            weights.moves += moved
            enter(count, walkers, &weights)
        }
    }

    /// Evaluates the rows of the first `count` active walkers.
    private func enter(_ count: Int, _ walkers: WalkerPopulation, _ weights: inout BlockWeights) {
        guard count > 0 else { return }
        for place in 0..<count {
            let walker = active[place]
            (codes + place * siteCount).update(from: walkers.codes + walker * siteCount, count: siteCount)
            var stream = RandomStream(
                seed: seed, index: firstWalker + walker, purpose: .projection, position: drawCounters[walker])
            draws[place] = stream.uniform()
            // 1 − u lies in (0, 1].
            clocks[place] = -log(1 - stream.uniform())
            drawCounters[walker] = stream.position
        }
        kernel.evaluate(codes, count: count, draws: draws, into: rows)
        for place in 0..<count {
            let (walker, row) = (active[place], rows[place])
            walkers.rows[walker] = row
            walkers.clocks[walker] = clocks[place]
            weights.wrongSigns += Int(row.wrongSigns)
            weights.phase = max(weights.phase, row.phase)
            if !(row.energy + row.rate).isFinite { weights.isInvalid = true }
        }
    }

    /// Sums up the weights of a block.
    func addUp(_ block: Range<Int>, of walkers: WalkerPopulation, into weights: inout BlockWeights) {
        for walker in block {
            let weight = walkers.weight(walker)
            weights.sum += weight
            weights.squared += weight * weight
        }
    }

    /// Sums up the energies of a block where it stands.
    func addEnergies(_ block: Range<Int>, of walkers: WalkerPopulation, into weights: inout BlockWeights) {
        for walker in block {
            let energy = walkers.rows[walker].energy
            weights.integral += 1
            weights.energy += energy
            weights.energySquared += energy * energy
        }
    }
}

extension BlockWeights {
    /// Adds ∫w dτ over the time that a walker stays in a configuration, and lets its weight follow.
    @inline(__always)
    fileprivate mutating func addStay(of time: Double, _ energy: Double, _ reference: Double, logWeight: inout Double) {
        // ∫ exp(−a τ) dτ = time · (1 − exp(−x))/x with x = a · time.
        let x = (energy - reference) * time
        let mean = abs(x) < 1e-8 ? 1 - x / 2 : -expm1(-x) / x
        let integral = exp(logWeight) * time * mean
        self.integral += integral
        self.energy += integral * energy
        energySquared += integral * energy * energy
        logWeight -= x
    }
}
