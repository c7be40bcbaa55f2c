/// The data type of a network's parameters, by the name that configurations use.
public enum DataType: String, Sendable, CaseIterable {
    case float32, float64, complex64, complex128

    public var isComplex: Bool { self == .complex64 || self == .complex128 }
    /// Whether a real and an imaginary part are single precision numbers.
    public var isSingle: Bool { self == .float32 || self == .complex64 }
    /// The real type of the same precision.
    public var real: DataType { isSingle ? .float32 : .float64 }
    /// The complex type of the same precision.
    public var complex: DataType { isSingle ? .complex64 : .complex128 }
}
