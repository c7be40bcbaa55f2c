/// The history of a run in the layout of NetKet's JsonLog, so that scripts written for it read this one.
///
/// Each logged quantity is a "history": the list `iters` of steps beside lists of values of the same
/// length. The energy's are `Mean`, `Variance`, `Sigma`, `R_hat` and `TauCorr`; a single number's is
/// `value`; groups of numbers nest. A complex list is {"real": […], "imag": […]}; NaN is null.
/// It is fed with the entries of `log.jsonl`, while running and when rebuilt from them on resuming.
public struct NetKetLog {
    /// Whether local energies are complex: NetKet's `Mean` is a plain list where they are real.
    private let complexEnergy: Bool
    private var histories: [History] = []
    private var positions: [[String]: Int] = [:]

    private struct History {
        let path: [String]
        var steps: [Int] = []
        var columns: [(name: String, values: [Double])]
        /// Imaginary parts of the first column, where it is complex.
        var imaginary: [Double]?
    }

    public init(complexEnergy: Bool) { self.complexEnergy = complexEnergy }

    /// The history of entries already logged.
    public init(complexEnergy: Bool, entries: [JSONValue]) {
        self.init(complexEnergy: complexEnergy)
        for entry in entries { append(entry) }
    }

    /// Adds one entry of `log.jsonl`: its `energy` and every other number in it. Texts are passed over;
    /// an entry without a step adds nothing.
    public mutating func append(_ entry: JSONValue) {
        guard let step = entry["step"]?.integer, let members = entry.object else { return }
        for (key, value) in zip(members.keys, members.values) where key != "step" {
            if key == "energy" {
                appendEnergy(value, step: step)
            } else {
                append(value, at: [key], step: step)
            }
        }
    }

    private mutating func appendEnergy(_ energy: JSONValue, step: Int) {
        func number(_ key: String) -> Double { energy[key]?.number ?? .nan }
        // [re, im], or a plain number.
        let mean = energy["mean"]
        let real = (mean?[0] ?? mean)?.number ?? .nan
        let imaginary = mean?[1]?.number ?? (mean?.number == nil ? .nan : 0)
        let columns: [(String, Double)] = [
            ("Mean", real), ("Variance", number("variance")), ("Sigma", number("error_of_mean")),
            ("R_hat", number("r_hat")), ("TauCorr", number("tau_corr")),
        ]
        append(columns, imaginary: complexEnergy ? imaginary : nil, at: ["Energy"], step: step)
    }

    private mutating func append(_ value: JSONValue, at path: [String], step: Int) {
        switch value {
        case .integer, .number, .null:
            append([("value", value.number ?? .nan)], imaginary: nil, at: path, step: step)
        case .object(let members):
            for (key, member) in zip(members.keys, members.values) {
                append(member, at: path + [key], step: step)
            }
        case .bool, .string, .array: break
        }
    }

    private mutating func append(
        _ columns: [(String, Double)], imaginary: Double?, at path: [String], step: Int
    ) {
        let position: Int
        if let known = positions[path] {
            position = known
        } else {
            position = histories.count
            positions[path] = position
            histories.append(
                History(
                    path: path, columns: columns.map { ($0.0, []) }, imaginary: imaginary.map { _ in [] }))
        }
        histories[position].steps.append(step)
        for (index, column) in columns.enumerated() {
            histories[position].columns[index].values.append(column.1)
        }
        if let imaginary { histories[position].imaginary?.append(imaginary) }
    }

    /// The document, one line.
    public var document: JSONValue {
        var root = JSONObject()
        for history in histories { Self.insert(Self.tree(of: history), at: history.path[...], into: &root) }
        return .object(root)
    }

    private static func tree(of history: History) -> JSONObject {
        var tree = JSONObject()
        tree["iters"] = JSONValue(history.steps)
        for (index, column) in history.columns.enumerated() {
            if index == 0, let imaginary = history.imaginary {
                tree[column.name] = ["real": JSONValue(column.values), "imag": JSONValue(imaginary)]
            } else {
                tree[column.name] = JSONValue(column.values)
            }
        }
        return tree
    }

    private static func insert(_ tree: JSONObject, at path: ArraySlice<String>, into parent: inout JSONObject) {
        guard let key = path.first else { return }
        var child = parent[key]?.object ?? JSONObject()
        if path.count == 1 {
            for (name, value) in zip(tree.keys, tree.values) { child[name] = value }
        } else {
            insert(tree, at: path.dropFirst(), into: &child)
        }
        parent[key] = .object(child)
    }

    /// Replaces the file at `path`; it is whole at every moment.
    /// - Throws: `FileSystemError`.
    public func write(to path: String) throws {
        try FileSystem.replace(path, with: JSONWriter.encode(document))
    }
}
