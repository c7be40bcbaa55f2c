import CKernels

/// Reproducible random numbers for the kernel tests (SplitMix64).
package struct KernelRandom: RandomNumberGenerator {
    package var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    package mutating func array<R: BinaryFloatingPoint>(_ count: Int, of type: R.Type) -> [R]
    where R.RawSignificand: FixedWidthInteger {
        (0..<count).map { _ in R.random(in: -1...1, using: &self) }
    }
}

/// |value − exact| in units in the last place of `scale` (default: of the exact result). NaN compares as
/// 0 with NaN and as infinite with anything else; an exact result out of range must come out infinite.
package func kernelUlps<R: BinaryFloatingPoint>(_ value: R, _ exact: Double, scale: Double? = nil) -> Double {
    if exact.isNaN || value.isNaN { return exact.isNaN && value.isNaN ? 0 : .infinity }
    let rounded = R(exact)
    if rounded.isInfinite || value.isInfinite { return rounded == value ? 0 : .infinity }
    let unit = Swift.max(R(abs(scale ?? exact)).ulp, R.leastNonzeroMagnitude)
    return abs(Double(value) - exact) / Double(unit)
}

/// The largest difference of two arrays relative to the largest entry of the second.
package func kernelDifference<R: BinaryFloatingPoint>(_ x: [R], _ y: [R]) -> Double {
    guard x.count == y.count else { return .infinity }
    var largest = 0.0
    var difference = 0.0
    for (a, b) in zip(x, y) {
        largest = max(largest, abs(Double(b)))
        let d = abs(Double(a) - Double(b))
        difference = d.isNaN ? .infinity : max(difference, d)
    }
    return largest == 0 ? difference : difference / largest
}

package func kernelDot<R: BinaryFloatingPoint>(_ x: [R], _ y: [R]) -> Double {
    zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// An activation kernel called with arrays: value and slope of `x`.
package struct KernelFunction<R: BinaryFloatingPoint>: Sendable {
    package typealias Kernel =
        @Sendable (UnsafePointer<R>?, UnsafeMutablePointer<R>?, UnsafeMutablePointer<R>?, Int) -> Void

    private enum Source {
        case function(Kernel)
        case activation(ck_activation, ck_type)
    }

    private let source: Source
    /// Reals per element: 2 for complex numbers.
    package let width: Int

    package init(_ kernel: @escaping Kernel, width: Int = 1) {
        source = .function(kernel)
        self.width = width
    }

    /// An activation of real or complex numbers of the precision of `R`.
    package init(_ activation: ck_activation, _ type: ck_type) {
        source = .activation(activation, type)
        width = type == CK_COMPLEX_DOUBLE || type == CK_COMPLEX_SINGLE ? 2 : 1
    }

    /// Value and slope of `count` numbers; either may be nil.
    package func kernel(
        _ x: UnsafePointer<R>?, _ value: UnsafeMutablePointer<R>?, _ slope: UnsafeMutablePointer<R>?, _ count: Int
    ) {
        switch source {
        case .function(let function): function(x, value, slope, count)
        case .activation(let activation, let type): ck_activate(type, activation, x, value, slope, count)
        }
    }

    package func callAsFunction(_ x: [R]) -> (value: [R], slope: [R]) {
        var value = [R](repeating: .nan, count: x.count)
        var slope = value
        kernel(x, &value, &slope, x.count / width)
        return (value, slope)
    }
}
