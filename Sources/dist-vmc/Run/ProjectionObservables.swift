import DistQGT
import RunFiles

/// What is measured in a projection by forward walking.
struct ProjectionObservables {
    let request: ObservableRequest
    let observables: [any LocalObservable]

    /// Nil where nothing is asked for.
    ///
    /// - Throws: `ConfigurationError` for what is not diagonal.
    init?(_ configuration: Configuration, _ state: MonteCarloState) throws {
        guard let block = configuration.projection?.observables else { return nil }
        request = try ObservableRequest(block, configuration: configuration, precision: .infinity, isSummed: false)
        observables = request.observables(
            state.waveFunction.amplitudes(blockRows: MonteCarloState.localEnergyBlockRows), state.space)
        func refusal(_ item: ObservableRequest.Item) -> ConfigurationError {
            (block[item.block] ?? block).error(
                "not all of it is diagonal in the basis (\(item.name)), and only that is carried along by forward walking; "
                    + "accepted: magnetisation and correlations along z, structure factors of zz, densities, and what is a "
                    + "function of these")
        }
        if let entropy = request.entropies.first { throw refusal(entropy) }
        var first = 0
        for observable in observables {
            if !observable.isDiagonal { throw refusal(request.items[first]) }
            if observable is ConnectedCorrelations {
                let item = request.items[first]
                throw (block[item.block]?["connected"] ?? block).error(
                    "forward walking has no errors of products of means; accepted here: false")
            }
            first += observable.quantityCount
        }
    }

    /// - Parameter estimates: of all quantities, in their order.
    func quantities(_ estimates: [ProjectedEstimate]) -> [Evaluation.Quantity] {
        zip(request.items, estimates).map { item, estimate in
            Evaluation.Quantity(
                item: item,
                estimate: ChainEstimate(
                    mean: estimate.mean, error: estimate.error, variance: .nan, tau: estimate.tau, rHat: .nan))
        }
    }
}
