import Numerics

/// A matrix on the local states of a few sites.
///
/// Its rows and columns are the products of the sites' local states: those of the first site slowest, each in the order of
/// its `LocalSpace`.
public struct LocalTerm: Sendable, Equatable {
    public struct Element: Sendable, Equatable {
        public let row: Int
        public let column: Int
        public let value: Complex<Double>

        public init(row: Int, column: Int, value: Complex<Double>) {
            self.row = row
            self.column = column
            self.value = value
        }
    }

    /// Distinct, in any order.
    public let sites: [Int]
    /// Those that are not listed are 0; repeated ones add.
    public let elements: [Element]
    /// Number of elements of the matrix that the term was made from, if it was.
    let matrixCount: Int?

    /// By elements that are not 0.
    public init(sites: [Int], elements: [Element]) {
        self.sites = sites
        self.elements = elements
        matrixCount = nil
    }

    /// By a whole matrix, row-major; its size is checked by the sum that it is added to.
    public init(sites: [Int], matrix: [Complex<Double>]) {
        let dimension = max(1, Int(Double(matrix.count).squareRoot()))
        self.sites = sites
        elements = matrix.enumerated().filter { $0.element != .zero }.map {
            Element(row: $0.offset / dimension, column: $0.offset % dimension, value: $0.element)
        }
        matrixCount = matrix.count
    }

    /// The term on ascending sites.
    ///
    /// - Parameter number: of the term in its sum, for messages.
    /// - Throws: `OperatorError` for a site that is none or stands twice, a matrix of another size, an element outside it,
    ///   or one that is not finite.
    func ascending(_ localSpaces: [LocalSpace], number: Int) throws(OperatorError) -> LocalTerm {
        for site in sites where !localSpaces.indices.contains(site) {
            throw .siteOutOfRange(site: site, siteCount: localSpaces.count)
        }
        let sorted = sites.sorted()
        for (site, next) in zip(sorted, sorted.dropFirst()) where site == next {
            throw .siteTwiceInTerm(site: site, term: number)
        }
        let dimensions = sites.map { localSpaces[$0].dimension }
        var size = 1
        for dimension in dimensions {
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            guard !overflow, product <= Int(Int32.max) else { throw .matrixTooLarge(term: number) }
            size = product
        }
        if let matrixCount, matrixCount != size * size {
            throw .wrongMatrixSize(term: number, found: matrixCount, dimension: size)
        }
        for element in elements {
            guard (0..<size).contains(element.row), (0..<size).contains(element.column) else {
                throw .elementOutOfRange(term: number, row: element.row, column: element.column, dimension: size)
            }
            guard element.value.isFinite else { throw .coefficientNotFinite(term: "term \(number)") }
        }
        if sorted == sites { return self }

        var strides = [Int](repeating: 1, count: sites.count)
        for (place, site) in sites.enumerated() {
            for (other, dimension) in zip(sites, dimensions) where other > site { strides[place] *= dimension }
        }
        func moved(_ state: Int) -> Int {
            var (rest, result) = (state, 0)
            for place in sites.indices.reversed() {
                result += rest % dimensions[place] * strides[place]
                rest /= dimensions[place]
            }
            return result
        }
        return LocalTerm(
            sites: sorted,
            elements: elements.map { Element(row: moved($0.row), column: moved($0.column), value: $0.value) })
    }
}
