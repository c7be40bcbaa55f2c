import Numerics

/// Ratios of transitions with one walker, sample after sample.
final class WalkerTransitions: TransitionRatios {
    let siteCount: Int
    private let walker: any FactorWalker

    init(siteCount: Int, _ walker: any FactorWalker) {
        self.siteCount = siteCount
        self.walker = walker
    }

    func evaluate(
        _ configuration: UnsafePointer<Int8>, _ transitions: TransitionList, into ratios: UnsafeMutablePointer<Double>
    ) {
        walker.load(configuration)
        let isNode = walker.isNode
        transitions.forEach { transition, sites, codes, count in
            let ratio = isNode ? Complex(.nan, .nan) : walker.ratio(sites, codes, count: count)
            (ratios[2 * transition], ratios[2 * transition + 1]) = ratio.rawStorage
        }
    }
}
