/// Writes a JSON tree as text. Doubles are the shortest decimals that read back to the same double.
public struct JSONWriter {
    public enum Style: Sendable {
        /// Everything on one line.
        case compact
        /// Two spaces of indentation; arrays without further structure stay on one line.
        case pretty
    }

    private let style: Style
    private var bytes: [UInt8] = []

    private init(style: Style) { self.style = style }

    /// The UTF-8 bytes of a tree, without a final line break.
    public static func encode(_ value: JSONValue, style: Style = .compact) -> [UInt8] {
        var writer = JSONWriter(style: style)
        writer.write(value, depth: 0)
        return writer.bytes
    }

    private mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .integer(let integer): bytes.append(contentsOf: integer.description.utf8)
        case .number(let number): Self.append(number, to: &bytes)
        case .string(let string): Self.append(string, to: &bytes)
        case .array(let elements): write(elements, depth: depth)
        case .object(let object): write(object, depth: depth)
        }
    }

    private mutating func write(_ elements: [JSONValue], depth: Int) {
        bytes.append(UInt8(ascii: "["))
        let spread = style == .pretty && elements.contains { $0.array != nil || $0.object != nil }
        for (position, element) in elements.enumerated() {
            if position > 0 {
                bytes.append(UInt8(ascii: ","))
                if style == .pretty && !spread { bytes.append(UInt8(ascii: " ")) }
            }
            if spread { breakLine(depth: depth + 1) }
            write(element, depth: depth + 1)
        }
        if spread { breakLine(depth: depth) }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func write(_ object: JSONObject, depth: Int) {
        bytes.append(UInt8(ascii: "{"))
        for position in 0..<object.count {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            if style == .pretty { breakLine(depth: depth + 1) }
            Self.append(object.keys[position], to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            if style == .pretty { bytes.append(UInt8(ascii: " ")) }
            write(object.values[position], depth: depth + 1)
        }
        if style == .pretty && object.count > 0 { breakLine(depth: depth) }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func breakLine(depth: Int) {
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    /// Appends a number, or null if it is not finite.
    package static func append(_ number: Double, to bytes: inout [UInt8]) {
        // Swift's description is the shortest that reads back, and valid JSON where finite.
        bytes.append(contentsOf: (number.isFinite ? number.description : "null").utf8)
    }

    package static func append(_ string: String, to bytes: inout [UInt8]) {
        let hexadecimal = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(hexadecimal[Int(byte >> 4)])
                bytes.append(hexadecimal[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONValue: CustomStringConvertible {
    /// The compact text.
    public var description: String { String(decoding: JSONWriter.encode(self), as: UTF8.self) }
}
