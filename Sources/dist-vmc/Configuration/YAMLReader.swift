// libyaml, which the package Yams builds. Its events are read here, because a tree of Yams' own costs more time and memory
// than everything else at the start of a run with many couplings.
import CYaml

/// Reads one YAML document from libyaml's events into a tree.
struct YAMLReader {
    /// What an anchor names.
    private struct Anchored {
        let node: ConfigurationNode
        /// The text of a scalar without quotes, which may be an alias' key.
        let key: Scalar?
    }

    private struct Scalar {
        let text: String
        let isPlain: Bool
    }

    /// A mark of libyaml, counted from 1.
    private struct Mark {
        let line: Int
        let column: Int

        init(_ mark: yaml_mark_t) {
            line = Int(mark.line) + 1
            column = Int(mark.column) + 1
        }
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeBufferPointer<UInt8>
    private let origin: (Int?) -> Origin
    private var event = yaml_event_t()
    private var anchors: [String: Anchored] = [:]

    /// The tree of a document; nil where there is none.
    ///
    /// - Parameters:
    ///   - text: without a byte order mark; aliases are unfolded, so their growth is to be bounded before.
    ///   - trail: the place in the configuration that the document's root takes.
    ///   - origin: of a line.
    /// - Throws: `ConfigurationError` for what is not YAML, a second document, or a key that occurs twice.
    static func read(
        _ text: String, trail: KeyTrail, origin: @escaping (Int?) -> Origin
    ) throws -> ConfigurationNode? {
        var text = text
        return try text.withUTF8 { bytes in
            let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
            defer { parser.deallocate() }
            guard yaml_parser_initialize(parser) == 1 else {
                throw ConfigurationError("not valid YAML: out of memory", at: origin(nil))
            }
            defer { yaml_parser_delete(parser) }
            // The encoding is given so that no byte of the text decides.
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
            var reader = YAMLReader(parser: parser, bytes: bytes, origin: origin)
            defer { yaml_event_delete(&reader.event) }
            return try reader.document(trail)
        }
    }

    private init(
        parser: UnsafeMutablePointer<yaml_parser_t>, bytes: UnsafeBufferPointer<UInt8>,
        origin: @escaping (Int?) -> Origin
    ) {
        self.parser = parser
        self.bytes = bytes
        self.origin = origin
    }

    private mutating func document(_ trail: KeyTrail) throws -> ConfigurationNode? {
        try advance()  // the start of the stream
        try advance()
        guard event.type != YAML_STREAM_END_EVENT else { return nil }
        try advance()
        let root = try value(trail)
        try advance()  // the end of the document
        try advance()
        guard event.type == YAML_STREAM_END_EVENT else {
            throw invalid(
                "expected a single document in the stream (line 1), but found another document", Mark(event.start_mark))
        }
        return root
    }

    /// The next event.
    private mutating func advance() throws {
        yaml_event_delete(&event)
        guard yaml_parser_parse(parser, &event) == 1 else { throw parserError() }
    }

    private var here: Origin { origin(Int(event.start_mark.line) + 1) }

    /// The value that begins with the present event; its last event is the present one afterwards.
    private mutating func value(_ trail: KeyTrail) throws -> ConfigurationNode {
        let origin = here
        let anchor: String?
        let node: ConfigurationNode
        var key: Scalar?
        switch event.type {
        case YAML_ALIAS_EVENT:
            return try alias().node.moved(to: trail)
        case YAML_SCALAR_EVENT:
            anchor = Self.text(event.data.scalar.anchor)
            let scalar = scalar()
            key = scalar
            let content: ConfigurationNode.Content =
                scalar.isPlain ? YAMLScalar.content(ofPlain: scalar.text) : .string(scalar.text, quoted: true)
            node = ConfigurationNode(content: content, origin: origin, trail: trail)
        case YAML_SEQUENCE_START_EVENT:
            anchor = Self.text(event.data.sequence_start.anchor)
            var items: [ConfigurationNode] = []
            try advance()
            while event.type != YAML_SEQUENCE_END_EVENT {
                items.append(try value(trail.index(items.count)))
                try advance()
            }
            node = ConfigurationNode(content: .list(items), origin: origin, trail: trail)
        default:
            anchor = Self.text(event.data.mapping_start.anchor)
            node = ConfigurationNode(content: .map(try entries(trail)), origin: origin, trail: trail)
        }
        if let anchor { anchors[anchor] = Anchored(node: node, key: key) }
        return node
    }

    /// The entries of a map, its present event being the map's start.
    private mutating func entries(_ trail: KeyTrail) throws -> [ConfigurationNode.Entry] {
        var entries: [ConfigurationNode.Entry] = []
        var merged: [ConfigurationNode.Entry] = []
        // Most maps have few keys, which are compared in less time than they are hashed.
        var seen: Set<String> = []
        func isNew(_ key: String) -> Bool {
            if entries.count < 16 { return !entries.contains { $0.key == key } }
            if seen.isEmpty { seen = Set(entries.map(\.key)) }
            return seen.insert(key).inserted
        }
        var mergeOrigin: Origin?
        try advance()
        while event.type != YAML_MAPPING_END_EVENT {
            let keyOrigin = here
            let isAlias = event.type == YAML_ALIAS_EVENT
            guard let scalar = try isAlias ? alias().key : event.type == YAML_SCALAR_EVENT ? scalar() : nil else {
                throw ConfigurationError("a key is a single word here", at: keyOrigin, path: trail.description)
            }
            if !isAlias, let anchor = Self.text(event.data.scalar.anchor) {
                let text = ConfigurationNode.Content.string(scalar.text, quoted: !scalar.isPlain)
                anchors[anchor] = Anchored(
                    node: ConfigurationNode(content: text, origin: keyOrigin, trail: trail), key: scalar)
            }
            try advance()
            if scalar.text == "<<", scalar.isPlain {
                if let mergeOrigin { throw Self.twice("<<", mergeOrigin, keyOrigin) }
                mergeOrigin = keyOrigin
                merged = try Self.mergedEntries(of: value(trail.key("<<")), trail: trail)
            } else {
                if !isNew(scalar.text), let first = entries.first(where: { $0.key == scalar.text }) {
                    throw Self.twice(scalar.text, first.keyOrigin, keyOrigin)
                }
                entries.append(
                    .init(key: scalar.text, keyOrigin: keyOrigin, value: try value(trail.key(scalar.text))))
            }
            try advance()
        }
        // A key of the map itself goes before a merged one, and an earlier merged map before a later.
        for entry in merged where isNew(entry.key) { entries.append(entry) }
        return entries
    }

    /// The entries that `<<: *map` or `<<: [*map, *map]` brings in.
    private static func mergedEntries(
        of node: ConfigurationNode, trail: KeyTrail
    ) throws -> [ConfigurationNode.Entry] {
        let maps: [ConfigurationNode]
        if case .list(let items) = node.content { maps = items } else { maps = [node] }
        return try maps.flatMap { map -> [ConfigurationNode.Entry] in
            guard case .map(let entries) = map.content else {
                throw ConfigurationError(
                    "'<<' merges maps; found \(map.found)", at: map.origin, path: trail.description)
            }
            return entries.map { entry in
                .init(key: entry.key, keyOrigin: entry.keyOrigin, value: entry.value.moved(to: trail.key(entry.key)))
            }
        }
    }

    private func alias() throws -> Anchored {
        guard let name = Self.text(event.data.alias.anchor), let anchored = anchors[name] else {
            throw invalid("found undefined alias", Mark(event.start_mark))
        }
        return anchored
    }

    private func scalar() -> Scalar {
        let scalar = event.data.scalar
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        return Scalar(
            text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
    }

    private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        bytes.map { String(cString: $0) }
    }
}

// MARK: Errors

extension YAMLReader {
    private static func twice(_ key: String, _ first: Origin, _ second: Origin) -> ConfigurationError {
        let again = second.line.map { ", again in line \($0)" } ?? ""
        return ConfigurationError("the key '\(key)' occurs twice in one block\(again)", at: first)
    }

    private func invalid(_ problem: String, _ mark: Mark) -> ConfigurationError {
        ConfigurationError("not valid YAML: \(problem), column \(mark.column)", at: origin(mark.line))
    }

    /// What libyaml complains of.
    private func parserError() -> ConfigurationError {
        let parser = parser.pointee
        let problem = parser.problem.map { String(cString: $0) } ?? "out of memory"
        switch parser.error {
        case YAML_SCANNER_ERROR, YAML_PARSER_ERROR:
            let context = parser.context.map { String(cString: $0) }
            let during = context.map { "\($0) (line \(Mark(parser.context_mark).line)), " } ?? ""
            return invalid(during + problem, Mark(parser.problem_mark))
        case YAML_READER_ERROR:
            let before = bytes.prefix(Int(parser.problem_offset))
            return ConfigurationError(
                "not valid YAML: \(problem)", at: origin(1 + before.count { $0 == UInt8(ascii: "\n") }))
        default:
            return ConfigurationError("not valid YAML: \(problem)", at: origin(nil))
        }
    }
}

extension ConfigurationNode {
    /// The same value at another place of the configuration.
    fileprivate func moved(to trail: KeyTrail) -> ConfigurationNode {
        let content: Content
        switch self.content {
        case .list(let items):
            content = .list(items.enumerated().map { $1.moved(to: trail.index($0)) })
        case .map(let entries):
            content = .map(
                entries.map { entry in
                    Entry(
                        key: entry.key, keyOrigin: entry.keyOrigin, value: entry.value.moved(to: trail.key(entry.key)))
                })
        default: content = self.content
        }
        return ConfigurationNode(content: content, origin: origin, trail: trail)
    }
}
