import DistQGT
import Testing

/// Expects the two lowest levels of an operator in a space, to nine digits.
func expectLevels<Model: DistQGT.Operator>(
    _ e0: Double, _ e1: Double, of sum: Model, in space: HilbertSpace,
    _ location: SourceLocation = #_sourceLocation
) throws {
    let found = try ExactDiagonalisation.lowestEnergies(of: sum, in: space, count: 2, communicator: .alone()).energies
    #expect(abs(found[0] - e0) < 1e-9 * abs(e0), sourceLocation: location)
    #expect(abs(found[1] - e1) < 1e-9 * max(1, abs(e1)), sourceLocation: location)
}
