import LinearAlgebra
import Numerics

/// How fermions are read on a tape.
extension FermionSector {
    private var upReadings: [OccupiedModes.ModeReading] {
        (0..<siteCount).map { OccupiedModes.ModeReading(feature: $0, isPositive: true) }
    }
    private var downReadings: [OccupiedModes.ModeReading] {
        (0..<siteCount).map {
            OccupiedModes.ModeReading(feature: kind == .spinful ? siteCount + $0 : $0, isPositive: kind == .spinful)
        }
    }

    /// All modes.
    var modes: OccupiedModes {
        OccupiedModes(kind == .spinless ? upReadings : upReadings + downReadings, count: count)
    }
    /// Those of spin up, counted by site.
    var upModes: OccupiedModes { OccupiedModes(upReadings, count: numbers?.up ?? 0) }
    /// Those of spin down, counted by site.
    var downModes: OccupiedModes { OccupiedModes(downReadings, count: numbers?.down ?? 0) }

    /// log ψ of spins from that of fermions in the order of modes; of fermions itself.
    func inBasis(_ logPsi: Node, on tape: Recorder) -> Node {
        kind == .spinsHalf ? tape.logProduct([logPsi, tape.siteOrderPhase()]) : logPsi
    }

    /// The number of fermions on each site, 1 × N; of spins the spins.
    func density(on tape: Recorder) -> Node {
        guard kind == .spinful else { return tape.spins }
        let (up, down) = occupations(on: tape)
        return tape.sum(up, down)
    }

    /// S^z of each site, 1 × N.
    func spin(on tape: Recorder) -> Node {
        precondition(kind == .spinful, "spins of spinful fermions")
        let (up, down) = occupations(on: tape)
        return tape.combination([(Complex(0.5), up), (Complex(-0.5), down)])
    }

    /// 1 on doubly occupied sites, 0 elsewhere: 1 × N.
    func doubleOccupancy(on tape: Recorder) -> Node {
        precondition(kind == .spinful, "double occupancy of spinful fermions")
        let (up, down) = occupations(on: tape)
        return tape.product(up, fixed: down)
    }

    private func occupations(on tape: Recorder) -> (up: Node, down: Node) {
        (
            tape.gather(tape.spins, index: Array(0..<siteCount), rows: 1),
            tape.gather(tape.spins, index: Array(siteCount..<2 * siteCount), rows: 1)
        )
    }
}
