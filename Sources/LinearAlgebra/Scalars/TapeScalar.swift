import CKernels

/// How a matrix enters a product.
public enum MatrixUse: Sendable { case plain, transposed, adjoint }

/// The floating-point type of a tape: `Float` or `Double`.
///
/// Its methods are the array kernels that linear primitives are made of, each one call per
/// operation per chunk. Complex arrays are interleaved pairs (re, im) of the same type, so every
/// buffer is a plain array of `Self`. All matrices are row-major; "`accumulate`" adds to the
/// output instead of overwriting it. Bounds are the caller's duty: every pointer spans at least the
/// rows × columns that the sizes name.
public protocol TapeScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
    /// What the C kernels call real and complex numbers of this precision.
    static var tag: ck_type { get }
    static var complexTag: ck_type { get }
    /// The same number; exact.
    var inDouble: Double { get }
}

extension Double: TapeScalar {
    @inlinable public static var tag: ck_type { CK_DOUBLE }
    @inlinable public static var complexTag: ck_type { CK_COMPLEX_DOUBLE }
    @inlinable public var inDouble: Double { self }
}

extension Float: TapeScalar {
    @inlinable public static var tag: ck_type { CK_SINGLE }
    @inlinable public static var complexTag: ck_type { CK_COMPLEX_SINGLE }
    @inlinable public var inDouble: Double { Double(self) }
}

extension TapeScalar {
    package static var isDouble: Bool { self == Double.self }
    /// Samples that lie side by side where so many are interleaved: 64 bytes, or 32 for few and where
    /// registers are shorter.
    package static func interleavedSamples(of samples: Int) -> Int { ck_interleaved_samples(tag, samples) }
    /// The samples of as many blocks of such samples as are needed.
    package static func wholeBlocks(_ samples: Int) -> Int {
        let block = interleavedSamples(of: samples)
        return (samples + block - 1) / block * block
    }

    @inlinable public static func tag(complex: Bool) -> ck_type { complex ? complexTag : tag }
}
