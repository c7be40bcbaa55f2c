/// Where a value was written: a line of a file, a file, or an override on the command line.
struct Origin: Sendable, Equatable, CustomStringConvertible {
    /// One for all values of a document: there may be a million.
    private final class Document: Sendable {
        let name: String
        init(_ name: String) { self.name = name }
    }

    private let document: Document
    /// 0 where there is none.
    private let lineNumber: UInt32

    /// A file's name, or `--set key.path=value`.
    var source: String { document.name }
    /// Counted from 1; nil where the source has no lines to count.
    var line: Int? { lineNumber == 0 ? nil : Int(lineNumber) }

    init(source: String, line: Int?) { self.init(Document(source), line: line) }

    private init(_ document: Document, line: Int?) {
        self.document = document
        lineNumber = UInt32(clamping: line ?? 0)
    }

    /// A line of the same source.
    func at(line: Int?) -> Origin { Origin(document, line: line) }

    static func == (left: Origin, right: Origin) -> Bool { left.source == right.source && left.line == right.line }

    var description: String { line.map { "\(source):\($0)" } ?? source }
}

/// A value's way down from the root of its document, `lattice.edges[3]`.
final class KeyTrail: Sendable, CustomStringConvertible {
    private enum Step {
        case key(String)
        case index(Int)
    }

    private let parent: KeyTrail?
    private let step: Step?

    private init(_ parent: KeyTrail?, _ step: Step?) {
        self.parent = parent
        self.step = step
    }

    static let root = KeyTrail(nil, nil)
    func key(_ key: String) -> KeyTrail { KeyTrail(self, .key(key)) }
    func index(_ index: Int) -> KeyTrail { KeyTrail(self, .index(index)) }

    var description: String {
        let before = parent?.description ?? ""
        switch step {
        case nil: return before
        case .key(let key): return before.isEmpty ? key : "\(before).\(key)"
        case .index(let index): return "\(before)[\(index)]"
        }
    }
}

/// One value of a configuration: a tree built from YAML, from JSON or from an override, that
/// remembers where each part was written.
struct ConfigurationNode: Sendable {
    struct Entry: Sendable {
        let key: String
        let keyOrigin: Origin
        var value: ConfigurationNode
    }

    enum Content: Sendable {
        case null
        case boolean(Bool)
        case integer(Int)
        case real(Double)
        /// `quoted` where the text stood in quotes or in a block, so that it cannot mean a number.
        case string(String, quoted: Bool)
        case list([ConfigurationNode])
        /// In the order of the document; no key occurs twice.
        case map([Entry])
    }

    var content: Content
    let origin: Origin
    let trail: KeyTrail

    /// `sampler.chains`; empty at the root.
    var path: String { trail.description }

    func error(_ problem: String) -> ConfigurationError {
        ConfigurationError(problem, at: origin, path: path)
    }

    /// A value of the same place with other content: what a normalised value is.
    func replacing(_ content: Content) -> ConfigurationNode {
        ConfigurationNode(content: content, origin: origin, trail: trail)
    }

    var isNull: Bool {
        if case .null = content { true } else { false }
    }

    /// The value under `key`, or nil if this is no map or has no such key.
    subscript(key: String) -> ConfigurationNode? {
        guard case .map(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// Sets the value under `key`, appending the key if the map does not have it.
    /// A value that is no map stays as it is.
    mutating func set(_ key: String, to value: ConfigurationNode) {
        guard case .map(var entries) = content else { return }
        if let index = entries.firstIndex(where: { $0.key == key }) {
            entries[index].value = value
        } else {
            entries.append(Entry(key: key, keyOrigin: value.origin, value: value))
        }
        content = .map(entries)
    }

    /// The map without some of its keys.
    func without(_ keys: [String]) -> ConfigurationNode {
        guard case .map(let entries) = content else { return self }
        return replacing(.map(entries.filter { !keys.contains($0.key) }))
    }

    /// Sets the value under `key` to `content`, as if it had been written where this map was.
    mutating func set(_ key: String, to content: Content) {
        set(key, to: ConfigurationNode(content: content, origin: self[key]?.origin ?? origin, trail: trail.key(key)))
    }
}

extension ConfigurationNode.Content: Equatable {
    /// Whether two trees hold the same values, wherever they were written.
    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let a), .boolean(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.real(let a), .real(let b)): a == b
        case (.string(let a, _), .string(let b, _)): a == b
        case (.list(let a), .list(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.content == $1.content }
        case (.map(let a), .map(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value.content == $1.value.content }
        default: false
        }
    }
}

extension ConfigurationNode {
    /// The value as a message quotes it: its kind and, where it is short, its text.
    var found: String {
        switch content {
        case .null: "nothing"
        case .boolean(let value): "the boolean \(value)"
        case .integer(let value): "the integer \(value)"
        case .real(let value): "the number \(value)"
        case .string(let text, _): "the text '\(text.count > 60 ? text.prefix(57) + "..." : text[...])'"
        case .list(let items): "a list of \(items.count)"
        case .map(let entries): "a map of \(entries.count) \(entries.count == 1 ? "key" : "keys")"
        }
    }

    /// The error for a value of the wrong type.
    func mismatch(_ accepted: String) -> ConfigurationError {
        error("found \(found); accepted: \(accepted)")
    }
}
