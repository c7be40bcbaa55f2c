internal import CMPI

/// The MPI datatype of a Swift type.
public struct MPIDatatype: Sendable, Equatable {
    let code: cmpi_datatype

    static let int8 = MPIDatatype(code: CMPI_INT8)
    static let uint8 = MPIDatatype(code: CMPI_UINT8)
    static let int32 = MPIDatatype(code: CMPI_INT32)
    static let uint32 = MPIDatatype(code: CMPI_UINT32)
    static let int64 = MPIDatatype(code: CMPI_INT64)
    static let uint64 = MPIDatatype(code: CMPI_UINT64)
    static let float = MPIDatatype(code: CMPI_FLOAT)
    static let double = MPIDatatype(code: CMPI_DOUBLE)

    /// Bytes of one element as MPI sees it (`MPI_Type_size`). Needs an initialised MPI.
    package func size() throws(MPIError) -> Int {
        var size: Int32 = 0
        try MPIError.check(cmpi_datatype_size(code, &size), "MPI_Type_size")
        return Int(size)
    }
}

/// A number that MPI can send and reduce. Its layout is that of exactly one MPI datatype.
public protocol MPIScalar: BitwiseCopyable, Sendable, AdditiveArithmetic {
    static var mpiDatatype: MPIDatatype { get }
}

extension Int8: MPIScalar { public static var mpiDatatype: MPIDatatype { .int8 } }
extension UInt8: MPIScalar { public static var mpiDatatype: MPIDatatype { .uint8 } }
extension Int32: MPIScalar { public static var mpiDatatype: MPIDatatype { .int32 } }
extension UInt32: MPIScalar { public static var mpiDatatype: MPIDatatype { .uint32 } }
extension Int64: MPIScalar { public static var mpiDatatype: MPIDatatype { .int64 } }
extension UInt64: MPIScalar { public static var mpiDatatype: MPIDatatype { .uint64 } }
extension Int: MPIScalar {
    public static var mpiDatatype: MPIDatatype {
        MemoryLayout<Int>.size == 8 ? .int64 : .int32
    }
}
extension Float: MPIScalar { public static var mpiDatatype: MPIDatatype { .float } }
extension Double: MPIScalar { public static var mpiDatatype: MPIDatatype { .double } }

/// What an allreduce does with the values of the ranks.
public enum ReductionOperation: Sendable {
    case sum, maximum, minimum

    var code: cmpi_operation {
        switch self {
        case .sum: CMPI_SUM
        case .maximum: CMPI_MAXIMUM
        case .minimum: CMPI_MINIMUM
        }
    }
}
