import Foundation
import Yams

extension ConfigurationNode {
    /// How the lines of a YAML text are counted.
    enum LineCount {
        case fromOne
        /// The text is one line of something else, or of something without lines.
        case all(Int?)
    }

    /// Reads one YAML document.
    ///
    /// - Parameters:
    ///   - text: the document.
    ///   - source: the name that messages give to it.
    ///   - trail: the place in the configuration that the document's root takes.
    ///   - lines: how the lines of the text are counted.
    /// - Throws: `ConfigurationError` for what is not YAML, for a key that occurs twice, and for
    ///   aliases that unfold into more than `YAMLExpansion.limit` characters.
    init(yaml text: String, source: String, trail: KeyTrail = .root, lines: LineCount = .fromOne) throws {
        func origin(_ line: Int?) -> Origin {
            switch lines {
            case .fromOne: Origin(source: source, line: line)
            case .all(let line): Origin(source: source, line: line)
            }
        }
        let start = Origin(source: source, line: nil)
        // libyaml does not skip a byte order mark when the encoding is given.
        let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
        guard YAMLExpansion.isBounded(text) else {
            throw ConfigurationError("its aliases unfold into too large a document", at: start)
        }
        let root: Node?
        do {
            // The encoding is given so that no environment variable decides.
            root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw Self.configurationError(error, text: text, origin: origin)
        }
        guard let root else {
            self.init(content: .null, origin: start, trail: trail)
            return
        }
        try self.init(yams: root, trail: trail, origin: origin)
    }

    private init(yams node: Node, trail: KeyTrail, origin: (Int?) -> Origin) throws {
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            self.init(
                content: isPlain ? YAMLScalar.content(ofPlain: scalar.string) : .string(scalar.string, quoted: true),
                origin: origin(scalar.mark?.line), trail: trail)
        case .sequence(let sequence):
            let items = try sequence.enumerated().map { index, item in
                try ConfigurationNode(yams: item, trail: trail.index(index), origin: origin)
            }
            self.init(content: .list(items), origin: origin(sequence.mark?.line), trail: trail)
        case .mapping(let mapping):
            var entries: [Entry] = []
            var merged: [Entry] = []
            var seen: Set<String> = []
            for (keyNode, valueNode) in mapping {
                let keyOrigin = origin(keyNode.mark?.line)
                guard case .scalar(let scalar) = keyNode else {
                    throw ConfigurationError("a key is a single word here", at: keyOrigin, path: trail.description)
                }
                let key = scalar.string
                guard seen.insert(key).inserted else {
                    throw ConfigurationError("the key occurs twice", at: keyOrigin, path: trail.key(key).description)
                }
                let value = try ConfigurationNode(yams: valueNode, trail: trail.key(key), origin: origin)
                if key == "<<", scalar.style == .plain {
                    merged += try Self.mergedEntries(of: valueNode, trail: trail, origin: origin)
                } else {
                    entries.append(Entry(key: key, keyOrigin: keyOrigin, value: value))
                }
            }
            // A key of the map itself goes before a merged one, and an earlier merged map before a later.
            for entry in merged where seen.insert(entry.key).inserted { entries.append(entry) }
            self.init(content: .map(entries), origin: origin(mapping.mark?.line), trail: trail)
        case .alias(let alias):
            throw ConfigurationError(
                "an alias without its anchor", at: origin(alias.mark?.line), path: trail.description)
        }
    }

    /// The entries that `<<: *map` or `<<: [*map, *map]` brings in.
    private static func mergedEntries(
        of node: Node, trail: KeyTrail, origin: (Int?) -> Origin
    ) throws -> [Entry] {
        let sources: [Node]
        if case .sequence(let sequence) = node { sources = Array(sequence) } else { sources = [node] }
        return try sources.flatMap { source -> [Entry] in
            let map = try ConfigurationNode(yams: source, trail: trail, origin: origin)
            guard case .map(let entries) = map.content else {
                throw ConfigurationError(
                    "'<<' merges maps; found \(map.found)", at: map.origin, path: trail.description)
            }
            return entries
        }
    }

    private static func configurationError(
        _ error: YamlError, text: String, origin: (Int?) -> Origin
    ) -> ConfigurationError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { "\($0.text) (line \($0.mark.line)), " } ?? ""
            return ConfigurationError(
                "not valid YAML: \(during)\(problem), column \(mark.column)", at: origin(mark.line))
        case .reader(let problem, let offset, _, _):
            let line = offset.map { 1 + text.prefix($0).count { $0.isNewline } }
            return ConfigurationError(
                "not valid YAML: \(problem)", at: origin(line))
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            return ConfigurationError("the key \(names) occurs twice in one block", at: origin(context.mark.line))
        default:
            return ConfigurationError("not valid YAML: \(error)", at: origin(nil))
        }
    }
}
