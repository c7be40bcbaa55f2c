import LinearAlgebra
import Numerics

extension Recorder {
    /// The rows of x of the occupied modes R, in the order of the modes: n × c, all zero where a configuration has not
    /// exactly n occupied modes.
    ///
    /// - Parameter x: a parameter or a sample node of c features with a row for each mode.
    public func rows(of x: Node, at modes: OccupiedModes) -> Node {
        precondition(
            modes.rows.allSatisfy { $0 < x.rows } && modes.rows.count == x.rows,
            "rows: \(x.rows) rows for \(modes.rows.count) modes")
        return occupied(.rows, x, modes, features: x.features)
    }

    /// Rows of the occupied modes R, each a sum of rows of x with coefficients of the sample: row a is
    /// Σ_f h[place(R_a), f] x[R_a, f, :], n × c; all zero where a configuration has not exactly n occupied modes.
    ///
    /// - Parameters:
    ///   - x: a parameter node with a row for each mode: c numbers for each of the F coefficients.
    ///   - h: a sample node of F features, with a row for each place.
    ///   - places: by row of x the place of its coefficients.
    public func rows(of x: Node, combinedBy h: Node, places: [Int], at modes: OccupiedModes) -> Node {
        precondition(
            x.part == .parameter && h.part == .sample && h.features > 0 && x.features % h.features == 0,
            "rows: \(x.features) elements for \(h.features) coefficients")
        precondition(
            modes.rows.allSatisfy { $0 < x.rows } && modes.rows.count == x.rows && places.count == x.rows
                && places.allSatisfy { 0..<h.rows ~= $0 },
            "rows: \(x.rows) rows and \(places.count) places for \(modes.rows.count) modes")
        let isComplex = x.isComplex || h.isComplex
        let (x, h) = isComplex ? (complexified(x), complexified(h)) : (x, h)
        let output = makeNode(
            part: .sample, rows: modes.count, features: x.features / h.features, isComplex: isComplex,
            hasTangent: x.hasTangent || h.hasTangent)
        let shape = RowCombinationShape(
            rows: modes.count, place: places.map { Int32($0) }, places: h.rows, terms: h.features,
            length: output.features)
        append(
            OccupiedCombination(
                modes: check(modes), shape: shape, coefficients: h, rows: x, configuration: spins, output: output))
        return output
    }

    /// x[R, C] with the occupied modes R and C of two lists: n × n′, all zero where either has a wrong number.
    ///
    /// - Parameter x: a parameter or a sample node with a row for each mode of the first list and a feature for each of
    ///   the second.
    public func entries(of x: Node, rows: OccupiedModes, columns: OccupiedModes) -> Node {
        precondition(
            rows.rows.allSatisfy { $0 < x.rows } && rows.rows.count == x.rows
                && columns.rows.allSatisfy { $0 < x.features } && columns.rows.count == x.features,
            "entries: \(x.rows) × \(x.features) elements for \(rows.rows.count) × \(columns.rows.count) modes")
        return occupied(.entries(columns: check(columns), of: x.features), x, rows, features: columns.count)
    }

    /// The same of a matrix with a row for each mode of the first list and a column for each of the second, whose entries
    /// are elements of x.
    ///
    /// - Parameters:
    ///   - x: a parameter node of one row.
    ///   - table: by entry, row by row, the element of x that it is; nil for 0.
    public func entries(of x: Node, table: [Int?], rows: OccupiedModes, columns: OccupiedModes) -> Node {
        let width = columns.rows.count
        precondition(
            table.count == rows.rows.count * width && rows.rows.allSatisfy { $0 < rows.rows.count }
                && columns.rows.allSatisfy { $0 < width },
            "entries: \(table.count) of a matrix of \(rows.rows.count) × \(width)")
        return occupied(
            .entries(columns: check(columns), of: width), x, rows, table: table, features: columns.count)
    }

    /// F[R, R] of an antisymmetric matrix of M modes: n × n.
    ///
    /// - Parameter pairing: a parameter or a sample node of one row with the M(M−1)/2 entries F_ij, i < j, packed by
    ///   rows: F_ij is element i(2M−i−1)/2 + j−i−1.
    public func antisymmetricEntries(of pairing: Node, at modes: OccupiedModes) -> Node {
        let size = modes.rows.count
        precondition(
            pairing.rows == 1 && pairing.features == size * (size - 1) / 2 && modes.rows.allSatisfy { $0 < size },
            "antisymmetricEntries: \(pairing.rows) × \(pairing.features) elements for \(size) modes")
        return occupied(.antisymmetric(modes: size), pairing, modes, features: modes.count)
    }

    /// The same of a matrix whose packed entries are elements of a parameter node of one row; nil for 0.
    public func antisymmetricEntries(of x: Node, table: [Int?], at modes: OccupiedModes) -> Node {
        let size = modes.rows.count
        precondition(
            table.count == size * (size - 1) / 2 && modes.rows.allSatisfy { $0 < size },
            "antisymmetricEntries: \(table.count) elements for \(size) modes")
        return occupied(.antisymmetric(modes: size), x, modes, table: table, features: modes.count)
    }

    private func check(_ modes: OccupiedModes) -> ModeIndex {
        precondition(
            modes.readings.allSatisfy { $0.feature < spins.features }, "a mode beyond the \(spins.features) features")
        return ModeIndex(modes)
    }

    private func occupied(
        _ form: OccupiedEntries.Form, _ x: Node, _ modes: OccupiedModes, table: [Int?]? = nil, features: Int
    ) -> Node {
        precondition(
            table.map {
                x.part == .parameter && x.rows == 1 && $0.allSatisfy { $0.map { 0..<x.features ~= $0 } ?? true }
            }
                ?? true, "a table of elements that are not there")
        let output = makeNode(
            part: .sample, rows: modes.count, features: features, isComplex: x.isComplex, hasTangent: x.hasTangent)
        append(
            OccupiedEntries(
                form: form, table: table?.map { Int32($0 ?? -1) }, modes: check(modes), input: x, configuration: spins,
                output: output))
        return output
    }

    /// log det of each sample's square matrix; −∞ where it is singular, 0 where it has no rows.
    ///
    /// Complex where x is. Of real x the value is complex too (its imaginary part is 0 or π), but the tangent is that of
    /// the real log |det|: a log ψ that ends so is differentiated as a real one.
    public func logDeterminant(_ x: Node) -> Node { logarithm(.determinant, x) }

    /// log Pf of each sample's antisymmetric matrix, of an even number of rows; as `logDeterminant` otherwise. Pf of 4 × 4
    /// is x01 x23 − x02 x13 + x03 x12.
    public func logPfaffian(_ x: Node) -> Node {
        precondition(x.rows % 2 == 0, "logPfaffian: \(x.rows) rows")
        return logarithm(.pfaffian, x)
    }

    private func logarithm(_ form: MatrixForm, _ x: Node) -> Node {
        logarithm(of: x) { MatrixLogarithm(form: form, input: x, output: $0) }
    }

    /// The logarithm of a function of each sample's square matrix: of real x its modulus, and its phase, which has no tangent,
    /// as one number.
    ///
    /// - Parameter primitive: of its output: one complex feature where x is complex, two real ones otherwise.
    func logarithm(of x: Node, by primitive: (Node) -> any MatrixFunction) -> Node {
        precondition(
            x.part == .sample && x.rows == x.features, "a determinant of a sample node of \(x.rows) × \(x.features)")
        let output = makeNode(
            part: .sample, rows: 1, features: x.isComplex ? 1 : 2, isComplex: x.isComplex, hasTangent: x.hasTangent)
        append(primitive(output))
        if x.isComplex { return output }
        let phase = makeNode(part: .sample, rows: 1, features: 1, isComplex: false, hasTangent: false)
        append(Gather(index: [1], input: output, output: phase))
        return combination([(1, gather(output, index: [0], rows: 1)), (.i, phase)])
    }

    /// By image φ = 0, or π where the fermions of the image change their order an odd number of times when each moves from
    /// site r to sites[i][r], and from up to down where the image is flipped: 1 × images, real.
    ///
    /// - Parameter planes: 2 of spinful fermions, 1 of spinless ones.
    public func imageOrderPhases(sites: [[Int]], flips: [Bool], planes: Int) -> Node {
        precondition(
            flips.count == sites.count && sites.allSatisfy { planes * $0.count == spins.features }
                && (planes == 2 || planes == 1 && !flips.contains(true)),
            "imageOrderPhases: \(sites.count) images of \(spins.features) features in \(planes) planes")
        let phases = makeNode(part: .sample, rows: 1, features: sites.count, isComplex: false, hasTangent: false)
        append(
            ImageOrderPhase(
                sites: sites.joined().map(Int32.init), flips: flips.map { $0 ? 1 : 0 }, planes: planes, input: spins,
                output: phases))
        return phases
    }

    /// iφ with φ = 0, or π where the number of pairs of sites i < j with s_i = −1 and s_j = 1 is odd: log of the sign that
    /// moves the up spins of a product in site order before the down spins.
    public func siteOrderPhase() -> Node {
        let phase = makeNode(part: .sample, rows: 1, features: 1, isComplex: false, hasTangent: false)
        append(SiteOrderPhase(input: spins, output: phase))
        return combination([(.i, phase)])
    }

    /// The rows of several nodes of one number of features, below each other; complex where one is.
    public func stacked(_ nodes: [Node]) -> Node {
        guard let first = nodes.first else { preconditionFailure("stacked: no nodes") }
        precondition(
            nodes.allSatisfy { $0.features == first.features && $0.part == first.part },
            "stacked: nodes of different features")
        let isComplex = nodes.contains(where: \.isComplex)
        let parts = isComplex ? nodes.map(complexified) : nodes
        let output = makeNode(
            part: first.part, rows: parts.reduce(0) { $0 + $1.rows }, features: first.features, isComplex: isComplex,
            hasTangent: parts.contains(where: \.hasTangent))
        append(Stacking(inputs: parts, output: output))
        return output
    }
}
