import LinearAlgebra

/// log ψ_f of a factor by whole evaluations of its tape, in blocks of a fixed number of rows.
final class TapeAmplitudes: LogAmplitudes {
    let blockRows: Int
    private let factor: RecordedFactor
    private let paddedSpins: Region<Int8>
    private let paddedResults: Region<Double>

    init(_ factor: RecordedFactor, blockRows: Int) {
        precondition(blockRows > 0)
        self.factor = factor
        self.blockRows = blockRows
        paddedSpins = Region(capacity: blockRows * factor.siteCount)
        paddedResults = Region(capacity: 2 * blockRows)
    }

    var siteCount: Int { factor.siteCount }
    var isComplex: Bool { factor.hasPhases }

    func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        factor.bringUpToDate()
        let (machine, siteCount) = (factor.machine, self.siteCount)
        var first = 0
        while first < count {
            let rows = min(blockRows, count - first)
            let block = spins + first * siteCount
            if rows == blockRows {
                machine.evaluate(block, count: blockRows, into: logPsi + 2 * first)
            } else {
                for row in 0..<blockRows {
                    (paddedSpins.pointer + row * siteCount).update(
                        from: block + (row < rows ? row : 0) * siteCount, count: siteCount)
                }
                machine.evaluate(paddedSpins.pointer, count: blockRows, into: paddedResults.pointer)
                (logPsi + 2 * first).update(from: paddedResults.pointer, count: 2 * rows)
            }
            first += rows
        }
    }
}
