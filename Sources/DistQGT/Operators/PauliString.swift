import Numerics

/// A product of Pauli matrices with its coefficient: all sites in turn, or only those that it acts on.
public struct PauliString: Sendable, Equatable {
    /// Letters I, X, Y, Z.
    public var paulis: String
    /// Letter k acts on `sites[k]`; nil where letter i acts on site i and every site has one.
    public var sites: [Int]?
    public var coefficient: Complex<Double>

    /// One letter per site.
    public init(_ paulis: String, coefficient: Complex<Double> = .one) {
        self.paulis = paulis
        self.coefficient = coefficient
    }

    /// Letter k acts on `sites[k]`; the sites are distinct, in any order.
    public init(_ paulis: String, sites: [Int], coefficient: Complex<Double> = .one) {
        self.paulis = paulis
        self.sites = sites
        self.coefficient = coefficient
    }
}

extension PauliString {
    /// Number of letters.
    package var letterCount: Int { isPlain ? paulis.utf8.count : paulis.count }

    /// The first letter that is not one of I, X, Y, Z.
    package var unknownLetter: Character? {
        isPlain ? nil : paulis.first { !"IXYZ".contains($0) }
    }

    /// A site that stands twice among `sites`.
    package var siteTwice: Int? {
        guard let sites else { return nil }
        if sites.count == 2 { return sites[0] == sites[1] ? sites[0] : nil }
        var seen: Set<Int> = []
        return sites.first { !seen.insert($0).inserted }
    }

    /// Whether all letters are known. Long sums make bytes worth while.
    private var isPlain: Bool {
        paulis.utf8.allSatisfy { $0 == UInt8(ascii: "I") || (UInt8(ascii: "X")...UInt8(ascii: "Z")).contains($0) }
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
