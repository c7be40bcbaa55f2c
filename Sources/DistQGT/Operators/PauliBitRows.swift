import Numerics

/// The rows of a sum of Pauli strings on at most 64 sites, on configurations packed into one word.
///
/// The word of a configuration has site i in bit N − 1 − i, set where the spin is down: as a number
/// it is the place of the configuration in the whole basis.
package struct PauliBitRows: Sendable {
    /// All strings that flip the same sites.
    package struct Group: Sendable {
        /// The flipped sites.
        package let flips: UInt64
        /// If H conserves the magnetisation, half the number of flipped sites: so many of them must
        /// be down for the element to be non-zero. Otherwise −1.
        package let requiredDown: Int
        package let firstTerm: Int
        package let endTerm: Int

        /// Whether the conservation of the magnetisation makes the element 0.
        @inline(__always)
        func vanishes(_ state: UInt64) -> Bool {
            let down = state & flips
            switch requiredDown {
            case ..<0: return false
            case 1: return down == 0 || down == flips
            default: return down.nonzeroBitCount != requiredDown
            }
        }
    }

    package struct Term: Sendable {
        /// The sites whose spins multiply the coefficient.
        package let signs: UInt64
        package let real: Double
        package let imaginary: Double
    }

    package static let empty = PauliBitRows(groups: [], terms: [], isReal: true)

    /// The diagonal first, then one group per flip set.
    package let groups: [Group]
    package let terms: [Term]
    package let isReal: Bool

    private init(groups: [Group], terms: [Term], isReal: Bool) {
        self.groups = groups
        self.terms = terms
        self.isReal = isReal
    }

    init(
        siteCount: Int, supports: [PauliSupport], elements: [Complex<Double>], groupStart: [Int],
        conservesMagnetisation: Bool
    ) {
        let shift = UInt64(64 - siteCount)
        groups = groupStart.indices.dropLast().map { g in
            let flips = g == 0 ? 0 : supports[groupStart[g]].flips[0] >> shift
            return Group(
                flips: flips,
                requiredDown: conservesMagnetisation ? flips.nonzeroBitCount / 2 : -1,
                firstTerm: groupStart[g], endTerm: groupStart[g + 1])
        }
        terms = zip(supports, elements).map { support, element in
            Term(
                signs: support.signs[0] >> shift, real: element.rawStorage.x,
                imaginary: element.rawStorage.y)
        }
        isReal = elements.allSatisfy { $0.rawStorage.y == 0 }
    }

    /// The element of a group in the row of `state`, real part (all of it where H is real).
    @inline(__always)
    package static func realElement(
        _ group: Group, _ terms: UnsafePointer<Term>, _ state: UInt64
    ) -> Double {
        if group.vanishes(state) { return 0 }
        var sum = 0.0
        for t in group.firstTerm..<group.endTerm {
            sum += SpinWords.signed(terms[t].real, by: SpinWords.signBit(state & terms[t].signs))
        }
        return sum
    }

    /// The element of a group in the row of `state`.
    @inline(__always)
    package static func element(
        _ group: Group, _ terms: UnsafePointer<Term>, _ state: UInt64
    ) -> (real: Double, imaginary: Double) {
        if group.vanishes(state) { return (0, 0) }
        var real = 0.0
        var imaginary = 0.0
        for t in group.firstTerm..<group.endTerm {
            let sign = SpinWords.signBit(state & terms[t].signs)
            real += SpinWords.signed(terms[t].real, by: sign)
            imaginary += SpinWords.signed(terms[t].imaginary, by: sign)
        }
        return (real, imaginary)
    }

    func row(_ state: UInt64, into elements: UnsafeMutablePointer<Double>) -> Complex<Double> {
        groups.withUnsafeBufferPointer { groups in
            terms.withUnsafeBufferPointer { termBuffer in
                guard let terms = termBuffer.baseAddress else { return .zero }
                if isReal {
                    for g in 1..<groups.count {
                        elements[2 * g - 2] = PauliBitRows.realElement(groups[g], terms, state)
                        elements[2 * g - 1] = 0
                    }
                    return Complex(PauliBitRows.realElement(groups[0], terms, state))
                }
                for g in 1..<groups.count {
                    let element = PauliBitRows.element(groups[g], terms, state)
                    elements[2 * g - 2] = element.real
                    elements[2 * g - 1] = element.imaginary
                }
                let diagonal = PauliBitRows.element(groups[0], terms, state)
                return Complex(diagonal.real, diagonal.imaginary)
            }
        }
    }
}
