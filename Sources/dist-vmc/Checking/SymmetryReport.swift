import DistQGT
import LatticeSymmetry
import RunFiles

/// The symmetries of a configuration's lattice, and which of them its Hamiltonian has.
struct SymmetryReport {
    private let spaceGroup: SpaceGroup
    /// Empty where it is not known.
    private let invariance: [SpaceGroup.Part: Bool]
    private let invariantUnderSpinFlip: Bool?
    /// Of the network; nil for one that has none.
    private let sector: SymmetrySector?

    init(_ problem: Problem, _ ansatz: any Ansatz) {
        sector = ansatz.sector
        let spaceGroup = SpaceGroup(problem.lattice)
        self.spaceGroup = spaceGroup
        invariance =
            problem.pauliSum.map { sum in
                Dictionary(
                    uniqueKeysWithValues: SpaceGroup.Part.allCases.map { part in
                        (part, sum.isInvariant(under: spaceGroup.generators(of: part)))
                    })
            } ?? [:]
        invariantUnderSpinFlip = problem.pauliSum?.isInvariantUnderSpinFlip
    }

    /// The fields, for `--help`.
    static let fields = """
        {translation, point_group, space_group {order, hamiltonian_is_invariant}, translations (per direction; of a cluster that vectors span, numbers with that product), \
        point_operations [{symbol, matrix (of cell coordinates, row by row)}], irreps [{name, characters}] \
        (one-dimensional, of the point group), spin_flip {hamiltonian_is_invariant}, network {order, characters [[re, im]] \
        (by element), parity} (null for a network without a group)}
        """

    var json: JSONValue {
        let irreps = spaceGroup.littleGroup(of: spaceGroup.translationExtent.map { _ in 0 }).irreps
        func part(_ part: SpaceGroup.Part) -> JSONValue {
            [
                "order": .integer(spaceGroup.order(of: part)),
                "hamiltonian_is_invariant": invariance[part].map { .bool($0) } ?? .null,
            ]
        }
        return [
            "translation": part(.translation), "point_group": part(.pointGroup), "space_group": part(.spaceGroup),
            "translations": JSONValue(spaceGroup.translationExtent),
            "point_operations": .array(
                spaceGroup.pointOperations.map { operation in
                    ["symbol": .string(operation.symbol), "matrix": .array(operation.matrix.map { JSONValue($0) })]
                }),
            "irreps": .array(
                irreps.map { ["name": .string($0.name), "characters": JSONValue($0.characters)] }),
            "spin_flip": ["hamiltonian_is_invariant": invariantUnderSpinFlip.map { .bool($0) } ?? .null],
            "network": sector.map(Self.json) ?? .null,
        ]
    }

    private static func json(_ sector: SymmetrySector) -> JSONValue {
        let parity: JSONValue = sector.parity.map { .integer($0) } ?? .null
        return [
            "order": .integer(sector.group.order),
            "characters": .array(sector.characters.map { JSONValue([$0.real, $0.imaginary]) }), "parity": parity,
        ]
    }

    /// Columns: what, order, action, whether the Hamiltonian has it.
    var lines: [[String]] {
        func words(_ isInvariant: Bool?) -> String {
            isInvariant.map { $0 ? "also of the Hamiltonian" : "not of the Hamiltonian" } ?? "not looked at"
        }
        func invariant(_ part: SpaceGroup.Part) -> String { words(invariance[part]) }
        let extent = spaceGroup.translationExtent
        var lines = [
            [
                "translation", "\(extent.reduce(1, *))",
                spaceGroup.lattice.spanningVectors.map { "all cells modulo \($0)" }
                    ?? extent.map(String.init).joined(separator: " x "),
                invariant(.translation),
            ],
            ["point_group", "\(spaceGroup.order(of: .pointGroup))", symbols, invariant(.pointGroup)],
            [
                "space_group", "\(spaceGroup.order(of: .spaceGroup))", "translation x point_group",
                invariant(.spaceGroup),
            ],
            [
                "spin flip", "2", "s -> -s",
                words(invariantUnderSpinFlip),
            ],
        ]
        if let sector {
            let (order, characters) = (sector.group.order, sector.characters)
            let kept = characters.count { $0 != 0 }
            let elements = kept == order ? "all with a character" : "\(kept) of them with a character"
            let parity = sector.parity.map { ", parity \($0)" } ?? ""
            let signs =
                characters.contains { $0.imaginary != 0 }
                ? "phases" : characters.contains { $0.real < 0 } ? "signs" : "no signs"
            lines.append(["of the network", "\(order)", elements + parity, signs])
        }
        for irrep in spaceGroup.littleGroup(of: extent.map { _ in 0 }).irreps where spaceGroup.pointOperations.count > 1
        {
            lines.append(["  \(irrep.name)", "", irrep.characters.map { $0 > 0 ? "+" : "-" }.joined(separator: " ")])
        }
        for (number, operation) in spaceGroup.pointOperations.enumerated() where spaceGroup.pointOperations.count > 1 {
            lines.append(["  \(number)", operation.symbol, action(operation)])
        }
        return lines
    }

    /// E, 2 C4, C2, 4 σ: the operations of each kind, in the order of first appearance.
    private var symbols: String {
        var counts: [(symbol: String, count: Int)] = []
        for operation in spaceGroup.pointOperations {
            if let known = counts.firstIndex(where: { $0.symbol == operation.symbol }) {
                counts[known].count += 1
            } else {
                counts.append((operation.symbol, 1))
            }
        }
        return counts.map { $0.count == 1 ? $0.symbol : "\($0.count) \($0.symbol)" }.joined(separator: ", ")
    }

    /// (x, y) -> (-y, x + y), about the fixed point.
    private func action(_ operation: PointOperation) -> String {
        let names = ["x", "y", "z"]
        let images = operation.matrix.map { row -> String in
            let terms = zip(row, names).filter { $0.0 != 0 }.map { "\($0.0 < 0 ? "-" : "+") \($0.1)" }.joined(
                separator: " ")
            return terms.hasPrefix("+ ") ? String(terms.dropFirst(2)) : "-" + terms.dropFirst(2)
        }
        return "(\(names[..<operation.matrix.count].joined(separator: ", "))) -> (\(images.joined(separator: ", ")))"
    }
}
