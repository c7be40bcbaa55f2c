import Numerics

/// An operator inside a space: transitions that lead out of it are left out.
struct SpaceProjection: Operator {
    private let base: any Operator
    private let space: HilbertSpace

    init(_ base: any Operator, in space: HilbertSpace) {
        self.base = base
        self.space = space
    }

    var siteCount: Int { base.siteCount }
    var isHermitian: Bool { base.isHermitian }
    var isReal: Bool { base.isReal }
    var energyBound: (centre: Double, radius: Double) { base.energyBound }
    var transitionBound: Int { base.transitionBound }
    func conserves(_ space: HilbertSpace) -> Bool { space == self.space || base.conserves(space) }
    func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        try base.meanDiagonal(in: space)
    }

    func appendTransitions(from configuration: UnsafePointer<Int8>, to list: TransitionList) -> Complex<Double> {
        let first = list.count
        let diagonal = base.appendTransitions(from: configuration, to: list)
        var changed = Array(UnsafeBufferPointer(start: configuration, count: siteCount))
        list.removeAll(from: first) { transition in
            changed.withUnsafeMutableBufferPointer { changed in
                guard let target = changed.baseAddress else { return false }
                list.apply(transition, to: target)
                defer { list.revert(transition, in: target, to: configuration) }
                return !space.contains(UnsafeBufferPointer(start: target, count: siteCount))
            }
        }
        return diagonal
    }
}
