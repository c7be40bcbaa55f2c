import Numerics

/// A sum of Pauli strings, compiled for evaluation row by row.
///
/// Equal strings are added and strings whose coefficient cancels to 0 are dropped. Strings are
/// grouped by the set of sites they flip; within a group the element of a row is a sum of signed
/// coefficients. Elements that vanish by a conservation law are exactly 0.
///
/// Whether H is Hermitian, real and conserves Σ_i σᶻ_i is decided from the coefficients, exactly:
/// distinct strings are linearly independent, and so are their row elements as functions of σ.
public struct PauliSum: FlipOperator, Equatable {
    public let siteCount: Int
    public let flipSets: [[Int]]
    public let isHermitian: Bool
    public let isReal: Bool
    public let conservesMagnetisation: Bool

    /// The strings, those that flip the same sites together; `elements` is the
    /// coefficient times (−i)^(number of Y).
    let supports: [PauliSupport]
    let elements: [Complex<Double>]
    /// The strings `groupStart[g] ..< groupStart[g + 1]` flip the same sites. Group 0 is the diagonal
    /// (it may be empty); group c + 1 has the flip set c.
    let groupStart: [Int]
    /// The compiled rows: `bitRows` up to 64 sites, `wordRows` beyond.
    package let bitRows: PauliBitRows
    let wordRows: PauliWordRows

    init(siteCount: Int, accumulated: [PauliSupport: Complex<Double>]) {
        // The diagonal first (the identity before all), then by flipped sites from site 0 on.
        let kept = accumulated.filter { $0.value.rawStorage != (0, 0) }
            .sorted { left, right in
                if left.key.flips == right.key.flips {
                    return left.key.signs.lexicographicallyPrecedes(right.key.signs)
                }
                if left.key.isDiagonal || right.key.isDiagonal { return left.key.isDiagonal }
                return right.key.flips.lexicographicallyPrecedes(left.key.flips)
            }
        let supports = kept.map(\.key)
        let elements = kept.map(\.value)
        var groupStart = [0]
        var previous = PauliSupport(siteCount: siteCount).flips
        for (index, support) in supports.enumerated() where support.flips != previous {
            groupStart.append(index)
            previous = support.flips
        }
        groupStart.append(supports.count)

        self.siteCount = siteCount
        self.supports = supports
        self.elements = elements
        self.groupStart = groupStart
        flipSets = groupStart.dropFirst().dropLast().map { SpinWords.sites(supports[$0].flips) }
        isHermitian = zip(supports, elements).allSatisfy { support, element in
            element.timesPowerOfI(support.yCount).rawStorage.y == 0
        }
        isReal = elements.allSatisfy { $0.rawStorage.y == 0 }
        conservesMagnetisation = PauliSum.conserves(
            nil, supports: supports, elements: elements, groupStart: groupStart)
        let fitsAWord = siteCount <= 64
        bitRows =
            fitsAWord
            ? PauliBitRows(
                siteCount: siteCount, supports: supports, elements: elements,
                groupStart: groupStart, conservesMagnetisation: conservesMagnetisation)
            : .empty
        wordRows =
            fitsAWord
            ? .empty
            : PauliWordRows(
                supports: supports, elements: elements, groupStart: groupStart,
                conservesMagnetisation: conservesMagnetisation)
    }

    /// How many strings are left after adding.
    public var stringCount: Int { supports.count }

    /// Whether every string is a product of Z alone.
    public var isDiagonal: Bool { flipSets.isEmpty }

    /// The strings that are left after adding, with their coefficients.
    public var strings: [PauliString] {
        zip(supports, elements).map { support, element in
            PauliString(
                String((0..<siteCount).map(support.letter)),
                coefficient: element.timesPowerOfI(support.yCount))
        }
    }

    public static func == (left: PauliSum, right: PauliSum) -> Bool {
        left.siteCount == right.siteCount && left.supports == right.supports
            && left.elements == right.elements
    }

    public func row(
        _ spins: UnsafePointer<Int8>, into elements: UnsafeMutablePointer<Double>
    ) -> Complex<Double> {
        if siteCount <= 64 {
            let state = SpinWords.pack(spins, count: siteCount) >> UInt64(64 - siteCount)
            return bitRows.row(state, into: elements)
        }
        return wordRows.row(spins, siteCount: siteCount, into: elements)
    }
}
