import LinearAlgebra

/// Expectation values in the projected state itself of what is diagonal, by forward walking (J. Boronat and J. Casulleras, PRB 52,
/// 3654, 1995): a walker carries the local values of a configuration along while it moves and branches, and their mean after a
/// number of generations is that of |Ψ|² in place of ψ Ψ. Local, but for the sums over ranks.
final class ForwardWalking {
    private let observables: [any LocalObservable]
    /// Generations between the configuration and the mean.
    let length: Int
    let quantityCount: Int
    private let logPsi = Region<Double>(capacity: 0)

    /// - Precondition: every observable is diagonal.
    init(_ observables: [any LocalObservable], length: Int) {
        precondition(observables.allSatisfy(\.isDiagonal), "what is not diagonal is not carried along")
        precondition(length >= 1)
        self.observables = observables
        self.length = length
        quantityCount = observables.quantityCount
    }

    /// Whether values are taken up after a generation, and summed up at the end of it.
    func isDue(_ generation: Int) -> Bool { quantityCount > 0 && generation % length == 0 }

    /// Lets every walker carry the values of its configuration.
    func takeUp(_ walkers: WalkerPopulation) {
        guard walkers.count > 0 else { return }
        logPsi.reserve(2 * walkers.count)
        logPsi.pointer.update(repeating: 0, count: 2 * walkers.count)
        observables.evaluate(
            walkers.codes, count: walkers.count, logPsi: logPsi.pointer, into: walkers.carried, stride: quantityCount)
    }

    /// Adds w times the values that some walkers carry, and w, to sums.
    ///
    /// - Parameter sums: `quantityCount + 1` numbers, overwritten.
    func addUp(_ block: Range<Int>, of walkers: WalkerPopulation, into sums: UnsafeMutablePointer<Double>) {
        sums.update(repeating: 0, count: quantityCount + 1)
        for walker in block {
            let weight = walkers.weight(walker)
            let values = walkers.carried + walker * quantityCount
            for quantity in 0..<quantityCount { sums[quantity] += weight * values[quantity] }
            sums[quantityCount] += weight
        }
    }
}
