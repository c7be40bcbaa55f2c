import DistQGT

/// A lattice of StdFace: cells of a box spanned by two vectors, with sites numbered as StdFace numbers them.
struct StandardLattice {
    /// One bond for each cell, from a site of it to one of another cell.
    struct Bond {
        /// Behind the letter of its couplings: `0`, `1'`.
        let type: String
        let from: Int
        let to: Int
        let (w, l): (Int, Int)

        init(_ type: String, _ from: Int, _ to: Int, _ w: Int, _ l: Int) {
            (self.type, self.from, self.to, self.w, self.l) = (type, from, to, w, l)
        }
    }

    enum Kind: String, CaseIterable {
        case chain, ladder, square, tetragonal, triangular, honeycomb, kagome

        init?(name: String) {
            self.init(rawValue: name.hasSuffix("lattice") ? String(name.dropLast("lattice".count)) : name)
        }
    }

    let kind: Kind
    let sitesPerCell: Int
    let bonds: [Bond]
    /// Of the box and of the sublattice cell.
    let (box, subBox): (Box, Box)
    /// Of a boundary along each vector, in degrees.
    let phases: [Double]
    /// Places of cells, W running fastest.
    let cells: [[Int]]
    private let numbers: [[Int]: Int]

    var siteCount: Int { sitesPerCell * cells.count }

    /// Two vectors (W, L), and the places between them.
    struct Box {
        let vectors: [[Int]]
        private var determinant: Int { vectors[0][0] * vectors[1][1] - vectors[0][1] * vectors[1][0] }

        var area: Int { abs(determinant) }

        /// A place moved into the box, and how often it has crossed each boundary.
        func fold(_ place: [Int]) -> (place: [Int], crossings: [Int]) {
            let sign = determinant < 0 ? -1 : 1
            let (a, b) = (vectors[0], vectors[1])
            let parts = [sign * (place[0] * b[1] - place[1] * b[0]), sign * (place[1] * a[0] - place[0] * a[1])]
            let crossings = parts.map { Int((Double($0) / Double(area)).rounded(.down)) }
            return ((0..<2).map { place[$0] - crossings[0] * a[$0] - crossings[1] * b[$0] }, crossings)
        }

        /// All places in the box: the second coordinate ascending, for each of them the first.
        var places: [[Int]] {
            let (a, b) = (vectors[0], vectors[1])
            func range(_ direction: Int) -> ClosedRange<Int> {
                let ends: [Int] = [0, a[direction], b[direction], a[direction] + b[direction]]
                return (ends.min() ?? 0)...(ends.max() ?? 0)
            }
            var places: [[Int]] = []
            for l in range(1) {
                for w in range(0) where fold([w, l]).crossings == [0, 0] { places.append([w, l]) }
            }
            return places
        }
    }

    /// - Throws: `ConfigurationError`.
    init(_ kind: Kind, _ input: inout StandardInput) throws {
        self.kind = kind
        var legs = 1
        let (box, subBox): (Box, Box)
        switch kind {
        case .chain:
            box = Box(vectors: [[1, 0], [0, try input.requiredCount("L")]])
            subBox = Box(vectors: [[1, 0], [0, try input.count("Lsub") ?? box.area]])
        case .ladder:
            legs = try input.requiredCount("W")
            box = Box(vectors: [[1, 0], [0, try input.requiredCount("L")]])
            subBox = Box(vectors: [[1, 0], [0, try input.count("Lsub") ?? box.area]])
        default:
            box = try Self.box(&input, "", nil)
            subBox = try Self.box(&input, "sub", box)
        }
        sitesPerCell = Self.sitesPerCell(kind, legs: legs)
        guard box.area > 0, box.area * sitesPerCell <= Schema.maximumSites else {
            throw input.file.error(
                "the lattice has \(box.area * sitesPerCell) sites; accepted: 1 to \(Schema.maximumSites)")
        }
        guard subBox.area > 0, box.vectors.allSatisfy({ subBox.fold($0).place == [0, 0] }) else {
            throw input.error(
                ["Lsub", "Wsub", "a0Wsub"].first(where: input.has) ?? "Lsub",
                "the sublattice cell does not divide the lattice")
        }
        (self.box, self.subBox) = (box, subBox)
        cells = box.places
        numbers = Dictionary(zip(cells, cells.indices), uniquingKeysWith: { first, _ in first })
        bonds = Self.bonds(kind, legs: legs)
        let first = try input.real("phase0") ?? 0
        phases =
            kind == .chain || kind == .ladder ? [0, first] : [first, try input.real("phase1") ?? 0]
        for key in ["a", "Wlength", "Llength", "Wx", "Wy", "Lx", "Ly"] { _ = try input.real(key) }
    }

    private static func box(_ input: inout StandardInput, _ suffix: String, _ whole: Box?) throws -> Box {
        let sides = ["W", "L"].map { $0 + suffix }
        let entries = ["a0W", "a0L", "a1W", "a1L"].map { $0 + suffix }
        let hasSides = sides.contains(where: input.has)
        guard entries.contains(where: input.has) else {
            if !hasSides, let whole { return whole }
            return Box(vectors: [[try input.requiredCount(sides[0]), 0], [0, try input.requiredCount(sides[1])]])
        }
        guard !hasSides else {
            throw input.error(entries.first(where: input.has) ?? "", "beside \(sides[0]) or \(sides[1])")
        }
        let numbers = try entries.map { key in
            guard let value = try input.integer(key) else { throw input.file.error("\(key) is missing") }
            guard abs(value) <= Schema.maximumSites else { throw input.error(key, "is too large") }
            return value
        }
        return Box(vectors: [[numbers[0], numbers[1]], [numbers[2], numbers[3]]])
    }

    /// How many sites a cell has.
    private static func sitesPerCell(_ kind: Kind, legs: Int) -> Int {
        switch kind {
        case .chain, .square, .tetragonal, .triangular: 1
        case .ladder: legs
        case .honeycomb: 2
        case .kagome: 3
        }
    }

    /// As StdFace has them.
    private static func bonds(_ kind: Kind, legs: Int) -> [Bond] {
        switch kind {
        case .chain:
            return [Bond("0", 0, 0, 0, 1), Bond("0'", 0, 0, 0, 2), Bond("0''", 0, 0, 0, 3)]
        case .ladder:
            var bonds: [Bond] = []
            for leg in 0..<legs {
                bonds += [Bond("1", leg, leg, 0, 1), Bond("1'", leg, leg, 0, 2)]
                guard leg + 1 < legs else { continue }
                bonds.append(Bond("0", leg, leg + 1, 0, 0))
                bonds += [Bond("2", leg, leg + 1, 0, 1), Bond("2'", leg, leg + 1, 0, -1)]
            }
            return bonds
        case .square, .tetragonal:
            return [
                Bond("0", 0, 0, 1, 0), Bond("1", 0, 0, 0, 1), Bond("0'", 0, 0, 1, 1), Bond("1'", 0, 0, 1, -1),
                Bond("0''", 0, 0, 2, 0), Bond("1''", 0, 0, 0, 2),
            ]
        case .triangular:
            return [
                Bond("0", 0, 0, 1, 0), Bond("1", 0, 0, 0, 1), Bond("2", 0, 0, 1, -1), Bond("1'", 0, 0, 2, -1),
                Bond("2'", 0, 0, 1, 1), Bond("0'", 0, 0, -1, 2), Bond("0''", 0, 0, 2, 0), Bond("1''", 0, 0, 0, 2),
                Bond("2''", 0, 0, 2, -2),
            ]
        case .honeycomb:
            return [
                Bond("0", 0, 1, 0, 0), Bond("1", 1, 0, 1, 0), Bond("2", 1, 0, 0, 1), Bond("2'", 0, 0, 1, 0),
                Bond("2'", 1, 1, 1, 0), Bond("1'", 0, 0, 0, 1), Bond("1'", 1, 1, 0, 1), Bond("0'", 0, 0, 1, -1),
                Bond("0'", 1, 1, 1, -1), Bond("1''", 0, 1, 1, -1), Bond("0''", 0, 1, -1, -1), Bond("2''", 0, 1, -1, 1),
            ]
        case .kagome:
            return [
                Bond("2", 0, 1, 0, 0), Bond("1", 0, 2, 0, 0), Bond("0", 1, 2, 0, 0), Bond("2", 1, 0, 1, 0),
                Bond("1", 2, 0, 0, 1), Bond("0", 1, 2, 1, -1), Bond("1'", 2, 0, 1, 0), Bond("0'", 1, 2, 1, 0),
                Bond("2'", 1, 0, 0, 1), Bond("0'", 2, 1, 0, 1), Bond("1'", 0, 2, 1, -1), Bond("2'", 0, 1, -1, 1),
            ]
        }
    }

    /// The bonds of a type as pairs of sites, with the crossings of both boundaries; a pair may stand in it twice.
    func pairs(_ bond: Bond) -> [(sites: (Int, Int), crossings: [Int])] {
        cells.indices.map { cell in
            let place = cells[cell]
            let (other, crossings) = box.fold([place[0] + bond.w, place[1] + bond.l])
            return ((site(cell, bond.from), site(numbers[other] ?? 0, bond.to)), crossings)
        }
    }

    private func site(_ cell: Int, _ basis: Int) -> Int { cell * sitesPerCell + basis }

    /// Directions in which a boundary changes signs.
    private var isAntiperiodic: [Bool] {
        phases.map { phase in
            let turns = phase / 360 - (phase / 360).rounded(.down)
            return abs(turns - 0.5) < 1e-9
        }
    }

    /// The parameter of f_ij and its sign, by i and j row by row: both depend on the place of i in the sublattice cell and
    /// on the displacement, the sign on the boundaries that this crosses.
    ///
    /// - Parameter usesSigns: whether antiperiodic boundaries change signs.
    func pairings(usesSigns: Bool) -> (index: [Int], isNegated: [Bool]) {
        var keys: [[Int]: Int] = [:]
        var (index, negated) = ([Int](), [Bool]())
        let flags = isAntiperiodic
        for i in 0..<siteCount {
            let (a, basis) = (cells[i / sitesPerCell], i % sitesPerCell)
            let place = subBox.fold(a).place
            for j in 0..<siteCount {
                let b = cells[j / sitesPerCell]
                let (displacement, crossings) = box.fold([b[0] - a[0], b[1] - a[1]])
                let key = [basis, j % sitesPerCell] + place + displacement
                let number = keys[key] ?? keys.count
                keys[key] = number
                index.append(number)
                let turns = (0..<2).filter { flags[$0] }.map { crossings[$0] }.reduce(0, +)
                negated.append(usesSigns && turns % 2 != 0)
            }
        }
        return (index, negated)
    }
}
