import LinearAlgebra

/// An entry of a table: the number of a parameter, and whether it has the other sign; nil for 0.
package typealias ParameterEntry = (parameter: Int, isNegated: Bool)?

/// Entries that are parameters of a factor, once or several times: what walkers read, brought up to date when parameters
/// change. Shared by all walkers of a factor.
package final class ExpandedParameters<S: MatrixScalar> {
    package let count: Int
    private let factor: RecordedFactor
    private let offset: Int
    private let parameters: UnsafeMutablePointer<Int32>
    private let signs: UnsafeMutablePointer<Double>
    private let values: UnsafeMutablePointer<S>
    /// Of the parameters that the entries are of.
    package private(set) var version: Int?
    private let memory = BufferSet()

    /// - Parameter leaf: whose parameters the entries are.
    package init(_ factor: RecordedFactor, leaf: String, entries: [ParameterEntry]) {
        self.factor = factor
        offset = factor.offset(of: leaf)
        count = entries.count
        parameters = memory.filled(with: 0, count: max(1, count))
        signs = memory.filled(with: 0, count: max(1, count))
        values = memory.filled(with: .zero, count: max(1, count))
        for (place, entry) in entries.enumerated() {
            guard let entry else { continue }
            parameters[place] = Int32(truncatingIfNeeded: entry.parameter)
            signs[place] = entry.isNegated ? -1 : 1
        }
    }

    /// All entries at the factor's present parameters.
    package func upToDate() -> UnsafePointer<S> {
        factor.bringUpToDate()
        if version != factor.parameterVersion {
            version = factor.parameterVersion
            let all: UnsafePointer<S> = S.numbers(factor.parameters.pointer + offset)
            for place in 0..<count { values[place] = all[Int(parameters[place])].scaled(by: signs[place]) }
        }
        return UnsafePointer(values)
    }
}
