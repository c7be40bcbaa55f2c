/// A bound on the size of a YAML document after its aliases are unfolded.
///
/// Ten nested anchors of ten aliases each make a small file into 10^10 values ("billion laughs"),
/// so the bound is taken from the text, before anything is built.
enum YAMLExpansion {
    /// The largest growth through aliases that is accepted, in characters.
    static let limit = 32 << 20

    /// Whether aliases add no more than `limit` characters to the text.
    ///
    /// An anchored value ends before the first alias to it. So the text from the anchor to that
    /// alias, itself with its aliases unfolded, is at least as long as what each alias stands for.
    static func isBounded(_ text: String) -> Bool {
        // Most documents have no aliases.
        guard text.utf8.contains(UInt8(ascii: "*")) else { return true }
        struct Anchor {
            var start: Int
            var size: Int?
        }
        var anchors: [ArraySlice<UInt8>: Anchor] = [:]
        var unfolded = 0
        var growth = 0
        let bytes = Array(text.utf8)
        var position = 0
        var startsWord = true
        while position < bytes.count {
            let byte = bytes[position]
            let isIndicator = byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")
            guard startsWord, isIndicator else {
                startsWord = separators.contains(byte)
                position += 1
                unfolded += 1
                continue
            }
            var end = position + 1
            while end < bytes.count, !separators.contains(bytes[end]) { end += 1 }
            let name = bytes[(position + 1)..<end]
            unfolded += end - position
            position = end
            startsWord = false
            if byte == UInt8(ascii: "&") {
                // A name given twice may be an outer value's: keep the earliest start.
                anchors[name] = Anchor(start: anchors[name]?.start ?? unfolded, size: nil)
            } else if var anchor = anchors[name] {
                let size = anchor.size ?? unfolded - anchor.start
                anchor.size = size
                anchors[name] = anchor
                unfolded += size
                growth += size
                if growth > limit { return false }
            }
        }
        return true
    }

    private static let separators = Set(" \t\r\n,:[]{}?-\"'".utf8)
}
