/// Rows of a block of vectors, the vectors side by side, of which a multiple is added to another: the loop of H·x.
///
/// Rows are made of whole `Vector`s; complex numbers are (re, im) in turn.
enum BlockRow {
    /// target += element · source.
    @inline(__always)
    static func add<Vector: SIMD<Double>>(
        _ element: Double, _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, byteCount: Int,
        _ vector: Vector.Type
    ) {
        for byte in stride(from: 0, to: byteCount, by: MemoryLayout<Vector>.stride) {
            let value = source.loadUnaligned(fromByteOffset: byte, as: Vector.self)
            let sum = target.loadUnaligned(fromByteOffset: byte, as: Vector.self) + element * value
            target.storeBytes(of: sum, toByteOffset: byte, as: Vector.self)
        }
    }

    /// The same of complex numbers.
    @inline(__always)
    static func addComplex<Vector: SIMD<Double>>(
        _ element: (real: Double, imaginary: Double), _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer,
        byteCount: Int, _ vector: Vector.Type
    ) {
        for byte in stride(from: 0, to: byteCount, by: MemoryLayout<Vector>.stride) {
            let value = source.loadUnaligned(fromByteOffset: byte, as: Vector.self)
            var timesI = value
            for pair in 0..<Vector.scalarCount / 2 {
                timesI[2 * pair] = -value[2 * pair + 1]
                timesI[2 * pair + 1] = value[2 * pair]
            }
            let sum =
                target.loadUnaligned(fromByteOffset: byte, as: Vector.self)
                + (element.real * value + element.imaginary * timesI)
            target.storeBytes(of: sum, toByteOffset: byte, as: Vector.self)
        }
    }
}
