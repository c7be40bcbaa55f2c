import DistQGT
import RunFiles

extension ConfigurationNode {
    /// A block of a JSON document, which knows no line numbers.
    ///
    /// - Parameters:
    ///   - source: the name that messages give to the document.
    ///   - trail: the place of the value in it.
    init(json value: JSONValue, source: String, trail: KeyTrail = .root) {
        let origin = Origin(source: source, line: nil)
        let content: Content =
            switch value {
            case .null: .null
            case .bool(let flag): .boolean(flag)
            case .integer(let number): .integer(number)
            case .number(let number): .real(number)
            case .string(let text): .string(text, quoted: true)
            case .array(let items):
                .list(
                    items.enumerated().map { index, item in
                        ConfigurationNode(json: item, source: source, trail: trail.index(index))
                    })
            case .object(let object):
                .map(
                    zip(object.keys, object.values).map { key, value in
                        Entry(
                            key: key, keyOrigin: origin,
                            value: ConfigurationNode(json: value, source: source, trail: trail.key(key)))
                    })
            }
        self.init(content: content, origin: origin, trail: trail)
    }

    /// The value as JSON.
    var json: JSONValue {
        switch content {
        case .null: return .null
        case .boolean(let flag): return .bool(flag)
        case .integer(let number): return .integer(number)
        case .real(let number): return .number(number)
        case .string(let text, _): return .string(text)
        case .list(let items): return .array(items.map(\.json))
        case .map(let entries):
            var object = JSONObject()
            for entry in entries { object[entry.key] = entry.value.json }
            return .object(object)
        }
    }
}
