import LinearAlgebra

/// Ratios ψ(σ′)/ψ(σ) of the transitions from one configuration of any space. Local: no communication.
public protocol TransitionRatios: AnyObject {
    /// N, the number of sites.
    var siteCount: Int { get }
    /// Writes the ratio of every transition from a configuration σ that is no node, at the wave function's present
    /// parameters: 0 where σ′ is a node. Imaginary parts of a real wave function are 0.
    ///
    /// - Parameter ratios: `2 × transitions.count` values, real and imaginary part in turn.
    func evaluate(
        _ configuration: UnsafePointer<Int8>, _ transitions: TransitionList, into ratios: UnsafeMutablePointer<Double>)
}

/// Ratios from log ψ of the configuration and of all that it is connected with, evaluated together.
final class BatchedTransitions: TransitionRatios {
    private let amplitudes: any LogAmplitudes
    let siteCount: Int
    private let codes = Region<Int8>(capacity: 0)
    private let logPsi = Region<Double>(capacity: 0)

    init(_ amplitudes: any LogAmplitudes) {
        self.amplitudes = amplitudes
        siteCount = amplitudes.siteCount
    }

    func evaluate(
        _ configuration: UnsafePointer<Int8>, _ transitions: TransitionList, into ratios: UnsafeMutablePointer<Double>
    ) {
        let rows = transitions.count + 1
        codes.reserve(rows * siteCount)
        logPsi.reserve(2 * rows)
        let (codes, logPsi) = (codes.pointer, logPsi.pointer)
        for row in 0..<rows { (codes + row * siteCount).update(from: configuration, count: siteCount) }
        for transition in 0..<transitions.count {
            transitions.apply(transition, to: codes + (transition + 1) * siteCount)
        }
        amplitudes.evaluate(codes, count: rows, into: logPsi)
        for transition in 0..<transitions.count {
            (ratios[2 * transition], ratios[2 * transition + 1]) = ConnectedBatch.ratio(
                from: logPsi, to: logPsi + 2 * (transition + 1), isComplex: amplitudes.isComplex)
        }
    }
}

/// Ratios of a product: products of its factors' ratios. What is not finite is evaluated whole.
final class FactorwiseTransitions: TransitionRatios {
    private let factors: [any TransitionRatios]
    private let whole: BatchedTransitions
    private let products = Region<Double>(capacity: 0)
    private let again = TransitionList()

    /// - Parameters:
    ///   - factors: at least one.
    ///   - whole: the product's amplitudes.
    init(_ factors: [any TransitionRatios], whole: any LogAmplitudes) {
        self.factors = factors
        self.whole = BatchedTransitions(whole)
    }

    var siteCount: Int { whole.siteCount }

    func evaluate(
        _ configuration: UnsafePointer<Int8>, _ transitions: TransitionList, into ratios: UnsafeMutablePointer<Double>
    ) {
        let count = transitions.count
        products.reserve(2 * count)
        let own = products.pointer
        factors[0].evaluate(configuration, transitions, into: ratios)
        for factor in factors.dropFirst() {
            factor.evaluate(configuration, transitions, into: own)
            for place in 0..<count {
                let (a, b) = (ratios[2 * place], ratios[2 * place + 1])
                let (x, y) = (own[2 * place], own[2 * place + 1])
                ratios[2 * place] = a * x - b * y
                ratios[2 * place + 1] = a * y + b * x
            }
        }
        for place in 0..<count where !(ratios[2 * place] + ratios[2 * place + 1]).isFinite {
            again.removeAll()
            again.append(transitions, place)
            whole.evaluate(configuration, again, into: ratios + 2 * place)
        }
    }
}

/// Ratios of a factor by the first of its ways that is usable and knows transitions.
final class FactorTransitions: TransitionRatios {
    private let factor: WaveFunctionFactor
    private var way: UsableWay<any TransitionRatios>

    init(_ factor: WaveFunctionFactor, blockRows: Int) {
        self.factor = factor
        way = UsableWay(factor.ratioMethods) { $0.makeTransitionRatios(blockRows: blockRows) }
    }

    var siteCount: Int { factor.recorded.siteCount }

    func evaluate(
        _ configuration: UnsafePointer<Int8>, _ transitions: TransitionList, into ratios: UnsafeMutablePointer<Double>
    ) {
        factor.recorded.bringUpToDate()
        way.current().evaluate(configuration, transitions, into: ratios)
    }
}
