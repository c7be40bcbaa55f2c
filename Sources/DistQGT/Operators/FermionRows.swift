import Numerics

/// The rows of a sum of products of fermion operators, on configurations packed into words of occupations.
///
/// The Jordan-Wigner string of a mode in a configuration is the parity of the occupied modes below it. These parities
/// are formed for all modes at once, one word after the other, so that a term looks at the words of its own modes only.
struct FermionRows: Sendable {
    /// What a term asks of one word, and what it changes there.
    private struct Mask: Sendable {
        let word: Int
        /// The bits that it asks for, and which of them are to be set.
        var involved: UInt64 = 0
        var required: UInt64 = 0
        /// The modes whose strings multiply the element.
        var strings: UInt64 = 0
    }

    private struct Term: Sendable {
        let masks: Range<Int>
        let real: Double
        let imaginary: Double
    }

    private struct Transition: Sendable {
        let masks: Range<Int>
        let terms: Range<Int>
        let changes: Range<Int>
    }

    /// A site and the bits of its code that are toggled.
    private struct Change: Sendable {
        let site: Int
        let toggles: Int8
    }

    private let modes: FermionModes
    /// The bit of the first mode of down spins: so that each spin begins a word where one does not hold both.
    private let downBit: Int
    private let wordCount: Int
    private var masks: [Mask] = []
    private var terms: [Term] = []
    private var diagonal = 0..<0
    private var transitions: [Transition] = []
    private var changes: [Change] = []

    init(modes: FermionModes, diagonal: [FermionTransition.Term], transitions: [FermionTransition]) {
        self.modes = modes
        downBit = modes.modeCount <= 64 ? modes.siteCount : (modes.siteCount + 63) / 64 * 64
        wordCount = ((modes.isSpinful ? downBit : 0) + modes.siteCount + 63) / 64
        self.diagonal = append(diagonal)
        for transition in transitions {
            var asked: [Int: Mask] = [:]
            for mode in transition.created { ask(&asked, mode, toBeSet: true, counts: true) }
            for mode in transition.annihilated { ask(&asked, mode, toBeSet: false, counts: true) }
            if modes.excludesDoubleOccupancy {
                // σ′ must not hold two electrons on the site of a new one.
                for mode in transition.annihilated {
                    guard let partner = modes.partner(of: mode), !transition.created.contains(partner) else { continue }
                    ask(&asked, partner, toBeSet: false, counts: false)
                }
            }
            let firstChange = changes.count
            let changed = Set((transition.created + transition.annihilated).map(modes.site)).sorted()
            for site in changed {
                let toggles = (transition.created + transition.annihilated).reduce(Int8(0)) {
                    modes.site(of: $1) == site ? $0 ^ modes.codeBit($1) : $0
                }
                changes.append(Change(site: site, toggles: toggles))
            }
            self.transitions.append(
                Transition(
                    masks: append(asked), terms: append(transition.terms), changes: firstChange..<changes.count))
        }
    }

    private func ask(_ asked: inout [Int: Mask], _ mode: Int, toBeSet: Bool, counts: Bool) {
        let bit = modes.isDown(mode) ? downBit + modes.site(of: mode) : mode
        var mask = asked[bit / 64] ?? Mask(word: bit / 64)
        mask.involved |= 1 << UInt64(bit % 64)
        if toBeSet { mask.required |= 1 << UInt64(bit % 64) }
        if counts { mask.strings |= 1 << UInt64(bit % 64) }
        asked[bit / 64] = mask
    }

    private mutating func append(_ asked: [Int: Mask]) -> Range<Int> {
        let first = masks.count
        masks += asked.values.sorted { $0.word < $1.word }
        return first..<masks.count
    }

    private mutating func append(_ added: [FermionTransition.Term]) -> Range<Int> {
        let first = terms.count
        for term in added {
            var asked: [Int: Mask] = [:]
            for mode in term.counted { ask(&asked, mode, toBeSet: true, counts: false) }
            terms.append(
                Term(masks: append(asked), real: term.element.rawStorage.x, imaginary: term.element.rawStorage.y))
        }
        return first..<terms.count
    }

    /// As `Operator.appendTransitions`.
    func append(from configuration: UnsafePointer<Int8>, to list: TransitionList) -> Complex<Double> {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * wordCount) { memory in
            guard let words = memory.baseAddress else { return .zero }
            let strings = words + wordCount
            pack(configuration, into: words)
            Self.fillStrings(of: words, count: wordCount, into: strings)
            return masks.withUnsafeBufferPointer { masks in
                terms.withUnsafeBufferPointer { terms in
                    for transition in transitions {
                        var parity: UInt64 = 0
                        guard Self.fits(masks, transition.masks, words, strings, &parity) else { continue }
                        let (real, imaginary) = Self.sum(terms, transition.terms, masks, words)
                        if real == 0, imaginary == 0 { continue }
                        let sign = SpinWords.signBit(parity)
                        list.append(
                            element: Complex(SpinWords.signed(real, by: sign), SpinWords.signed(imaginary, by: sign)))
                        for change in transition.changes {
                            let site = changes[change].site
                            list.change(site, to: configuration[site] ^ changes[change].toggles)
                        }
                    }
                    let (real, imaginary) = Self.sum(terms, diagonal, masks, words)
                    return Complex(real, imaginary)
                }
            }
        }
    }

    /// Whether a configuration is as some masks ask; `parity` gathers the strings in its bits.
    @inline(__always)
    private static func fits(
        _ masks: UnsafeBufferPointer<Mask>, _ range: Range<Int>, _ words: UnsafePointer<UInt64>,
        _ strings: UnsafePointer<UInt64>, _ parity: inout UInt64
    ) -> Bool {
        for index in range {
            let mask = masks[index]
            if words[mask.word] & mask.involved != mask.required { return false }
            parity ^= strings[mask.word] & mask.strings
        }
        return true
    }

    @inline(__always)
    private static func sum(
        _ terms: UnsafeBufferPointer<Term>, _ range: Range<Int>, _ masks: UnsafeBufferPointer<Mask>,
        _ words: UnsafePointer<UInt64>
    ) -> (real: Double, imaginary: Double) {
        var (real, imaginary) = (0.0, 0.0)
        for index in range {
            let term = terms[index]
            var parity: UInt64 = 0
            guard fits(masks, term.masks, words, words, &parity) else { continue }
            real += term.real
            imaginary += term.imaginary
        }
        return (real, imaginary)
    }

    /// The parity of the occupied modes below each mode.
    private static func fillStrings(
        of words: UnsafePointer<UInt64>, count: Int, into strings: UnsafeMutablePointer<UInt64>
    ) {
        /// All ones where the words before hold an odd number.
        var before: UInt64 = 0
        for index in 0..<count {
            var parity = words[index]
            parity ^= parity << 1
            parity ^= parity << 2
            parity ^= parity << 4
            parity ^= parity << 8
            parity ^= parity << 16
            parity ^= parity << 32
            strings[index] = (parity << 1) ^ before
            if parity >> 63 != 0 { before = ~before }
        }
    }

    private func pack(_ configuration: UnsafePointer<Int8>, into words: UnsafeMutablePointer<UInt64>) {
        words.update(repeating: 0, count: wordCount)
        for site in 0..<modes.siteCount {
            let code = UInt64(truncatingIfNeeded: configuration[site])
            words[site >> 6] |= (code & 1) << UInt64(site & 63)
            guard modes.isSpinful else { continue }
            let down = downBit + site
            words[down >> 6] |= (code >> 1 & 1) << UInt64(down & 63)
        }
    }
}
