import CHDF5

/// The element types that datasets and attributes are read and written with.
/// `complex64` and `complex128` are compounds {r, i}: the types h5py gives NumPy's of the same names.
public enum HDF5ElementType: String, Sendable {
    case int8, int32, int64, uint64, float32, float64, complex64, complex128, string
    /// Any other type; it can be seen but not read.
    case other

    package var code: Int32 {
        switch self {
        case .int8: Int32(CHDF5_INT8)
        case .int32: Int32(CHDF5_INT32)
        case .int64: Int32(CHDF5_INT64)
        case .uint64: Int32(CHDF5_UINT64)
        case .float32: Int32(CHDF5_FLOAT32)
        case .float64: Int32(CHDF5_FLOAT64)
        case .complex64: Int32(CHDF5_COMPLEX64)
        case .complex128: Int32(CHDF5_COMPLEX128)
        case .string: Int32(CHDF5_STRING)
        case .other: Int32(CHDF5_OTHER)
        }
    }

    package init(code: Int32) {
        let all: [HDF5ElementType] = [
            .int8, .int32, .int64, .uint64, .float32, .float64, .complex64, .complex128, .string,
        ]
        self = all.first { $0.code == code } ?? .other
    }

    /// Bytes of one element in a file; strings take at least one.
    package var size: Int {
        switch self {
        case .int8, .string, .other: 1
        case .int32, .float32: 4
        case .int64, .uint64, .float64, .complex64: 8
        case .complex128: 16
        }
    }
}

/// A Swift number that is one HDF5 element, or half of a complex one.
public protocol HDF5Scalar: BitwiseCopyable, Sendable {
    static var zero: Self { get }
    static var hdf5Type: HDF5ElementType { get }
    /// The complex type with components of this type, if there is one.
    static var hdf5ComplexType: HDF5ElementType? { get }
}

extension HDF5Scalar {
    public static var hdf5ComplexType: HDF5ElementType? { nil }
}

extension Int8: HDF5Scalar { public static var hdf5Type: HDF5ElementType { .int8 } }
extension Int32: HDF5Scalar { public static var hdf5Type: HDF5ElementType { .int32 } }
extension Int64: HDF5Scalar { public static var hdf5Type: HDF5ElementType { .int64 } }
extension UInt64: HDF5Scalar { public static var hdf5Type: HDF5ElementType { .uint64 } }
extension Float: HDF5Scalar {
    public static var hdf5Type: HDF5ElementType { .float32 }
    public static var hdf5ComplexType: HDF5ElementType? { .complex64 }
}
extension Double: HDF5Scalar {
    public static var hdf5Type: HDF5ElementType { .float64 }
    public static var hdf5ComplexType: HDF5ElementType? { .complex128 }
}
