/// Two-point functions of bosons, fermions, electrons and spins of any s, averaged over classes of pairs or summed with
/// phases, all of them in one pass.
///
/// The local value of an operator A is Σ_σ′ ⟨σ|A|σ′⟩ ψ(σ′)/ψ(σ), for A = Δ†_i Δ_j as a whole: no product of local values
/// of its factors. The mean over |ψ|² of the former is ⟨A⟩ whatever nodes ψ has, since a state σ with ψ(σ) = 0 would come in
/// with the weight ψ̄(σ). The mean of |Σ_σ′ ⟨σ|Δ_j|σ′⟩ ψ(σ′)/ψ(σ)|², or of products of one-body functions of a sample,
/// is not: it lacks the states σ that Δ_j ψ reaches and ψ does not.
///
/// Every sample has one list of transitions, in which each c†_is c_js stands once, and one call for their ratios.
public final class SitePairExpectations: LocalObservable {
    /// A reduction with where its sums and its quantities lie.
    private struct Part {
        let reduction: SitePairReduction
        let firstQuantity: Int
        /// Slots of its pairs, and numbers of the functions of each component.
        let slots: [Int]
        let functions: [[(function: Int, weight: Double)]]
    }

    private let siteCount: Int
    private let parts: [Part]
    private let transitions: SitePairTransitions
    private let products: [(function: Int, table: [Double])]
    private let pairs: [SIMD2<Int>]
    private let ratios: (any TransitionRatios)?
    private var values: [Double] = []
    /// G of (function, slot), and of the classes of a part.
    private var sums: [SIMD2<Double>]
    private var classSums: [SIMD2<Double>]

    public let quantityCount: Int
    public var isDiagonal: Bool { ratios == nil }

    /// - Parameters:
    ///   - space: what the state lives in, all sites alike.
    ///   - rotation: ε_i = ±1 for each site: S⁺_i stands for ε_i S⁺_i, that of a basis rotated by a sign rule. Nil for none.
    /// - Precondition: the functions are defined on the sites.
    public init(
        _ reductions: [SitePairReduction], in space: HilbertSpace, rotation: [Int]?, amplitudes: any LogAmplitudes
    ) {
        siteCount = space.siteCount
        let local = space.localSpaces[0]
        var functions: [SitePairFunction: Int] = [:]
        for term in reductions.flatMap({ $0.components.flatMap(\.terms) }) where functions[term.function] == nil {
            functions[term.function] = functions.count
        }
        var slotOfPair = [Int32](repeating: -1, count: siteCount * siteCount)
        var pairs: [SIMD2<Int>] = []
        for pair in reductions.flatMap(\.pairs) where slotOfPair[pair.first * siteCount + pair.second] < 0 {
            slotOfPair[pair.first * siteCount + pair.second] = Int32(truncatingIfNeeded: pairs.count)
            slotOfPair[pair.second * siteCount + pair.first] = Int32(truncatingIfNeeded: pairs.count)
            pairs.append(SIMD2(pair.first, pair.second))
        }
        var quantityCount = 0
        var parts: [Part] = []
        for reduction in reductions {
            parts.append(
                Part(
                    reduction: reduction, firstQuantity: quantityCount,
                    slots: reduction.pairs.map { Int(slotOfPair[$0.first * space.siteCount + $0.second]) },
                    functions: reduction.components.map { component in
                        component.terms.map { (functions[$0.function] ?? 0, $0.weight) }
                    }))
            quantityCount += reduction.quantityCount
        }
        self.parts = parts
        self.pairs = pairs
        self.quantityCount = quantityCount
        products = functions.compactMap { function, number in
            if case .product(let site) = function { (number, site.table(on: local)) } else { nil }
        }
        transitions = SitePairTransitions(functions, slotOfPair, slotCount: pairs.count, space, rotation)
        ratios = products.count < functions.count ? amplitudes.makeTransitionRatios() : nil
        sums = [SIMD2<Double>](repeating: .zero, count: functions.count * pairs.count)
        classSums = [SIMD2<Double>](repeating: .zero, count: reductions.map(\.classCount).max() ?? 0)
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into output: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        for sample in 0..<count {
            let configuration = spins + sample * siteCount
            sums.withUnsafeMutableBufferPointer { buffer in
                guard let sums = buffer.baseAddress else { return }
                sums.update(repeating: .zero, count: buffer.count)
                addProducts(configuration, to: sums)
                if let ratios {
                    transitions.collect(configuration, diagonal: sums)
                    let list = transitions.list
                    if list.count > 0 {
                        if values.count < 2 * list.count { values = [Double](repeating: 0, count: 2 * list.count) }
                        ratios.evaluate(configuration, list, into: &values)
                        transitions.add(values, to: sums)
                    }
                }
                for part in parts { reduce(part, sums, into: output + sample * stride) }
            }
        }
    }

    private func addProducts(_ configuration: UnsafePointer<Int8>, to sums: UnsafeMutablePointer<SIMD2<Double>>) {
        for (function, table) in products {
            let first = function * pairs.count
            for (slot, pair) in pairs.enumerated() {
                sums[first + slot].x =
                    table[Int(configuration[pair.x]) + 128] * table[Int(configuration[pair.y]) + 128]
            }
        }
    }

    private func reduce(
        _ part: Part, _ sums: UnsafePointer<SIMD2<Double>>, into output: UnsafeMutablePointer<Double>
    ) {
        let reduction = part.reduction
        var quantity = part.firstQuantity
        for functions in part.functions {
            for index in 0..<reduction.classCount { classSums[index] = .zero }
            for (function, weight) in functions {
                let first = function * pairs.count
                for (index, pair) in reduction.pairs.enumerated() {
                    classSums[pair.pairClass] += weight * sums[first + part.slots[index]] * SIMD2(1, pair.direction)
                }
            }
            for row in reduction.rows {
                var sum = 0.0
                for term in row { sum += (SIMD2(term.real, term.imaginary) * classSums[term.pairClass]).sum() }
                output[quantity] = sum
                quantity += 1
            }
        }
    }
}
