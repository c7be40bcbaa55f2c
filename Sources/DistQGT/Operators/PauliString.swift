import Numerics

/// A product of Pauli matrices with its coefficient, written site by site.
public struct PauliString: Sendable, Equatable {
    /// One letter of I, X, Y, Z per site; letter i acts on site i.
    public var paulis: String
    public var coefficient: Complex<Double>

    public init(_ paulis: String, coefficient: Complex<Double> = .one) {
        self.paulis = paulis
        self.coefficient = coefficient
    }
}

/// A product of Pauli matrices as two sets of sites, the form in which strings are added up.
///
/// With X on the sites A, Y on B and Z on C the row element is
/// ⟨σ|P|σ′⟩ = Π_{i∈B}(−i s_i) Π_{i∈C} s_i = (−i)^|B| Π_{i∈B∪C} s_i, where σ′ is σ with A∪B flipped.
/// Site i is bit 63 − i%64 of word i/64, so that words compare in the order of the sites.
struct PauliSupport: Hashable, Sendable {
    /// A ∪ B.
    var flips: [UInt64]
    /// B ∪ C.
    var signs: [UInt64]

    init(siteCount: Int) {
        let words = SpinWords.count(siteCount: siteCount)
        flips = [UInt64](repeating: 0, count: words)
        signs = flips
    }

    var isDiagonal: Bool { flips.allSatisfy { $0 == 0 } }

    /// |B|.
    var yCount: Int { zip(flips, signs).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount } }

    mutating func setX(_ site: Int) { flips[SpinWords.word(site)] |= SpinWords.bit(site) }

    mutating func setZ(_ site: Int) { signs[SpinWords.word(site)] |= SpinWords.bit(site) }

    mutating func setY(_ site: Int) {
        setX(site)
        setZ(site)
    }

    func letter(_ site: Int) -> Character {
        let flip = flips[SpinWords.word(site)] & SpinWords.bit(site) != 0
        let sign = signs[SpinWords.word(site)] & SpinWords.bit(site) != 0
        return flip ? (sign ? "Y" : "X") : (sign ? "Z" : "I")
    }
}

extension Complex<Double> {
    /// This number times i^power, exactly.
    func timesPowerOfI(_ power: Int) -> Complex {
        switch ((power % 4) + 4) % 4 {
        case 0: return self
        case 1: return Complex(-rawStorage.y, rawStorage.x)
        case 2: return Complex(-rawStorage.x, -rawStorage.y)
        default: return Complex(rawStorage.y, -rawStorage.x)
        }
    }
}
