/// The coefficients of terms of one kind: the same for all, or one for each in the order of their bonds or sites.
public enum Couplings: Sendable, Equatable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral
{
    case uniform(Double)
    case each([Double])

    public init(floatLiteral value: Double) { self = .uniform(value) }
    public init(integerLiteral value: Int) { self = .uniform(Double(value)) }
    public init(arrayLiteral elements: Double...) { self = .each(elements) }

    /// One coefficient for each of `count` terms.
    ///
    /// - Throws: `OperatorError.wrongNumberOfCoefficients`, `.coefficientNotFinite`.
    func values(count: Int, _ name: String) throws(OperatorError) -> [Double] {
        let values: [Double]
        switch self {
        case .uniform(let value):
            guard value.isFinite else { throw .coefficientNotFinite(term: name) }
            values = [Double](repeating: value, count: count)
        case .each(let all): values = all
        }
        guard values.count == count else {
            throw .wrongNumberOfCoefficients(name: name, found: values.count, expected: count)
        }
        for (index, value) in values.enumerated() where !value.isFinite {
            throw .coefficientNotFinite(term: "\(name)[\(index)]")
        }
        return values
    }

    /// Whether all of them are 0.
    var vanish: Bool {
        switch self {
        case .uniform(let value): value == 0
        case .each(let values): values.allSatisfy { $0 == 0 }
        }
    }

    /// The coefficients in other units.
    func scaled(by factor: Double) -> Couplings {
        switch self {
        case .uniform(let value): .uniform(value * factor)
        case .each(let values): .each(values.map { $0 * factor })
        }
    }
}
