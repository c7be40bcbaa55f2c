/// A source of uniform 64-bit draws, and what is made of one draw each.
public protocol UniformDraws: RandomNumberGenerator {}

extension UniformDraws {
    /// A multiple of 2⁻⁵³ in [0, 1): one draw.
    @inline(__always)
    public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// An integer in 0 ..< bound: one draw, always.
    ///
    /// The high word of draw × bound. Each value's probability differs from 1/bound by less than
    /// 2⁻⁶⁴ (relative: bound·2⁻⁶⁴, below 2⁻⁵⁰ for bounds to 16384); rejection would make the number
    /// of draws random for no measurable gain.
    @inline(__always)
    public mutating func integer(below bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: bound)).high)
    }
}
