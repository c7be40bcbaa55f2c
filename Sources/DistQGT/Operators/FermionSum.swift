import Numerics

/// A sum of products of creation and annihilation operators, compiled for evaluation row by row.
///
/// Products are brought into normal order, equal ones are added, and those whose coefficient cancels to 0 are dropped.
/// What changes the same modes in the same way is one transition. In a space without double occupancy the operator is
/// P H P with the projection P on that space: transitions that lead out of it are left out.
///
/// Whether H is Hermitian and real, and what it conserves, is decided from the coefficients, exactly: different products
/// in normal order are linearly independent, also between states without double occupancy once those are dropped that
/// create or annihilate two electrons on one site.
public struct FermionSum: Operator, Equatable {
    public let modes: FermionModes
    public let isHermitian: Bool
    public let isReal: Bool
    /// Whether the number of particles is conserved, of both spins together.
    public let conservesParticleCount: Bool
    /// Whether the numbers of electrons of each spin are conserved; without spin as `conservesParticleCount`.
    public let conservesParticleCountOfEachSpin: Bool
    /// How many products in normal order are left after adding.
    public let productCount: Int

    /// The diagonal, its products and their coefficients.
    let diagonal: [FermionTransition.Term]
    /// Ordered by the modes that they change.
    let transitions: [FermionTransition]
    private let rows: FermionRows

    public var siteCount: Int { modes.siteCount }

    /// H = Σ_t coefficient_t·product_t; equal products add. H need not be Hermitian.
    ///
    /// - Throws: `OperatorError` for no sites, a mode that is none, or a coefficient that is not finite.
    public init(_ strings: [FermionString], modes: FermionModes) throws(OperatorError) {
        var sum = try FermionAccumulator(modes)
        for string in strings { try sum.add(string) }
        try self.init(sum)
    }

    /// This sum and further products on the same modes, which are added to equal ones.
    ///
    /// - Throws: as `init`.
    public func adding(_ strings: [FermionString]) throws(OperatorError) -> FermionSum {
        var sum = try FermionAccumulator(modes)
        for term in diagonal { sum.add(term, of: FermionMonomial.identity) }
        for transition in transitions {
            let change = FermionMonomial(created: transition.created, annihilated: transition.annihilated)
            for term in transition.terms { sum.add(term, of: change) }
        }
        for string in strings { try sum.add(string) }
        return try FermionSum(sum)
    }

    init(_ accumulated: FermionAccumulator) throws(OperatorError) {
        let coefficients = try accumulated.coefficients
        modes = accumulated.modes
        isHermitian = coefficients.allSatisfy { monomial, value in
            coefficients[monomial.adjoint].map { $0 == value.conjugate } ?? false
        }
        isReal = coefficients.values.allSatisfy { $0.rawStorage.y == 0 }
        productCount = coefficients.count
        (diagonal, transitions) = FermionTransition.collect(coefficients)
        rows = FermionRows(modes: accumulated.modes, diagonal: diagonal, transitions: transitions)
        let modes = accumulated.modes
        conservesParticleCount = transitions.allSatisfy { $0.created.count == $0.annihilated.count }
        conservesParticleCountOfEachSpin = transitions.allSatisfy {
            $0.created.count == $0.annihilated.count
                && $0.created.count(where: modes.isDown) == $0.annihilated.count(where: modes.isDown)
        }
    }

    /// A part of a sum that conserves particles of each spin, without diagonal, on spinless fermions of the same sites.
    init(transitions: [FermionTransition], of whole: FermionSum) {
        modes = .spinless(siteCount: whole.siteCount)
        (isHermitian, isReal) = (whole.isHermitian, whole.isReal)
        (conservesParticleCount, conservesParticleCountOfEachSpin) = (true, true)
        productCount = transitions.reduce(0) { $0 + $1.terms.count }
        (diagonal, self.transitions) = ([], transitions)
        rows = FermionRows(modes: modes, diagonal: [], transitions: transitions)
    }

    public static func == (left: FermionSum, right: FermionSum) -> Bool {
        left.modes == right.modes && left.diagonal == right.diagonal && left.transitions == right.transitions
    }

    public func appendTransitions(
        from configuration: UnsafePointer<Int8>, to list: TransitionList
    ) -> Complex<Double> {
        rows.append(from: configuration, to: list)
    }
}

/// What takes σ to σ′ by annihilating and creating on certain modes, those that it does not restore: in the row of σ,
/// Σ_t element_t Π_{m∈counted_t} n_m(σ) times the sign of the Jordan-Wigner strings in σ of all modes it changes.
struct FermionTransition: Equatable, Sendable {
    struct Term: Equatable, Sendable {
        /// Ascending.
        let counted: [Int]
        let element: Complex<Double>
    }

    /// Occupied in σ, empty in σ′; ascending.
    let created: [Int]
    /// Empty in σ, occupied in σ′; ascending.
    let annihilated: [Int]
    let terms: [Term]

    static func collect(
        _ coefficients: [FermionMonomial: Complex<Double>]
    ) -> (diagonal: [Term], transitions: [FermionTransition]) {
        var terms: [FermionMonomial: [Term]] = [:]
        for (monomial, coefficient) in coefficients {
            let counted = monomial.counted
            let change = monomial.without(counted)
            let element = monomial.isNegatedByItself ? -coefficient : coefficient
            terms[change, default: []].append(Term(counted: counted, element: element))
        }
        // Fewer factors first, then in the order of the modes: the same whatever order a dictionary has.
        for change in terms.keys { terms[change]?.sort { precedes($0.counted, $1.counted) } }
        let diagonal = terms.removeValue(forKey: .identity) ?? []
        let transitions = terms.map { change, terms in
            FermionTransition(created: change.created, annihilated: change.annihilated, terms: terms)
        }
        return (
            diagonal,
            transitions.sorted {
                $0.created == $1.created
                    ? precedes($0.annihilated, $1.annihilated) : precedes($0.created, $1.created)
            }
        )
    }

    private static func precedes(_ left: [Int], _ right: [Int]) -> Bool {
        left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
    }
}

/// Adds up products in normal order, without rounding.
struct FermionAccumulator {
    let modes: FermionModes
    private var sums: [FermionMonomial: (real: ExactSum, imaginary: ExactSum)] = [:]

    init(_ modes: FermionModes) throws(OperatorError) {
        guard modes.siteCount > 0 else { throw .noSites(modes.siteCount) }
        self.modes = modes
    }

    /// - Precondition: the coefficient is finite, and the modes exist.
    mutating func add(_ monomial: FermionMonomial, _ coefficient: Complex<Double>) {
        if modes.excludesDoubleOccupancy, occupiesTwice(monomial.created) || occupiesTwice(monomial.annihilated) {
            return
        }
        sums[monomial, default: (ExactSum(), ExactSum())].real.add(coefficient.rawStorage.x)
        sums[monomial, default: (ExactSum(), ExactSum())].imaginary.add(coefficient.rawStorage.y)
    }

    /// A term of a transition as the product in normal order that it came from.
    mutating func add(_ term: FermionTransition.Term, of change: FermionMonomial) {
        let monomial = FermionMonomial(
            created: (change.created + term.counted).sorted(), annihilated: (change.annihilated + term.counted).sorted()
        )
        add(monomial, monomial.isNegatedByItself ? -term.element : term.element)
    }

    mutating func add(_ monomial: FermionMonomial, _ coefficient: Double) { add(monomial, Complex(coefficient)) }

    mutating func add(_ string: FermionString) throws(OperatorError) {
        for factor in string.factors where !(0..<modes.modeCount).contains(factor.mode) {
            throw .modeOutOfRange(mode: String(factor.mode), modeCount: modes.modeCount)
        }
        guard string.coefficient.isFinite else { throw .coefficientNotFinite(term: "'\(string.text)'") }
        for (monomial, sign) in string.normalOrdered {
            for _ in 0..<sign.magnitude { add(monomial, sign < 0 ? -string.coefficient : string.coefficient) }
        }
    }

    private func occupiesTwice(_ some: [Int]) -> Bool {
        some.contains { mode in modes.partner(of: mode).map(some.contains) ?? false }
    }

    /// Those that are not 0.
    var coefficients: [FermionMonomial: Complex<Double>] {
        get throws(OperatorError) {
            let values = sums.mapValues { Complex($0.real.value, $0.imaginary.value) }
            guard values.values.allSatisfy(\.isFinite) else {
                throw .coefficientNotFinite(term: "a sum of equal products")
            }
            return values.filter { $0.value != .zero }
        }
    }
}

extension FermionMonomial {
    /// What is left without modes that are both created and annihilated.
    fileprivate func without(_ counted: [Int]) -> FermionMonomial {
        guard !counted.isEmpty else { return self }
        return FermionMonomial(
            created: created.filter { !counted.contains($0) }, annihilated: annihilated.filter { !counted.contains($0) }
        )
    }
}
