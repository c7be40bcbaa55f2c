import Foundation

/// The first three moments of G = H − E₀ in a state, which a Lanczos step takes: local values whose means over |ψ|² are ⟨G⟩,
/// ⟨G²⟩ and ⟨G³⟩ for any Hermitian H and any ψ, also where ψ vanishes. Three quantities.
///
/// With F = Gψ/ψ and F₂ = G²ψ/ψ the means of |F|² and F̄F₂ miss the configurations x with ψ(x) = 0 and (Gψ)(x) ≠ 0. Let A be
/// those with |ψ| below a cutoff. As the complex conjugate of (Gψ)(x) is Σ_y ψ̄(y) G_yx,
///
///     ⟨G^(k+1)⟩ = Σ_{x∉A} |ψ(x)|² F̄(x) (G^k ψ)(x)/ψ(x) + Σ_y |ψ(y)|² Σ_{x∈A} G_yx (G^k ψ)(x)/ψ(y),
///
/// for k = 1, 2 and whatever A is: the cutoff changes the noise and the cost, no mean. Outside A the local values are of second and
/// third order in the distance from an eigenstate, and so is their noise, which that of F₂ alone is not. Amplitudes come in
/// relative to the sample's by their logarithms, so that nothing is divided by an amplitude in A.
///
/// The local energies of all configurations that a sample is connected with are evaluated, those of several samples
/// together and each once: a sample costs up to `transitionBound` times that of its energy.
final class EnergyMoments {
    /// Samples are taken together until they and what they are connected with are about as many configurations.
    private static let distinct = 4096
    /// |ψ| below this share of a typical amplitude, e to the mean of log |ψ|, is in A.
    static let logShare = log(1e-8)

    /// e^logarithm · factor, an amplitude that may be far from the range of numbers.
    private struct Scaled {
        var logarithm = SIMD2<Double>(-.infinity, 0)
        var factor = SIMD2<Double>.zero

        /// Divided by e^other.
        func relative(to other: SIMD2<Double>) -> SIMD2<Double> {
            guard logarithm.x > -.infinity, factor != .zero else { return .zero }
            let (modulus, phase) = (exp(logarithm.x - other.x), logarithm.y - other.y)
            return EnergyMoments.times(factor, SIMD2(modulus * cos(phase), modulus * sin(phase)))
        }
    }

    private let hamiltonian: any Operator
    private let amplitudes: any LogAmplitudes
    private let localEnergies: LocalEnergies
    /// E₀, near the mean energy, so that moments do not cancel.
    var reference = 0.0
    /// log |ψ| below which a configuration is in A.
    var cutoff = -Double.infinity

    let quantityCount = 3

    /// All configurations of the samples at hand, and of each that was asked for: log ψ, the row of G, Gψ.
    private var known: ConfigurationSet
    private var logPsi: [SIMD2<Double>] = []
    private var rows: [Range<Int>] = []
    private var targets: [Int] = []
    private var elements: [SIMD2<Double>] = []
    private var images: [Scaled] = []
    private let transitions = TransitionList()
    private var codes: [Int8]
    private var other: [Int8]

    /// - Precondition: the Hamiltonian is Hermitian.
    init(_ hamiltonian: any Operator, amplitudes: any LogAmplitudes) {
        precondition(hamiltonian.isHermitian, "the moments would be complex")
        self.hamiltonian = hamiltonian
        self.amplitudes = amplitudes
        localEnergies = LocalEnergies(of: hamiltonian, in: amplitudes)
        known = ConfigurationSet(siteCount: hamiltonian.siteCount)
        codes = [Int8](repeating: 0, count: hamiltonian.siteCount)
        other = codes
    }

    /// As `LocalObservable.evaluate`. Local.
    func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into values: UnsafeMutablePointer<Double>, stride: Int) {
        var next = 0
        while next < count {
            removeAll()
            let first = next
            var samples: [Int] = []
            while next < count, samples.isEmpty || known.count < Self.distinct {
                let number = known.insert(spins + next * known.siteCount)
                samples.append(number)
                connect([number])
                next += 1
            }
            evaluate(samples, into: values + first * stride, stride: stride)
        }
    }

    private func removeAll() {
        known.removeAll()
        logPsi.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        targets.removeAll(keepingCapacity: true)
        elements.removeAll(keepingCapacity: true)
        images.removeAll(keepingCapacity: true)
    }

    /// - Parameter samples: numbers of known configurations, whose rows are known.
    private func evaluate(_ samples: [Int], into values: UnsafeMutablePointer<Double>, stride: Int) {
        evaluateAmplitudes()
        // Gψ is needed of the samples, of what they are connected with, and of what those in A are connected with.
        let near = known.count
        connect((0..<near).filter(isFaint))
        evaluateAmplitudes()
        let far = known.count
        connect((near..<far).filter(isFaint))
        evaluateAmplitudes()
        evaluateImages(far)
        let second = (0..<near).map { isFaint($0) ? product($0, images) : Scaled() }
        for (row, sample) in samples.enumerated() {
            let own = logPsi[sample]
            let energy = images[sample].relative(to: own)
            var (square, cube) = (0.0, 0.0)
            if !isFaint(sample) {
                square = (energy * energy).sum()
                // Re F̄F₂
                cube = (energy * product(sample, images).relative(to: own)).sum()
            }
            for place in rows[sample] where isFaint(targets[place]) {
                let target = targets[place]
                square += Self.times(elements[place], images[target].relative(to: own)).x
                cube += Self.times(elements[place], second[target].relative(to: own)).x
            }
            values[row * stride] = energy.x
            values[row * stride + 1] = square
            values[row * stride + 2] = cube
        }
    }

    /// Whether a known configuration is in A.
    private func isFaint(_ number: Int) -> Bool { !(logPsi[number].x >= cutoff) }

    /// Adds the rows of G of some configurations, and what these lead to.
    private func connect(_ numbers: [Int]) {
        for number in numbers {
            while rows.count < known.count { rows.append(0..<0) }
            guard rows[number].isEmpty else { continue }
            let first = targets.count
            for site in codes.indices { codes[site] = known.codes[number * codes.count + site] }
            transitions.removeAll()
            codes.withUnsafeBufferPointer { codes in
                guard let codes = codes.baseAddress else { return }
                let diagonal = hamiltonian.appendTransitions(from: codes, to: transitions).rawStorage
                targets.append(number)
                elements.append(SIMD2(diagonal.x - reference, diagonal.y))
                other.withUnsafeMutableBufferPointer { other in
                    guard let other = other.baseAddress else { return }
                    other.update(from: codes, count: known.siteCount)
                    for transition in 0..<transitions.count {
                        transitions.apply(transition, to: other)
                        targets.append(known.insert(other))
                        let element = transitions.element(transition).rawStorage
                        elements.append(SIMD2(element.x, element.y))
                        transitions.revert(transition, in: other, to: codes)
                    }
                }
            }
            rows[number] = first..<targets.count
        }
        while rows.count < known.count { rows.append(0..<0) }
    }

    /// log ψ of the configurations that have come since.
    private func evaluateAmplitudes() {
        let fresh = known.configurations(logPsi.count..<known.count)
        let found = amplitudes.logPsi(of: fresh)
        for row in 0..<fresh.count {
            // The phase of a node means nothing and need not be a number.
            let isNode = found[2 * row] == -.infinity
            logPsi.append(SIMD2(found[2 * row], isNode ? 0 : found[2 * row + 1]))
        }
    }

    /// Gψ of the first `count` configurations: ψF outside A, by the cheapest ratios; in A from the amplitudes of all that
    /// they are connected with.
    private func evaluateImages(_ count: Int) {
        let plain = logPsi.map { Scaled(logarithm: $0, factor: SIMD2(1, 0)) }
        images = (0..<count).map { isFaint($0) ? product($0, plain) : plain[$0] }
        let bright = (0..<count).filter { !isFaint($0) }
        let energies = localEnergies.evaluate(
            known.configurations(bright), logPsi: bright.flatMap { [logPsi[$0].x, logPsi[$0].y] })
        for (row, number) in bright.enumerated() {
            images[number].factor = SIMD2(energies[2 * row] - reference, energies[2 * row + 1])
        }
    }

    /// Σ_x G_yx v(x) of a configuration y whose row is known.
    private func product(_ number: Int, _ vector: [Scaled]) -> Scaled {
        var result = Scaled()
        for place in rows[number] {
            result.logarithm.x = max(result.logarithm.x, vector[targets[place]].logarithm.x)
        }
        for place in rows[number] {
            result.factor += Self.times(elements[place], vector[targets[place]].relative(to: result.logarithm))
        }
        return result
    }

    private static func times(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
    }
}
