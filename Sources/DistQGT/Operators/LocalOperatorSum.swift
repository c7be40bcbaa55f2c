import Numerics

/// A sum of matrices on few sites each, on sites of any kind, compiled for evaluation row by row.
///
/// Terms on the same sites are added. Whether H is Hermitian and real, and what it conserves, is decided from the
/// elements, exactly.
public struct LocalOperatorSum: Operator, Equatable {
    public let localSpaces: [LocalSpace]
    /// One for each set of sites, which are ascending; ordered by them, and their elements by row and column.
    public let terms: [LocalTerm]
    public let isHermitian: Bool
    public let isReal: Bool
    private let rows: LocalRows

    public var siteCount: Int { localSpaces.count }

    /// - Parameter localSpaces: of each site.
    /// - Throws: `OperatorError` for no sites, a site that is none or stands twice in a term, a matrix of another size, an
    ///   element outside it, or one that is not finite.
    public init(_ localSpaces: [LocalSpace], terms: [LocalTerm]) throws(OperatorError) {
        guard !localSpaces.isEmpty else { throw .noSites(0) }
        var sums: [[Int]: [Place: (real: ExactSum, imaginary: ExactSum)]] = [:]
        for (number, term) in terms.enumerated() {
            let term = try term.ascending(localSpaces, number: number)
            for element in term.elements {
                let place = Place(row: element.row, column: element.column)
                sums[term.sites, default: [:]][place, default: (ExactSum(), ExactSum())].real
                    .add(element.value.rawStorage.x)
                sums[term.sites, default: [:]][place, default: (ExactSum(), ExactSum())].imaginary
                    .add(element.value.rawStorage.y)
            }
        }
        var added: [LocalTerm] = []
        for (sites, elements) in sums.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let kept = elements.map {
                LocalTerm.Element(
                    row: $0.key.row, column: $0.key.column,
                    value: Complex($0.value.real.value, $0.value.imaginary.value))
            }.filter { $0.value != .zero }
            guard kept.allSatisfy(\.value.isFinite) else { throw .coefficientNotFinite(term: "a sum of terms") }
            if kept.isEmpty { continue }
            added.append(
                LocalTerm(
                    sites: sites, elements: kept.sorted { ($0.row, $0.column) < ($1.row, $1.column) }))
        }
        self.localSpaces = localSpaces
        self.terms = added
        rows = LocalRows(localSpaces, added)
        isHermitian = Self.isHermitian(added, localSpaces)
        var imaginary = LocalElements(localSpaces)
        for term in added {
            for element in term.elements where element.value.rawStorage.y != 0 {
                imaginary.add(0, element.value.rawStorage.y, at: (element.row, element.column), of: term.sites)
            }
        }
        isReal = imaginary.vanish
    }

    private struct Place: Hashable {
        let row: Int
        let column: Int
    }

    private static func isHermitian(_ terms: [LocalTerm], _ localSpaces: [LocalSpace]) -> Bool {
        var difference = LocalElements(localSpaces)
        for term in terms {
            let values = Dictionary(
                uniqueKeysWithValues: term.elements.map { (Place(row: $0.row, column: $0.column), $0.value) })
            for element in term.elements {
                // What is Hermitian by itself, as nearly everything is, need not be held against other terms.
                if values[Place(row: element.column, column: element.row)] == element.value.conjugate { continue }
                let (x, y) = element.value.rawStorage
                difference.add(x, y, at: (element.row, element.column), of: term.sites)
                difference.add(-x, y, at: (element.column, element.row), of: term.sites)
            }
        }
        return difference.vanish
    }

    /// Whether H commutes with a sum over sites: whether Σ ⟨a|H|b⟩ (value of b − value of a) |a⟩⟨b| vanishes.
    ///
    /// - Parameter sum: of the sites and their local states.
    public func conserves(_ sum: ConservedSum) -> Bool {
        let values = Dictionary(uniqueKeysWithValues: zip(sum.sites, sum.values))
        var commutator = LocalElements(localSpaces)
        for term in terms {
            for element in term.elements where element.row != element.column {
                let change = change(of: values, by: element, on: term.sites)
                if change == 0 { continue }
                let (x, y) = element.value.rawStorage
                commutator.add(x, y, times: change, at: (element.row, element.column), of: term.sites)
            }
        }
        return commutator.vanish
    }

    /// Value of the column's states minus that of the row's.
    private func change(of values: [Int: [Int]], by element: LocalTerm.Element, on sites: [Int]) -> Int {
        var (row, column, change) = (element.row, element.column, 0)
        for site in sites.reversed() {
            let dimension = localSpaces[site].dimension
            if let values = values[site] { change += values[column % dimension] - values[row % dimension] }
            row /= dimension
            column /= dimension
        }
        return change
    }

    public static func == (left: LocalOperatorSum, right: LocalOperatorSum) -> Bool {
        left.localSpaces == right.localSpaces && left.terms == right.terms
    }

    public func appendTransitions(
        from configuration: UnsafePointer<Int8>, to list: TransitionList
    ) -> Complex<Double> {
        rows.append(from: configuration, to: list)
    }
}
