import Numerics

/// The rows of a sum of Pauli strings on more than 64 sites, on configurations packed into several
/// words.
///
/// Most strings are local: of each set only the words that are not zero are kept, so that the cost
/// of a term does not grow with the number of sites.
struct PauliWordRows: Sendable {
    /// The part of a set of sites that lies in one word.
    private struct Part: Sendable {
        let word: Int
        let bits: UInt64
    }

    private struct Group: Sendable {
        let flips: Range<Int>
        /// As in `PauliBitRows.Group`.
        let requiredDown: Int
        let terms: Range<Int>
    }

    /// Signs of one or two words, the common case, are read without a loop.
    private struct Term: Sendable {
        let first: Part
        let second: Part
        let others: Range<Int>
        let real: Double
        let imaginary: Double
    }

    static let empty = PauliWordRows()

    private var parts: [Part] = []
    private var groups: [Group] = []
    private var terms: [Term] = []
    private var isReal = true

    private init() {}

    init(
        supports: [PauliSupport], elements: [Complex<Double>], groupStart: [Int],
        conservesMagnetisation: Bool
    ) {
        for g in groupStart.indices.dropLast() {
            let flips = g == 0 ? [] : supports[groupStart[g]].flips
            let flipCount = flips.reduce(0) { $0 + $1.nonzeroBitCount }
            groups.append(
                Group(
                    flips: append(flips),
                    requiredDown: conservesMagnetisation ? flipCount / 2 : -1,
                    terms: groupStart[g]..<groupStart[g + 1]))
        }
        for (support, element) in zip(supports, elements) {
            var signs: [Part] = []
            for (word, bits) in support.signs.enumerated() where bits != 0 {
                signs.append(Part(word: word, bits: bits))
            }
            while signs.count < 2 { signs.append(Part(word: 0, bits: 0)) }
            let others = parts.count..<parts.count + signs.count - 2
            parts += signs.dropFirst(2)
            terms.append(
                Term(
                    first: signs[0], second: signs[1], others: others,
                    real: element.rawStorage.x, imaginary: element.rawStorage.y))
        }
        isReal = elements.allSatisfy { $0.rawStorage.y == 0 }
    }

    private mutating func append(_ words: [UInt64]) -> Range<Int> {
        let start = parts.count
        for (word, bits) in words.enumerated() where bits != 0 {
            parts.append(Part(word: word, bits: bits))
        }
        return start..<parts.count
    }

    func row(
        _ spins: UnsafePointer<Int8>, siteCount: Int, into elements: UnsafeMutablePointer<Double>
    ) -> Complex<Double> {
        withUnsafeTemporaryAllocation(
            of: UInt64.self, capacity: SpinWords.count(siteCount: siteCount)
        ) { words in
            for word in words.indices {
                words[word] = SpinWords.pack(
                    spins + 64 * word, count: min(64, siteCount - 64 * word))
            }
            return parts.withUnsafeBufferPointer { parts in
                groups.withUnsafeBufferPointer { groups in
                    terms.withUnsafeBufferPointer { terms in
                        guard let state = words.baseAddress else { return .zero }
                        var diagonal = Complex<Double>.zero
                        for g in 0..<groups.count {
                            let element = PauliWordRows.element(
                                groups[g], parts, terms, state, isReal: isReal)
                            if g == 0 {
                                diagonal = Complex(element.real, element.imaginary)
                            } else {
                                elements[2 * g - 2] = element.real
                                elements[2 * g - 1] = element.imaginary
                            }
                        }
                        return diagonal
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func element(
        _ group: Group, _ parts: UnsafeBufferPointer<Part>, _ terms: UnsafeBufferPointer<Term>,
        _ state: UnsafePointer<UInt64>, isReal: Bool
    ) -> (real: Double, imaginary: Double) {
        if group.requiredDown >= 0 {
            var down = 0
            for p in group.flips { down += (state[parts[p].word] & parts[p].bits).nonzeroBitCount }
            if down != group.requiredDown { return (0, 0) }
        }
        var real = 0.0
        var imaginary = 0.0
        for t in group.terms {
            let term = terms[t]
            var folded =
                (state[term.first.word] & term.first.bits)
                ^ (state[term.second.word] & term.second.bits)
            for p in term.others { folded ^= state[parts[p].word] & parts[p].bits }
            let sign = SpinWords.signBit(folded)
            real += SpinWords.signed(term.real, by: sign)
            if !isReal { imaginary += SpinWords.signed(term.imaginary, by: sign) }
        }
        return (real, imaginary)
    }
}
