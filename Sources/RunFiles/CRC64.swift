/// CRC-64/XZ (polynomial 0x42F0E1EBA9EA3693 of ECMA-182, reflected; all ones in and out).
///
/// It detects every single-bit flip and every burst of up to 64 bits, and anything else with
/// probability 1 − 2⁻⁶⁴. It protects against accidents, not against malice.
public struct CRC64: Sendable {
    private var register: UInt64 = ~0

    public init() {}

    /// The checksum of everything seen so far. "123456789" gives 995DC9BBDF1939FA.
    public var value: UInt64 { ~register }

    /// The checksum of a text's UTF-8 bytes.
    public static func checksum(of text: String) -> UInt64 {
        var crc = CRC64()
        crc.update(Array(text.utf8)[...])
        return crc.value
    }

    public static func checksum(of bytes: ArraySlice<UInt8>) -> UInt64 {
        var crc = CRC64()
        crc.update(bytes)
        return crc.value
    }

    /// Eight bytes at a time: table k advances a byte past k more bytes.
    public mutating func update(_ bytes: ArraySlice<UInt8>) {
        var state = register
        Self.tables.withUnsafeBufferPointer { table in
            bytes.withUnsafeBytes { buffer in
                let whole = buffer.count & ~7
                var offset = 0
                while offset < whole {
                    let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    let mixed = state ^ word
                    var next: UInt64 = 0
                    for byte in 0..<8 {
                        next ^= table[(7 - byte) << 8 | Int(truncatingIfNeeded: (mixed >> (8 * byte)) & 0xff)]
                    }
                    state = next
                    offset += 8
                }
                while offset < buffer.count {
                    let index = Int(truncatingIfNeeded: (state ^ UInt64(buffer[offset])) & 0xff)
                    state = table[index] ^ (state >> 8)
                    offset += 1
                }
            }
        }
        register = state
    }

    private static let tables: [UInt64] = {
        let reflectedPolynomial: UInt64 = 0xC96C_5795_D787_0F42
        var tables = [UInt64](repeating: 0, count: 8 << 8)
        for index in 0..<256 {
            var value = UInt64(index)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ reflectedPolynomial : value >> 1 }
            tables[index] = value
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = tables[Int(truncatingIfNeeded: previous & 0xff)] ^ (previous >> 8)
        }
        return tables
    }()
}
