/// The known name that an unknown one was probably meant to be.
enum NearestName {
    /// The nearest of `names`, or nil if none is near enough to be what was meant.
    static func of(_ name: String, among names: [String]) -> String? {
        let lowered = Array(name.lowercased())
        guard lowered.count <= 64 else { return nil }
        let nearest = names.map { ($0, distance(lowered, Array($0.lowercased()))) }.min { $0.1 < $1.1 }
        guard let (candidate, edits) = nearest, edits <= max(1, min(name.count, candidate.count) / 2) else {
            return nil
        }
        return candidate
    }

    /// A question for messages, "; did you mean 'chains'?", or nothing.
    static func hint(_ name: String, among names: [String]) -> String {
        of(name, among: names).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// The number of insertions, deletions, substitutions and swaps of neighbours that lead from one
    /// word to the other (optimal string alignment).
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
