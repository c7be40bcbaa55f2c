/// A JSON document as a tree.
///
/// Foundation's JSON types lose the order of keys, refuse to write NaN as null, and are slow on the
/// long arrays of numbers that this program reads and writes: hence this one.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent that fits an Int.
    case integer(Int)
    /// Any other number. NaN and infinities are written as null: JSON has no others.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// An array of numbers.
    public init(_ values: [Double]) { self = .array(values.map { .number($0) }) }

    public init(_ values: [Int]) { self = .array(values.map { .integer($0) }) }

    /// A number, or null for nil.
    public init(_ value: Double?) { self = value.map { .number($0) } ?? .null }

    public var isNull: Bool { self == .null }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The value of a number of either kind.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The numbers of an array, null read as NaN; nil if this is anything else.
    public var numbers: [Double]? {
        guard case .array(let elements) = self else { return nil }
        var result: [Double] = []
        result.reserveCapacity(elements.count)
        for element in elements {
            if let number = element.number {
                result.append(number)
            } else if element.isNull {
                result.append(.nan)
            } else {
                return nil
            }
        }
        return result
    }

    /// The member of an object; nil if there is none, or this is no object.
    public subscript(key: String) -> JSONValue? { object?[key] }

    /// The element of an array; nil if there is none, or this is no array.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}
