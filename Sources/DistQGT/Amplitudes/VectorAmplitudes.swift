import Foundation

/// A wave function that is given by its amplitudes on all states of a numbered basis, as an eigenvector is. Local.
public final class VectorAmplitudes: LogAmplitudes {
    public let blockRows = 64
    /// Signs are phases, too.
    public let isComplex = true
    private let numbering: BasisNumbering
    private let width: Int
    private let vector: [Double]

    public var siteCount: Int { numbering.space.siteCount }

    /// - Parameters:
    ///   - vector: ψ of the states in the order of the basis, (re, im) in turn where it is complex. Need not be normalised.
    /// - Precondition: one amplitude for each state.
    public init(_ vector: [Double], isComplex: Bool, numbering: BasisNumbering) {
        precondition(vector.count == numbering.dimension * (isComplex ? 2 : 1), "one amplitude for each state")
        self.vector = vector
        width = isComplex ? 2 : 1
        self.numbering = numbering
    }

    /// log ψ of codes; −∞ outside the space. The sign of a real ψ is a phase of 0 or π.
    public func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        for row in 0..<count {
            var (x, y) = (0.0, 0.0)
            if let state = numbering.rank(of: spins + row * siteCount) {
                x = vector[width * state]
                y = width == 2 ? vector[2 * state + 1] : 0
            }
            logPsi[2 * row] = log(hypot(x, y))
            logPsi[2 * row + 1] = x == 0 && y == 0 ? 0 : atan2(y, x)
        }
    }
}
