import Foundation

/// The moments of G = H − E₀ in a state up to the (2p + 1)-th, which p Lanczos steps take: local values whose means over |ψ|²
/// are ⟨G⟩, ⟨G²⟩, … for any Hermitian H and any ψ, also where ψ vanishes. 2p + 1 quantities.
///
/// ⟨G^(2j)⟩ is ⟨G^jψ|G^jψ⟩ and ⟨G^(2j+1)⟩ is ⟨G^jψ|G^(j+1)ψ⟩. With F_k = G^kψ/ψ the means of F̄_j F_k miss the configurations x with
/// ψ(x) = 0 and (G^jψ)(x) ≠ 0. Let A be those with |ψ| below a cutoff, and P_A the projection on them. As G is Hermitian,
///
///     ⟨G^jψ|w⟩ = Σ_{x∉A} |ψ(x)|² F̄_j(x) w(x)/ψ(x) + ⟨G^(j−1)ψ|G P_A w⟩,   ⟨ψ|w⟩ = Σ_x |ψ(x)|² w(x)/ψ(x),
///
/// for every w and whatever A is: the cutoff changes the noise and the cost, no mean. Outside A the local values from ⟨G²⟩ on are
/// of second order in the distance from an eigenstate, and so is their noise, which that of F₂ alone is not. Amplitudes come in
/// relative to the sample's by their logarithms, so that nothing is divided by an amplitude in A.
///
/// The local energies of all configurations that p applications of H lead to from a sample are evaluated, those of several samples
/// together and each once: a sample costs up to `transitionBound` to the p times that of its energy.
final class EnergyMoments {
    /// Samples are taken together until they and what p applications of H lead to are about as many configurations.
    private var distinct: Int { steps == 1 ? 4096 : 16384 }
    /// |ψ| below this share of a typical amplitude, e to the mean of log |ψ|, is in A. The fourth power of G has long tails where |ψ|
    /// is small, which a larger A cuts off.
    var logShare: Double { log(steps == 1 ? 1e-8 : 1e-2) }

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

    /// Numbers of configurations, each once, in the order in which they came.
    private struct NumberList {
        private(set) var numbers: [Int] = []
        private var isIn: [Bool] = []

        mutating func insert(_ number: Int) {
            if number >= isIn.count {
                isIn += [Bool](repeating: false, count: max(number + 1, 2 * isIn.count) - isIn.count)
            }
            guard !isIn[number] else { return }
            isIn[number] = true
            numbers.append(number)
        }
    }

    private let hamiltonian: any Operator
    private let amplitudes: any LogAmplitudes
    private let localEnergies: LocalEnergies
    /// E₀, near the mean energy, so that moments do not cancel.
    var reference = 0.0
    /// log |ψ| below which a configuration is in A.
    var cutoff = -Double.infinity

    /// p.
    let steps: Int
    var quantityCount: Int { 2 * steps + 1 }

    /// All configurations of the samples at hand, and of each that was asked for: log ψ, the row of G.
    private var known: ConfigurationSet
    private var logPsi: [SIMD2<Double>] = []
    private var rows: [Range<Int>] = []
    private var targets: [Int] = []
    private var elements: [SIMD2<Double>] = []
    private let transitions = TransitionList()
    private var codes: [Int8]
    private var other: [Int8]

    /// - Precondition: the Hamiltonian is Hermitian.
    init(_ hamiltonian: any Operator, amplitudes: any LogAmplitudes, steps: Int) {
        precondition(hamiltonian.isHermitian && steps >= 1, "the moments would be complex")
        self.steps = steps
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
            while next < count, samples.isEmpty || known.count < distinct {
                let number = known.insert(spins + next * known.siteCount)
                samples.append(number)
                var reached = [number]
                for step in 1...steps {
                    connect(reached)
                    if step < steps { reached = led(to: reached) }
                }
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
    }

    /// - Parameter samples: numbers of known configurations.
    private func evaluate(_ samples: [Int], into values: UnsafeMutablePointer<Double>, stride: Int) {
        evaluateAmplitudes()
        let layers = layers(from: samples)
        let powers = powers(on: layers.flatMap { $0 })
        for moment in 1...quantityCount {
            let bra = moment / 2
            let local = localValues(bra: bra, powers, ket: moment - bra, layers)
            for (row, sample) in samples.enumerated() { values[row * stride + moment - 1] = local[sample] }
        }
    }

    /// The samples, and of A what they lead to, then what that leads to in A, p times: each configuration in one layer.
    private func layers(from samples: [Int]) -> [[Int]] {
        var found = NumberList()
        for sample in samples { found.insert(sample) }
        var layers = [found.numbers]
        for layer in 0..<steps {
            connect(layers[layer])
            evaluateAmplitudes()
            for number in layers[layer] {
                for place in rows[number] where isFaint(targets[place]) { found.insert(targets[place]) }
            }
            layers.append(Array(found.numbers[layers.reduce(0) { $0 + $1.count }...]))
        }
        return layers
    }

    /// G^kψ, k = 0 to p + 1, by the numbers of configurations: on those of `heads` all of them, elsewhere 0 unless a higher power takes it.
    private func powers(on heads: [Int]) -> [[Scaled]] {
        var places = [heads]
        for _ in 0..<steps {
            connect(places[places.count - 1])
            places.append(led(to: places[places.count - 1]))
        }
        evaluateAmplitudes()
        connect(places[steps].filter(isFaint))
        evaluateAmplitudes()
        let plain = logPsi.map { Scaled(logarithm: $0, factor: SIMD2(1, 0)) }
        var powers = [plain, images(on: places[steps], plain)]
        for power in Swift.stride(from: steps - 1, through: 0, by: -1) {
            var next = [Scaled](repeating: Scaled(), count: known.count)
            for number in places[power] { next[number] = product(number, powers[powers.count - 1]) }
            powers.append(next)
        }
        return powers
    }

    /// By the numbers of the samples the real part of the local value whose mean is ⟨G^bra ψ|G^ket ψ⟩.
    private func localValues(bra: Int, _ powers: [[Scaled]], ket: Int, _ layers: [[Int]]) -> [Double] {
        var values = [Double](repeating: 0, count: known.count)
        var vector = powers[ket]
        for power in Swift.stride(from: bra, through: 1, by: -1) {
            for sample in layers[0] where !isFaint(sample) {
                let own = logPsi[sample]
                // Re F̄w/ψ
                let term = powers[power][sample].relative(to: own) * vector[sample].relative(to: own)
                values[sample] += term.sum()
            }
            var next = [Scaled](repeating: Scaled(), count: known.count)
            for layer in layers[..<power] {
                for number in layer { next[number] = product(number, vector) { isFaint($0) } }
            }
            vector = next
        }
        for sample in layers[0] { values[sample] += vector[sample].relative(to: logPsi[sample]).x }
        return values
    }

    /// Some configurations whose rows are known and all that these lead to, each once.
    private func led(to numbers: [Int]) -> [Int] {
        var found = NumberList()
        for number in numbers { for place in rows[number] { found.insert(targets[place]) } }
        return found.numbers
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

    /// Gψ: ψF outside A, by the cheapest ratios; in A from the amplitudes of all that is connected.
    private func images(on numbers: [Int], _ plain: [Scaled]) -> [Scaled] {
        var images = [Scaled](repeating: Scaled(), count: known.count)
        for number in numbers where isFaint(number) { images[number] = product(number, plain) }
        let bright = numbers.filter { !isFaint($0) }
        let energies = localEnergies.evaluate(
            known.configurations(bright), logPsi: bright.flatMap { [logPsi[$0].x, logPsi[$0].y] })
        for (row, number) in bright.enumerated() {
            images[number] = Scaled(
                logarithm: logPsi[number], factor: SIMD2(energies[2 * row] - reference, energies[2 * row + 1]))
        }
        return images
    }

    /// Σ_x G_yx v(x) of a configuration y whose row is known, over the x that count.
    private func product(_ number: Int, _ vector: [Scaled], where counts: (Int) -> Bool = { _ in true }) -> Scaled {
        var result = Scaled()
        for place in rows[number] where counts(targets[place]) {
            result.logarithm.x = max(result.logarithm.x, vector[targets[place]].logarithm.x)
        }
        for place in rows[number] where counts(targets[place]) {
            result.factor += Self.times(elements[place], vector[targets[place]].relative(to: result.logarithm))
        }
        return result
    }

    private static func times(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
    }
}
