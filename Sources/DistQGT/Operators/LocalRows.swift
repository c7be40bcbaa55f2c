import Numerics

/// The rows of a sum of matrices on few sites: for each term and each state of its sites the diagonal element, and the
/// elements to other states with the codes that these change. Terms of equal matrices have their rows in common.
struct LocalRows: Sendable {
    private struct Term: Sendable {
        let sites: Range<Int>
        /// Where the rows of its states begin.
        let firstRow: Int
    }

    /// How the code of a site becomes its part of the number of a state.
    private struct Site: Sendable {
        let site: Int
        let stride: Int
        /// 2s of a spin, whose local state is (2s − code)/2; nil where the code is the local state.
        let doubled: Int?

        @inline(__always)
        func part(_ code: Int8) -> Int {
            guard let doubled else { return Int(code) * stride }
            return (doubled - Int(code)) >> 1 * stride
        }
    }

    private struct Row: Sendable {
        var diagonal: Complex<Double>
        var elements: Range<Int>
    }

    private struct Element: Sendable {
        let value: Complex<Double>
        let changes: Range<Int>
    }

    /// The new code of one of the term's sites.
    private struct Change: Sendable {
        let place: Int
        let code: Int8
    }

    private var terms: [Term] = []
    private var sites: [Site] = []
    private var rows: [Row] = []
    private var elements: [Element] = []
    private var changes: [Change] = []

    /// - Parameter terms: on ascending sites, elements ordered by row and distinct.
    init(_ localSpaces: [LocalSpace], _ terms: [LocalTerm]) {
        var known: [Matrix: Int] = [:]
        for term in terms {
            let first = sites.count
            let locals = term.sites.map { localSpaces[$0] }
            var stride = locals.reduce(1) { $0 * $1.dimension }
            let dimension = stride
            for site in term.sites {
                stride /= localSpaces[site].dimension
                sites.append(Site(site: site, stride: stride, doubled: localSpaces[site].doubledSpin))
            }
            let matrix = Matrix(locals: locals, elements: term.elements)
            let firstRow = known[matrix] ?? rows.count
            if known[matrix] == nil {
                known[matrix] = firstRow
                appendRows(of: term, locals, dimension)
            }
            self.terms.append(Term(sites: first..<sites.count, firstRow: firstRow))
        }
    }

    private struct Matrix: Hashable {
        let locals: [LocalSpace]
        let numbers: [Double]
        let places: [Int]

        init(locals: [LocalSpace], elements: [LocalTerm.Element]) {
            self.locals = locals
            numbers = elements.flatMap { [$0.value.rawStorage.x, $0.value.rawStorage.y] }
            places = elements.flatMap { [$0.row, $0.column] }
        }
    }

    private mutating func appendRows(of term: LocalTerm, _ locals: [LocalSpace], _ dimension: Int) {
        var next = 0
        for state in 0..<dimension {
            var row = Row(diagonal: .zero, elements: elements.count..<elements.count)
            while next < term.elements.count, term.elements[next].row == state {
                let element = term.elements[next]
                next += 1
                guard element.column != state else {
                    row.diagonal = element.value
                    continue
                }
                let firstChange = changes.count
                var (from, to) = (state, element.column)
                for place in locals.indices.reversed() {
                    let local = locals[place]
                    if from % local.dimension != to % local.dimension {
                        changes.append(Change(place: place, code: local.code(at: to % local.dimension)))
                    }
                    from /= local.dimension
                    to /= local.dimension
                }
                elements.append(Element(value: element.value, changes: firstChange..<changes.count))
            }
            row.elements = row.elements.lowerBound..<elements.count
            rows.append(row)
        }
    }

    /// As `Operator.appendTransitions`.
    func append(from configuration: UnsafePointer<Int8>, to list: TransitionList) -> Complex<Double> {
        var diagonal = Complex<Double>.zero
        sites.withUnsafeBufferPointer { sites in
            rows.withUnsafeBufferPointer { rows in
                elements.withUnsafeBufferPointer { elements in
                    changes.withUnsafeBufferPointer { changes in
                        for term in terms {
                            var state = 0
                            for place in term.sites { state += sites[place].part(configuration[sites[place].site]) }
                            let row = rows[term.firstRow + state]
                            diagonal += row.diagonal
                            for index in row.elements {
                                list.append(element: elements[index].value)
                                for change in elements[index].changes {
                                    let changed = changes[change]
                                    list.change(sites[term.sites.lowerBound + changed.place].site, to: changed.code)
                                }
                            }
                        }
                    }
                }
            }
        }
        return diagonal
    }
}

extension LocalSpace {
    /// 2s of a spin; nil for anything else.
    fileprivate var doubledSpin: Int? {
        guard case .spin(let doubled) = self else { return nil }
        return doubled
    }
}
