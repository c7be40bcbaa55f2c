import LinearAlgebra

/// log ψ_f of a factor by whole evaluations of its tape.
final class TapeAmplitudes: LogAmplitudes {
    let blockRows: Int
    private let factor: RecordedFactor
    /// One block of encoded configurations, where they are not read as they are.
    private let features = Region<Int8>(capacity: 0)

    init(_ factor: RecordedFactor, blockRows: Int) {
        precondition(blockRows > 0)
        self.factor = factor
        self.blockRows = blockRows
        if !readsCodes { features.reserve(blockRows * factor.encoder.featureCount) }
    }

    var siteCount: Int { factor.siteCount }
    var isComplex: Bool { factor.hasPhases }
    private var readsCodes: Bool { factor.encoder.encoding == .code }

    func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        factor.bringUpToDate()
        let (machine, siteCount) = (factor.machine, self.siteCount)
        machine.reserve(rows: blockRows)
        for first in stride(from: 0, to: count, by: blockRows) {
            let rows = min(blockRows, count - first)
            var input = spins + first * siteCount
            if !readsCodes {
                factor.encoder.encode(input, count: rows, into: features.pointer)
                input = UnsafePointer(features.pointer)
            }
            machine.evaluate(input, count: rows, into: logPsi + 2 * first)
        }
    }
}
