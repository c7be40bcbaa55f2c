import Foundation
import LinearAlgebra

/// A rotation of all spins about y, exp(−iβ S^y), and what it makes of the pairings of a product of pairs:
/// F ← R F Rᵀ with R = ((c, −s), (s, c)) on the blocks of up and down modes, c = cos β/2, s = sin β/2.
///
/// Mode i is up and mode N + i down on site i; F is antisymmetric, its upper triangle packed by rows.
public struct PairRotation: Sendable, Hashable {
    /// β.
    public let angle: Double
    let cosine: Double
    let sine: Double

    public init(angle: Double) {
        self.angle = angle
        // The identity is exact.
        cosine = angle == 0 ? 1 : cos(angle / 2)
        sine = angle == 0 ? 0 : sin(angle / 2)
    }

    public static let identity = PairRotation(angle: 0)

    /// Also the transpose in the sum over i < j of products of entries.
    var inverse: PairRotation { PairRotation(angle: -angle) }

    /// y += R F Rᵀ for packed F of M modes.
    ///
    /// - Parameter modes: M, even unless the angle is 0.
    @_specialize(where R == Double) @_specialize(where R == Float)
    func add<R: TapeScalar>(
        _ pairing: UnsafePointer<R>, to y: UnsafeMutablePointer<R>, modes: Int, complex: Bool
    ) {
        let width = complex ? 2 : 1
        guard sine != 0 else {
            for place in 0..<width * modes * (modes - 1) / 2 { y[place] += pairing[place] }
            return
        }
        let sites = modes / 2
        let (cc, ss, cs) = (R(cosine * cosine), R(sine * sine), R(cosine * sine))
        func row(_ i: Int) -> Int { i * (2 * modes - i - 1) / 2 - i - 1 }
        for i in 0..<sites {
            let (upper, lower) = (row(i), row(sites + i))
            let own = width * (upper + sites + i)
            for part in own..<own + width { y[part] += pairing[part] }
            for j in i + 1..<max(i + 1, sites) {
                let upUp = width * (upper + j)
                let downDown = width * (lower + sites + j)
                let forth = width * (upper + sites + j)
                let back = width * (row(j) + sites + i)
                for part in 0..<width {
                    let (a, d) = (pairing[upUp + part], pairing[downDown + part])
                    let (b, t) = (pairing[forth + part], pairing[back + part])
                    y[upUp + part] += cc * a + cs * (t - b) + ss * d
                    y[downDown + part] += ss * a + cs * (b - t) + cc * d
                    y[forth + part] += cc * b + ss * t + cs * (a - d)
                    y[back + part] += cc * t + ss * b - cs * (a - d)
                }
            }
        }
    }
}
