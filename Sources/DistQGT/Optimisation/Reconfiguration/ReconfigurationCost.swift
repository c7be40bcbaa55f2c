import Foundation
import LinearAlgebra

/// An estimate of what solving the SR equation of a step takes on the rank with most samples: what a choice between
/// solvers and strategies is made on.
///
/// Multiplications count as dense matrix products run them; what is bound by memory counts for more. The
/// iterations of a solve are not known beforehand: see `assumedIterations`.
public struct ReconfigurationCost: Sendable, Equatable {
    /// Typical of SR: 100 at a shift of 0.01 to a residual of 10⁻⁶, as many more as the root of the condition number grows,
    /// and as the logarithm of the residual falls.
    public static func assumedIterations(shift: Double, tolerance: Double = 1e-6) -> Int {
        guard shift > 0 else { return 10_000 }
        let share = min(1, max(0.1, log(2 / tolerance) / log(2 / 1e-6)))
        return Int(min(10_000, max(30, 100 * share * (0.01 / shift).squareRoot())))
    }
    /// A multiplication with a matrix entry that is read from memory once, in those of a matrix product.
    fileprivate static let streamed = 6.0
    /// A number that is looked up or added to by index, likewise.
    fileprivate static let indexed = 16.0

    /// On the critical path of one solve.
    public let multiplications: Double
    /// Of matrices, of rows of the Jacobian, and of copies.
    public let bytes: Int

    public init(multiplications: Double, bytes: Int) {
        self.multiplications = multiplications
        self.bytes = bytes
    }

    /// Of an iterative solver.
    ///
    /// - Parameter inSinglePrecision: whether products with the Jacobian are.
    public static func iterations(
        _ iterations: Int, _ work: ReconfigurationWork, _ problem: ReconfigurationProblem, inSinglePrecision: Bool
    ) -> ReconfigurationCost {
        let (local, iterations) = (Double(problem.distribution.local), Double(iterations))
        let components = Double(problem.components)
        let pass = problem.tapeProduct
        guard work == .products else {
            let entries = local * components * Double(problem.size)
            return ReconfigurationCost(
                multiplications: kernel(problem) + iterations * streamed * entries + pass,
                bytes: .bytes(ofReals: 1, problem.size, problem.size))
        }
        // Single precision halves what is read and doubles the rate.
        let factor = inSinglePrecision ? 0.5 : 1
        // The vectors of parameters, and what leads into sample space and back.
        let rest =
            iterations * 4 * Double(problem.parameters) + (problem.strategy.space == .samples ? pass : 0)
        guard problem.strategy.storesRows else {
            return ReconfigurationCost(multiplications: iterations * factor * pass + rest, bytes: 0)
        }
        let entries = local * components * Double(problem.parameters)
        let made = components * pass / 2 + streamed * entries
        return ReconfigurationCost(
            multiplications: made + iterations * factor * streamed * entries + rest,
            bytes: StoredJacobian.bytes(
                samples: problem.distribution.local, parameters: problem.parameters, components: problem.components,
                isSingle: inSinglePrecision))
    }

    /// Of a factorisation.
    public static func factorisation(_ problem: ReconfigurationProblem) -> ReconfigurationCost {
        let size = Double(problem.size)
        let made: Double
        let bytes: Int
        switch problem.strategy.space {
        case .parameters:
            let components = Double(problem.components)
            let entries = Double(problem.distribution.local) * components * size
            made = components * problem.tapeProduct / 2 + streamed * entries + entries * size
            bytes =
                .bytes(ofReals: 2, problem.size, problem.size)
                + .bytes(ofReals: problem.distribution.local, problem.components, problem.size)
        case .samples:
            made = kernel(problem) + problem.tapeProduct
            bytes = .bytes(ofReals: 3, problem.size, problem.size)
        }
        return ReconfigurationCost(multiplications: made + size * size * size / 3, bytes: bytes)
    }

    private static func kernel(_ problem: ReconfigurationProblem) -> Double {
        Double(problem.distribution.local) * Double(problem.distribution.total)
            * SampleKernelPlan.multiplications(problem.state.machine.tape, hasDiagonal: problem.hasDiagonal)
    }
}

extension ReconfigurationProblem {
    /// Multiplications of one vector, forwards through the tape and back, with slopes that are read and numbers that are looked up
    /// for it.
    fileprivate var tapeProduct: Double {
        let tape = state.machine.tape
        return 2 * Double(distribution.local)
            * (Double(tape.tangentMultiplications) + ReconfigurationCost.streamed * Double(tape.slopeReals)
                + ReconfigurationCost.indexed * Double(tape.indexedReals))
    }
}
