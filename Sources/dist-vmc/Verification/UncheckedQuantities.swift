import DistQGT
import RunFiles

/// What a reference file contains beside what a verification reads: numbers that nobody compares are
/// named, never passed over.
enum UncheckedQuantities {
    /// The paths of all quantities (numbers, lists and trees) that are neither inputs nor compared.
    ///
    /// - Parameters:
    ///   - inputs: what the computation starts from and remarks, as paths with `[]` for every index.
    ///   - checked: what is compared, as paths.
    static func paths(in root: ReferenceValue, inputs: Set<String>, checked: [String]) -> [String] {
        var paths: [String] = []
        visit(root, "", inputs: inputs, checked: Set(checked), into: &paths)
        return paths
    }

    private static func visit(
        _ value: ReferenceValue, _ pattern: String, inputs: Set<String>, checked: Set<String>,
        into paths: inout [String]
    ) {
        let path = value.path
        if inputs.contains(pattern) || checked.contains(path) { return }
        func visit(_ child: JSONValue, _ trail: KeyTrail, _ pattern: String) {
            Self.visit(
                ReferenceValue(value: child, source: value.source, trail: trail), pattern, inputs: inputs,
                checked: checked, into: &paths)
        }
        switch value.value {
        case .null, .bool, .string: break
        case .integer, .number: paths.append(path)
        case .array(let elements):
            guard let first = elements.first, first.object != nil else { return paths.append(path) }
            for (index, element) in elements.enumerated() {
                visit(element, value.trail.index(index), pattern + "[]")
            }
        case .object(let object):
            if isQuantity(object) { return paths.append(path) }
            for (key, child) in zip(object.keys, object.values) {
                visit(child, value.trail.key(key), pattern.isEmpty ? key : "\(pattern).\(key)")
            }
        }
    }

    /// Whether an object is one quantity: {real, imag}, {shape, data}, or a tree of leaves.
    private static func isQuantity(_ object: JSONObject) -> Bool {
        isArray(object) || object.count > 0 && object.values.allSatisfy { $0.object.map(isArray) ?? false }
    }

    private static func isArray(_ object: JSONObject) -> Bool {
        (object["real"] ?? object["data"]) != nil
            && object.keys.allSatisfy { ["real", "imag", "shape", "data"].contains($0) }
    }
}
