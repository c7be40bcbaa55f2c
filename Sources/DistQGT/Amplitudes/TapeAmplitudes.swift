/// log ψ_f of a factor by whole evaluations of its tape.
final class TapeAmplitudes: LogAmplitudes {
    let blockRows: Int
    private let factor: RecordedFactor

    init(_ factor: RecordedFactor, blockRows: Int) {
        precondition(blockRows > 0)
        self.factor = factor
        self.blockRows = blockRows
    }

    var siteCount: Int { factor.siteCount }
    var isComplex: Bool { factor.hasPhases }

    func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        factor.bringUpToDate()
        let (machine, siteCount) = (factor.machine, self.siteCount)
        machine.reserve(rows: blockRows)
        for first in stride(from: 0, to: count, by: blockRows) {
            machine.evaluate(
                spins + first * siteCount, count: min(blockRows, count - first), into: logPsi + 2 * first)
        }
    }
}
