/// How a matrix enters a product.
public enum MatrixUse: Sendable {
    case plain, transposed, adjoint
}

/// The floating-point type of a tape: `Float` or `Double`.
///
/// The requirements are the array kernels that linear primitives are made of, each one call per
/// operation per chunk. Complex arrays are interleaved pairs (re, im) of the same type, so every
/// buffer is a plain array of `Self`. All matrices are row-major; "`accumulate`" adds to the
/// output instead of overwriting it. Bounds are the caller's duty: every pointer spans at least the
/// rows × columns that the sizes name.
public protocol Precision: BinaryFloatingPoint, BitwiseCopyable, Sendable {
    // Matrix products: c (m×n) = or += op(a) (m×k) · op(b) (k×n).
    static func multiply(
        _ useA: MatrixUse, _ useB: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Self>, _ leadingA: Int, _ b: UnsafePointer<Self>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Self>, _ leadingC: Int, accumulate: Bool)
    static func multiplyComplex(
        _ useA: MatrixUse, _ useB: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Self>, _ leadingA: Int, _ b: UnsafePointer<Self>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Self>, _ leadingC: Int, accumulate: Bool)

    /// c (m×n) = or += op(a) (m×k) · b (k×n), for a of elements ±1 that is transposed or not.
    static func multiplySigns(
        _ useA: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Self>, _ leadingA: Int, _ b: UnsafePointer<Self>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Self>, _ leadingC: Int, accumulate: Bool)

    /// Value and slope of an activation on `count` real numbers; `slope` may be nil, `value` may be `x`.
    static func activate(
        _ activation: Activation, _ x: UnsafePointer<Self>, value: UnsafeMutablePointer<Self>,
        slope: UnsafeMutablePointer<Self>?, count: Int)
    /// The same on `count` complex numbers; the slope is complex, or two reals where the
    /// activation acts on real and imaginary part apart.
    static func activateComplex(
        _ activation: Activation, _ x: UnsafePointer<Self>, value: UnsafeMutablePointer<Self>,
        slope: UnsafeMutablePointer<Self>?, count: Int)

    /// ln Σ_j w_j exp(x_j) for each row of `columns` numbers, without overflow; −∞ where the sum is exactly 0.
    ///
    /// - Parameters:
    ///   - weights: real, or complex as `form` says; none is 0.
    ///   - phase: for real numbers: 0 or π by the sign of the sum.
    ///   - slope: w_j exp(x_j)/Σ; 0 where the sum is.
    static func logSumExp(
        _ form: LogSumExpForm, _ x: UnsafePointer<Self>, weights: UnsafePointer<Double>,
        value: UnsafeMutablePointer<Self>?, phase: UnsafeMutablePointer<Self>?, slope: UnsafeMutablePointer<Self>?,
        rows: Int, columns: Int)
    /// y[r,v] = Σ_j slope[r,j] x[r,v,j].
    static func slopeSums(
        _ form: LogSumExpForm, _ slope: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>,
        rows: Int, vectors: Int, columns: Int)
    /// Its transpose: x[r,v,j] = or += the conjugate of slope[r,j] · y[r,v], or the real part of that.
    static func spreadSlopes(
        _ form: LogSumExpForm, _ slope: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ x: UnsafeMutablePointer<Self>,
        rows: Int, vectors: Int, columns: Int, accumulate: Bool)

    /// y[r,v,f] = or += slope[r,f] · x[r,v,f].
    static func scaleRows(
        _ slope: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>,
        rows: Int, vectors: Int, features: Int, accumulate: Bool)
    static func scaleRowsComplex(
        _ slope: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>,
        rows: Int, vectors: Int, features: Int, conjugate: Bool, accumulate: Bool)

    /// y[r,c] = or += row[c].
    static func addRow(
        _ row: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int, columns: Int, accumulate: Bool)
    /// sums[c] = or += Σ_r x[r,c].
    static func columnSums(
        _ x: UnsafePointer<Self>, _ sums: UnsafeMutablePointer<Self>, rows: Int, columns: Int, accumulate: Bool)
    /// sums[r] = or += factor · Σ_c x[r,c].
    static func rowSums(
        _ x: UnsafePointer<Self>, _ sums: UnsafeMutablePointer<Self>, rows: Int, columns: Int,
        factor: Self, complex: Bool, accumulate: Bool)
    /// y[r,c] = or += factor · v[r].
    static func broadcastRows(
        _ v: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int, columns: Int,
        factor: Self, complex: Bool, accumulate: Bool)

    /// y = or += a · x for `count` reals.
    static func combine(
        _ a: Self, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, count: Int, accumulate: Bool)
    /// y = or += (re + i·im) · x for `count` complex numbers.
    static func combineComplex(
        _ re: Self, _ im: Self, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>,
        count: Int, accumulate: Bool)
    /// y += a · x for `count` reals at the given strides (strides of 2 address real or imaginary parts).
    static func addStrided(
        _ a: Self, _ x: UnsafePointer<Self>, _ strideX: Int, _ y: UnsafeMutablePointer<Self>, _ strideY: Int,
        count: Int)

    /// Layer normalisation of rows, without scale and offset; `slope` (nil, or features + 1 reals per row) is what
    /// `normaliseTangents` reads, the derivative, which is its own transpose. Both may work in place.
    static func normaliseRows(
        _ x: UnsafePointer<Self>, value: UnsafeMutablePointer<Self>, slope: UnsafeMutablePointer<Self>?,
        rows: Int, features: Int, epsilon: Self)
    static func normaliseTangents(
        _ slope: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>,
        rows: Int, vectors: Int, features: Int, accumulate: Bool)

    /// y[g,o,v,f] = or += Σ_i a[o,i,v,head(f)] · x[g,i,v,f], with ā in place of a where `conjugate` is set.
    static func mixRows(
        _ shape: RowMixingShape, _ a: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>,
        complex: Bool, conjugate: Bool, accumulate: Bool)
    /// a[o,i,v,h] += Σ_g Σ_f x̄[g,i,f] · y[g,o,v,f] over the features of head h.
    static func addMixingCoefficients(
        _ shape: RowMixingShape, _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ a: UnsafeMutablePointer<Self>,
        complex: Bool)

    /// y[r,j] = or += x[r, index[j]], or nothing where index[j] is −1.
    static func gather(
        _ x: UnsafePointer<Self>, _ index: UnsafePointer<Int32>, _ y: UnsafeMutablePointer<Self>,
        rows: Int, stride: Int, count: Int, complex: Bool, accumulate: Bool)
    /// x[r, index[j]] += y[r,j].
    static func scatterAdd(
        _ y: UnsafePointer<Self>, _ index: UnsafePointer<Int32>, _ x: UnsafeMutablePointer<Self>,
        rows: Int, stride: Int, count: Int, complex: Bool)

    /// y[r,i] = 1 where the spins before site i leave its direction open, if `upSpins` spins are up in all; else 0.
    static func freeSites(
        _ s: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int, sites: Int, upSpins: Int)
    /// y[r, i(i−1)/2 + j] = s[r,i] s[r,j] for i > j.
    static func pairProducts(_ s: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, rows: Int, sites: Int)
    static func fromSpins(_ s: UnsafePointer<Int8>, _ x: UnsafeMutablePointer<Self>, count: Int)

    // Convolutions of periodic arrays. A sample's modes are (slot, channel); weights are (slot, in, out), slots
    // `stride` apart.

    /// Reals of working memory that these need for so many channels, in and out.
    static func convolutionScratch(_ waves: LatticeWaves, channels: Int) -> Int
    /// y = or += Aᵀ(w · A x + w₂ · modes₂) + bias for the samples of x or modes₂; also A x. The second term, the bias
    /// and either result may be nil.
    ///
    /// - Parameters:
    ///   - adjoint: the weights are (slot, out, in), and each is the adjoint of what it is otherwise.
    ///   - interleaved: whether x and y lie element by element with `interleavedSamples` samples side by side; then without
    ///     gaps, with whole blocks of samples, and y is overwritten.
    static func convolve(
        _ waves: LatticeWaves, _ x: (elements: UnsafePointer<Self>, stride: Int)?,
        weights: (modes: UnsafePointer<Self>, stride: Int), adjoint: Bool,
        adding second: (modes: UnsafePointer<Self>, weights: UnsafePointer<Self>, stride: Int)?,
        bias: UnsafePointer<Self>?, modes: UnsafeMutablePointer<Self>?,
        _ y: (elements: UnsafeMutablePointer<Self>, stride: Int)?, accumulate: Bool,
        channels: (in: Int, out: Int), samples: Int, interleaved: (x: Bool, y: Bool),
        scratch: UnsafeMutablePointer<Self>)
    /// A x.
    static func modes(
        _ waves: LatticeWaves, _ x: UnsafePointer<Self>, channels: Int, samples: Int,
        into modes: UnsafeMutablePointer<Self>, scratch: UnsafeMutablePointer<Self>)
    /// weights += Σ x† ⊗ y, mode by mode, over samples whose modes are x and y; 64 bytes after those of y are readable.
    static func addModeProducts(
        _ waves: LatticeWaves, _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, channels: (in: Int, out: Int),
        samples: Int, to weights: UnsafeMutablePointer<Self>, stride: Int)
    /// weights = modes of a kernel whose rows (out, in) lie `kernelStride` apart, ready for `convolve`.
    static func kernelToWeights(
        _ waves: LatticeWaves, _ kernel: UnsafePointer<Self>, kernelStride: Int, channels: (in: Int, out: Int),
        _ weights: UnsafeMutablePointer<Self>, stride: Int, scratch: UnsafeMutablePointer<Self>)
    /// kernel += the transpose of that.
    static func weightsToKernel(
        _ waves: LatticeWaves, _ weights: UnsafePointer<Self>, stride: Int, channels: (in: Int, out: Int),
        addingTo kernel: UnsafeMutablePointer<Self>, kernelStride: Int, scratch: UnsafeMutablePointer<Self>)

    // Kernels that are rotations of others. Features are channels without the point operations; unrotated weights are
    // (slot, feature in, feature out, operation).

    /// The weights of all channels.
    static func rotateWeights(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int),
        _ unrotated: UnsafePointer<Self>, stride unrotatedStride: Int, into weights: UnsafeMutablePointer<Self>,
        stride: Int)
    /// unrotated += the transpose of that.
    static func rotateWeightsBack(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int),
        _ weights: UnsafePointer<Self>, stride: Int, addingTo unrotated: UnsafeMutablePointer<Self>,
        stride unrotatedStride: Int)
    /// Reals of working memory for the function below.
    static func rotatedProductsScratch(_ rotations: ModeRotations, features: (in: Int, out: Int)) -> Int
    /// unrotated += the transpose of x† ⊗ y for the modes x and y of one sample.
    static func addRotatedProducts(
        _ waves: LatticeWaves, _ rotations: ModeRotations, features: (in: Int, out: Int), _ x: UnsafePointer<Self>,
        _ y: UnsafePointer<Self>, to unrotated: UnsafeMutablePointer<Self>, stride: Int,
        scratch: UnsafeMutablePointer<Self>)

    /// y[r,j] = offset[j] + Σ_i s[r,i] w[i,j] for `count` configurations, in double.
    static func signedSums(
        offset: UnsafePointer<Self>?, _ w: UnsafePointer<Self>, _ s: UnsafePointer<Int8>,
        _ y: UnsafeMutablePointer<Double>, count: Int, sites: Int, columns: Int)
    /// y[j] = x[j] − 2 Σ_k s[k] w[k,j] over the flipped sites k: such sums after flips of the configuration s.
    static func flippedSums(
        _ x: UnsafePointer<Double>, _ w: UnsafePointer<Self>, _ s: UnsafePointer<Int8>,
        _ sites: UnsafePointer<Int32>, flips: Int, _ y: UnsafeMutablePointer<Self>, columns: Int)
    /// The same in place.
    static func flipSums(
        _ x: UnsafeMutablePointer<Double>, _ w: UnsafePointer<Self>, _ s: UnsafePointer<Int8>,
        _ sites: UnsafePointer<Int32>, flips: Int, columns: Int)

    /// Blocks of vectors between parameter order (vector-major, double) and tape order:
    /// y[r,v,f] = x[v·stride + r·features + f].
    static func blockIn(
        _ x: UnsafePointer<Double>, stride: Int, _ y: UnsafeMutablePointer<Self>,
        rows: Int, vectors: Int, features: Int)
    static func blockOut(
        _ y: UnsafePointer<Self>, _ x: UnsafeMutablePointer<Double>, stride: Int,
        rows: Int, vectors: Int, features: Int, accumulate: Bool)
    /// y = x rounded to single precision, for `count` reals.
    static func narrow(_ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Float>, count: Int)

    /// u[r] = Σ_j rows[r,j] x[j], with sums in double.
    static func rowProducts(
        _ rows: UnsafePointer<Self>, _ x: UnsafePointer<Double>, _ u: UnsafeMutablePointer<Double>,
        count: Int, columns: Int)
    /// y[j] += Σ_r u[r] rows[r,j], with sums in double.
    static func addRows(
        _ rows: UnsafePointer<Self>, _ u: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>,
        count: Int, columns: Int)
}

extension Precision {
    package static var isDouble: Bool { self == Double.self }
    /// Samples that lie side by side where they are interleaved: 64 bytes.
    package static var interleavedSamples: Int { 64 / MemoryLayout<Self>.stride }
    /// The samples of as many blocks of such samples as are needed.
    package static func wholeBlocks(_ samples: Int) -> Int {
        (samples + interleavedSamples - 1) / interleavedSamples * interleavedSamples
    }
}
