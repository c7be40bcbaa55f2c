#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where and why a text is not JSON. Lines and columns count from 1, columns in bytes.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    public let line: Int
    public let column: Int
    public let reason: String

    public var description: String { "line \(line), column \(column): \(reason)" }
}

/// A strict reader of JSON (RFC 8259): keys in order and distinct, valid UTF-8, nothing after the value.
/// Numbers are the nearest doubles; one beyond the range of a double is an error.
public struct JSONParser {
    /// Values nested deeper than this are refused, so that no text can exhaust the stack.
    public static let maximumDepth = 256

    // Followed by a NUL, which no JSON text contains: a reader that stops at what it does not expect
    // stops there.
    private let bytes: UnsafePointer<UInt8>
    private let count: Int
    private var position = 0

    /// - Throws: `JSONError`.
    public static func parse(_ text: String) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8))
    }

    /// - Throws: `JSONError`.
    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        let terminated = bytes + [0]
        let result = terminated.withUnsafeBufferPointer { buffer -> Result<JSONValue, JSONError> in
            guard let start = buffer.baseAddress else {
                return .failure(JSONError(line: 1, column: 1, reason: "no text"))
            }
            var parser = JSONParser(bytes: start, count: bytes.count)
            return Result { () throws(JSONError) in try parser.document() }
        }
        return try result.get()
    }

    private init(bytes: UnsafePointer<UInt8>, count: Int) {
        self.bytes = bytes
        self.count = count
    }

    private mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == count else { throw error("expected nothing more") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipSpace()
        switch bytes[position] {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        default: throw error("expected a value")
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw error("nested too deeply") }
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if bytes[position] == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if bytes[position] == UInt8(ascii: ",") {
                position += 1
            } else if bytes[position] == UInt8(ascii: "]") {
                position += 1
                return .array(elements)
            } else {
                throw error("expected ',' or ']'")
            }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw error("nested too deeply") }
        position += 1
        var members = JSONObject()
        skipSpace()
        if bytes[position] == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard bytes[position] == UInt8(ascii: "\"") else { throw error("expected a key in quotes") }
            let start = position
            let key = try string()
            skipSpace()
            guard bytes[position] == UInt8(ascii: ":") else { throw error("expected ':'") }
            position += 1
            guard members.appendIfNew(key, try value(depth: depth + 1)) else {
                position = start
                throw error("the key \"\(key)\" a second time")
            }
            skipSpace()
            if bytes[position] == UInt8(ascii: ",") {
                position += 1
            } else if bytes[position] == UInt8(ascii: "}") {
                position += 1
                return .object(members)
            } else {
                throw error("expected ',' or '}'")
            }
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for offset in 0..<word.utf8CodeUnitCount
        where bytes[position + offset] != word.utf8Start[offset] {
            throw error("expected \(word)")
        }
        position += word.utf8CodeUnitCount
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        let negative = bytes[position] == UInt8(ascii: "-")
        if negative { position += 1 }
        let firstDigit = position
        skipDigits()
        guard position > firstDigit else { throw error("expected a digit") }
        if bytes[firstDigit] == UInt8(ascii: "0") && position > firstDigit + 1 {
            position = firstDigit
            throw error("a number with a leading zero")
        }
        let digits = position - firstDigit
        var isInteger = true
        if bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try requireDigits()
        }
        if bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") { position += 1 }
            try requireDigits()
        }
        // 18 digits fit an Int; the integers beyond them, and −0, are doubles unless Int can read them.
        if isInteger && digits <= 18 && !(negative && bytes[firstDigit] == UInt8(ascii: "0")) {
            var magnitude = 0
            for index in firstDigit..<position { magnitude = 10 * magnitude + Int(bytes[index] & 15) }
            return .integer(negative ? -magnitude : magnitude)
        }
        let token = UnsafeBufferPointer(start: bytes + start, count: position - start)
        if isInteger && digits == 19, let integer = Int(String(decoding: token, as: UTF8.self)) {
            return .integer(integer)
        }
        // The grammar has been checked, so strtod stops where the number does: no character that may
        // follow one in JSON continues it.
        let value = strtod(UnsafeRawPointer(bytes + start).assumingMemoryBound(to: CChar.self), nil)
        guard value.isFinite else {
            position = start
            throw error("a number beyond the range of a double")
        }
        return .number(value)
    }

    private mutating func skipDigits() {
        while bytes[position] &- UInt8(ascii: "0") <= 9 { position += 1 }
    }

    private mutating func requireDigits() throws(JSONError) {
        let start = position
        skipDigits()
        guard position > start else { throw error("expected a digit") }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        var ascii = true
        while true {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try text(from: start, to: position, ascii: ascii)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw unexpectedInString() }
            if byte >= 0x80 { ascii = false }
            position += 1
        }
    }

    /// A string with escapes, whose part before the first one lies between `start` and here.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var result = ""
        var runStart = start
        while true {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                result += try text(from: runStart, to: position, ascii: false)
                position += 1
                return result
            }
            guard byte >= 0x20 else { throw unexpectedInString() }
            guard byte == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            result += try text(from: runStart, to: position, ascii: false)
            result.unicodeScalars.append(try escape())
            runStart = position
        }
    }

    private func unexpectedInString() -> JSONError {
        position == count ? error("a string without an end") : error("a control character in a string")
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        let letter = bytes[position + 1]
        let scalar: Unicode.Scalar
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(letter)
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{c}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw error("an unknown escape")
        }
        position += 2
        return scalar
    }

    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // A surrogate: only a high one followed by a low one means something.
        if first < 0xDC00 && bytes[position] == UInt8(ascii: "\\") && bytes[position + 1] == UInt8(ascii: "u") {
            let second = try codeUnit()
            if (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return scalar
            }
        }
        position = start
        throw error("half a surrogate pair")
    }

    /// Reads \uXXXX.
    private mutating func codeUnit() throws(JSONError) -> UInt32 {
        position += 2
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - 0x30)
            case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
                unit = unit << 4 | UInt32((byte | 0x20) - 0x57)
            default: throw error("expected four hexadecimal digits")
            }
            position += 1
        }
        return unit
    }

    private func text(from start: Int, to end: Int, ascii: Bool) throws(JSONError) -> String {
        let buffer = UnsafeBufferPointer(start: bytes + start, count: end - start)
        if !ascii {
            var iterator = buffer.makeIterator()
            var decoder = UTF8()
            decoding: while true {
                switch decoder.decode(&iterator) {
                case .scalarValue: continue
                case .emptyInput: break decoding
                case .error: throw error("a string that is not valid UTF-8")
                }
            }
        }
        return String(decoding: buffer, as: UTF8.self)
    }

    // MARK: Places

    private mutating func skipSpace() {
        while true {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            default: return
            }
        }
    }

    private func error(_ reason: String) -> JSONError {
        var line = 1
        var lineStart = 0
        for index in 0..<position where bytes[index] == 0x0a {
            line += 1
            lineStart = index + 1
        }
        let atEnd = position == count ? ", and the text ends here" : ""
        return JSONError(line: line, column: position - lineStart + 1, reason: reason + atEnd)
    }
}
