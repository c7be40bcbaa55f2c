import Numerics

/// An operator inside the sector of fixed Σ_i σᶻ_i: elements that lead out of it are 0.
///
/// ψ vanishes outside its sector, whatever the network gives there.
struct SectorProjection: FlipOperator {
    private let base: any FlipOperator

    init(_ base: any FlipOperator) { self.base = base }

    var siteCount: Int { base.siteCount }
    var flipSets: [[Int]] { base.flipSets }
    var isHermitian: Bool { base.isHermitian }
    var isReal: Bool { base.isReal }
    var conservesMagnetisation: Bool { true }
    var normalisedTrace: Complex<Double> { base.normalisedTrace }
    var energyBound: (centre: Double, radius: Double) { base.energyBound }

    func conserves(_ space: HilbertSpace) -> Bool { space.isOfSpinsHalf || base.conserves(space) }

    /// The projection leaves the diagonal as it is.
    func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        try base.meanDiagonal(in: space)
    }

    func row(_ spins: UnsafePointer<Int8>, into elements: UnsafeMutablePointer<Double>) -> Complex<Double> {
        let diagonal = base.row(spins, into: elements)
        for (set, sites) in base.flipSets.enumerated() {
            let sum = sites.reduce(0) { $0 + Int(spins[$1]) }
            if sum != 0 {
                elements[2 * set] = 0
                elements[2 * set + 1] = 0
            }
        }
        return diagonal
    }
}

extension HilbertSpace {
    /// The operator between states of this space.
    func projecting(_ base: any FlipOperator) -> any FlipOperator {
        base.conserves(self) ? base : SectorProjection(base)
    }

    /// The same of any operator that is one of flips or leads to no other states.
    package func projecting(_ base: any Operator) -> any Operator {
        if let flips = base as? any FlipOperator { return projecting(flips) }
        precondition(base.conserves(self), "the operator leads out of the space")
        return base
    }
}
