/// Sites as messages write them: 0 to 3, 7, 9 to 12.
struct SiteRanges: CustomStringConvertible {
    /// So many ranges are written out.
    private static let shown = 6
    let description: String

    /// - Parameter sites: ascending.
    init(_ sites: [Int]) {
        var ranges: [ClosedRange<Int>] = []
        for site in sites {
            if let last = ranges.last, last.upperBound + 1 == site {
                ranges[ranges.count - 1] = last.lowerBound...site
            } else {
                ranges.append(site...site)
            }
        }
        let texts = ranges.prefix(Self.shown).map {
            switch $0.count {
            case 1: "\($0.lowerBound)"
            case 2: "\($0.lowerBound), \($0.upperBound)"
            default: "\($0.lowerBound) to \($0.upperBound)"
            }
        }
        let rest = ranges.count > Self.shown ? ", …, \(ranges[ranges.count - 1].upperBound)" : ""
        description = texts.joined(separator: ", ") + rest
    }
}
