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
        let start = Origin(source: source, line: nil)
        func origin(_ line: Int?) -> Origin {
            switch lines {
            case .fromOne: start.at(line: line)
            case .all(let line): start.at(line: line)
            }
        }
        // libyaml does not skip a byte order mark when the encoding is given.
        let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
        guard YAMLExpansion.isBounded(text) else {
            throw ConfigurationError("its aliases unfold into too large a document", at: start)
        }
        self =
            try YAMLReader.read(text, trail: trail, origin: origin)
            ?? ConfigurationNode(content: .null, origin: start, trail: trail)
    }
}
