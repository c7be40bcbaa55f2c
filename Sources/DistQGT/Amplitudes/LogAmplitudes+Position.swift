extension LogAmplitudes {
    /// Evaluates log ψ of rows as if they stood at positions `first`, `first + 1`, … of one long call,
    /// so that their bits do not depend on where a rank's share of that call begins.
    ///
    /// - Parameters:
    ///   - spins: `count × siteCount` values ±1, row-major.
    ///   - first: global number of the first row.
    ///   - logPsi: `2 × count` values, real and imaginary part in turn.
    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, firstPosition first: Int,
        into logPsi: UnsafeMutablePointer<Double>
    ) {
        guard count > 0 else { return }
        let padding = first % blockRows
        let head = padding == 0 ? 0 : min(count, blockRows - padding)
        if head > 0 {
            // The rows up to the first block boundary, behind copies of the first of them.
            var rows = [Int8](repeating: 0, count: (padding + head) * siteCount)
            var values = [Double](repeating: 0, count: 2 * (padding + head))
            rows.withUnsafeMutableBufferPointer { rows in
                values.withUnsafeMutableBufferPointer { values in
                    guard let base = rows.baseAddress, let output = values.baseAddress else { return }
                    for row in 0..<padding {
                        (base + row * siteCount).update(from: spins, count: siteCount)
                    }
                    (base + padding * siteCount).update(from: spins, count: head * siteCount)
                    evaluate(base, count: padding + head, into: output)
                    logPsi.update(from: output + 2 * padding, count: 2 * head)
                }
            }
        }
        if head < count {
            evaluate(spins + head * siteCount, count: count - head, into: logPsi + 2 * head)
        }
    }
}
