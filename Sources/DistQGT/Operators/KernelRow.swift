/// Where a walker of a projection stands: the row of the importance-sampled Hamiltonian G_{x′x} = ψ(x′) H_{x′x}/ψ(x) of its
/// configuration x, summed up, and the configuration that it goes to next.
public struct KernelRow: BitwiseCopyable, Sendable, Equatable {
    /// E_loc(x) = Σ_{x′} G_{x′x}, the real part.
    public var energy = 0.0
    /// The rate at which the walker leaves x: −Σ G_{x′x} over the x′ ≠ x with G_{x′x} < 0.
    public var rate = 0.0
    /// Σ |Im G_{x′x}|/Σ |G_{x′x}| over x′ ≠ x: 0 where G is real.
    public var phase = 0.0
    /// The next configuration, as `ImportanceSampledKernel.apply` takes it; −1 where there is none.
    public var move: Int32 = -1
    /// How many x′ ≠ x that H connects with x are not gone to: where G_{x′x} > 0, and where ψ(x′) is 0 up to rounding. What the
    /// fixed node drops.
    public var wrongSigns: Int32 = 0

    public init() {}

    /// Share of Σ |G| below which an element is rounding.
    private static let rounding = 1e-12

    /// Whether an element of H of this row is dropped.
    ///
    /// - Parameters:
    ///   - product: Re G.
    ///   - modulus: Σ |G|.
    @inline(__always)
    static func drops(_ product: Double, of modulus: Double) -> Bool { product >= -rounding * modulus }
}
