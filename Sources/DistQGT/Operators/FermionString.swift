import Numerics

/// A product of creation and annihilation operators with its coefficient, as written: the rightmost acts first.
public struct FermionString: Sendable, Equatable {
    public struct Factor: Sendable, Hashable {
        public let mode: Int
        public let creates: Bool

        public static func creation(_ mode: Int) -> Factor { Factor(mode: mode, creates: true) }
        public static func annihilation(_ mode: Int) -> Factor { Factor(mode: mode, creates: false) }
    }

    public var factors: [Factor]
    public var coefficient: Complex<Double>

    public init(_ factors: [Factor], coefficient: Complex<Double> = .one) {
        self.factors = factors
        self.coefficient = coefficient
    }

    /// Reads a product such as `0^ 5`, c†_0 c_5: mode numbers between spaces, a creation operator marked by `^`; or, with
    /// spin, sites, `3up^ 4up`: c†_{3↑} c_{4↑}. Nothing at all is the identity.
    ///
    /// - Throws: `OperatorError.unknownFermionOperator`, `.modeOutOfRange`, `.siteOutOfRange`, `.spinOfSpinless`,
    ///   `.coefficientNotFinite`.
    public init(
        parsing text: String, coefficient: Complex<Double> = .one, modes: FermionModes
    ) throws(OperatorError) {
        var factors: [Factor] = []
        for token in text.split(whereSeparator: \.isWhitespace) {
            let creates = token.hasSuffix("^")
            let (digits, isDown) = Self.siteAndSpin(creates ? token.dropLast() : token)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else {
                throw .unknownFermionOperator(token: String(token), string: text)
            }
            guard let isDown else {
                guard let mode = Int(digits), mode < modes.modeCount else {
                    throw .modeOutOfRange(mode: String(digits), modeCount: modes.modeCount)
                }
                factors.append(Factor(mode: mode, creates: creates))
                continue
            }
            guard modes.isSpinful else { throw .spinOfSpinless(token: String(token)) }
            guard let site = Int(digits), site < modes.siteCount else {
                throw .siteOutOfRange(site: Int(digits) ?? .max, siteCount: modes.siteCount)
            }
            factors.append(Factor(mode: modes.mode(site, isDown: isDown), creates: creates))
        }
        guard coefficient.isFinite else { throw .coefficientNotFinite(term: "'\(text)'") }
        self.init(factors, coefficient: coefficient)
    }

    /// The number in front, and the spin behind it; nil where there is none, and the number is that of a mode.
    private static func siteAndSpin(_ token: Substring) -> (digits: Substring, isDown: Bool?) {
        if token.hasSuffix("up") { return (token.dropLast(2), false) }
        if token.hasSuffix("down") { return (token.dropLast(4), true) }
        return (token, nil)
    }

    /// The product as `init(parsing:)` reads it.
    public var text: String {
        factors.map { "\($0.mode)\($0.creates ? "^" : "")" }.joined(separator: " ")
    }

    /// The product as a sum of products in normal order, each with a sign.
    var normalOrdered: [(monomial: FermionMonomial, sign: Int)] {
        var sum: [FermionMonomial: Int] = [.identity: 1]
        for factor in factors.reversed() {
            var next: [FermionMonomial: Int] = [:]
            for (monomial, sign) in sum {
                for product in monomial.multiplied(fromLeft: factor) {
                    next[product.monomial, default: 0] += sign * product.sign
                }
            }
            sum = next
        }
        return sum.filter { $0.value != 0 }.map { ($0.key, $0.value) }
    }
}

/// A product in normal order: c†_a c†_b … with a < b < …, then … c_y c_x with x < y < …. Its adjoint is the product with
/// both lists exchanged, without a sign; different ones are linearly independent.
struct FermionMonomial: Hashable, Sendable {
    /// Ascending, distinct.
    private(set) var created: [Int]
    /// Ascending, distinct; the highest stands leftmost.
    private(set) var annihilated: [Int]

    init(created: [Int], annihilated: [Int]) {
        self.created = created
        self.annihilated = annihilated
    }

    static let identity = FermionMonomial(created: [], annihilated: [])

    /// Π n_m over some distinct modes.
    static func occupations(_ modes: [Int]) -> FermionMonomial {
        let sorted = modes.sorted()
        return FermionMonomial(created: sorted, annihilated: sorted)
    }

    /// c†_a c_b.
    static func hop(to a: Int, from b: Int) -> FermionMonomial { FermionMonomial(created: [a], annihilated: [b]) }

    var adjoint: FermionMonomial { FermionMonomial(created: annihilated, annihilated: created) }

    /// Ascending: the modes that are both annihilated and created.
    var counted: [Int] { created.filter(annihilated.contains) }

    /// An operator times this product, in normal order.
    func multiplied(fromLeft factor: FermionString.Factor) -> [(monomial: FermionMonomial, sign: Int)] {
        let mode = factor.mode
        let below = created.count { $0 < mode }
        let isCreated = created.contains(mode)
        if factor.creates {
            guard !isCreated else { return [] }
            var product = self
            product.created.insert(mode, at: below)
            return [(product, Self.sign(below))]
        }
        var sum: [(monomial: FermionMonomial, sign: Int)] = []
        if isCreated {
            // c c† = 1 − c† c: the 1 of it.
            var product = self
            product.created.remove(at: below)
            sum.append((product, Self.sign(below)))
        }
        if !annihilated.contains(mode) {
            let lower = annihilated.count { $0 < mode }
            var product = self
            product.annihilated.insert(mode, at: lower)
            sum.append((product, Self.sign(created.count + annihilated.count - lower)))
        }
        return sum
    }

    private static func sign(_ exchanges: Int) -> Int { exchanges % 2 == 0 ? 1 : -1 }

    /// The sign that is left where the strings of ⟨σ|this|σ′⟩ count σ before its changes: with C created and A
    /// annihilated, the adjoint acts on σ, lowest of C first and then highest of A first.
    var isNegatedByItself: Bool {
        let pairs = created.count * (created.count - 1) / 2
        return annihilated.reduce(pairs) { sum, mode in sum + created.count { $0 < mode } } % 2 == 1
    }
}
