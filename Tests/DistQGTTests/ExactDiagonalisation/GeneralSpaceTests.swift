import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Testing

/// Published lowest levels of spins and bosons; spin operators, not Pauli matrices.
@Suite struct GeneralSpaceTests {
    private func levels(_ hamiltonian: any Operator, _ local: LocalSpace, total: Int?) throws -> [Double] {
        let sites = [LocalSpace](repeating: local, count: hamiltonian.siteCount)
        let sums = total.map { [ConservedSum.ofCodes(sites, sites: sites.indices, total: $0)] } ?? []
        return try ExactDiagonalisation.lowestEnergies(
            of: hamiltonian, in: HilbertSpace(sites, conserving: sums), count: 2, communicator: .alone()
        ).energies
    }

    private func expect(_ found: [Double], _ e0: Double, _ e1: Double) {
        #expect(abs(found[0] - e0) < 1e-9 * abs(e0))
        #expect(abs(found[1] - e1) < 1e-9 * max(1, abs(e1)))
    }

    private func ring(_ sites: Int) throws -> [Edge] { try Lattice(.chain, extent: [sites]).edges(shell: 1) }

    @Test func exactEnergiesOfHigherSpins() throws {
        let one = SpinExchange(siteCount: 8, doubledSpin: 2, edges: try ring(8))
        expect(try levels(one, .spin(doubled: 2), total: 0), -11.33695607789737, -10.743400823522077)
        var xxz = one
        xxz.delta = 0.5
        expect(try levels(xxz, .spin(doubled: 2), total: 0), -9.931007764770229, -8.365281780083151)
        let threeHalves = SpinExchange(siteCount: 6, doubledSpin: 3, edges: try ring(6))
        expect(try levels(threeHalves, .spin(doubled: 3), total: 0), -17.392845137533747, -16.687355915291057)
        // By Lanczos, with a degenerate ground state.
        let square = SpinExchange(
            siteCount: 9, doubledSpin: 2, edges: try Lattice(.square, extent: [3, 3]).edges(shell: 1))
        expect(try levels(square, .spin(doubled: 2), total: 0), -13.170894254202135, -13.170894254202118)
    }

    @Test func exactEnergiesOfBosons() throws {
        let grand = BoseHubbard(siteCount: 5, maximum: 3, edges: try ring(5), U: 4, mu: 2)
        expect(try levels(grand, .bosons(maximum: 3), total: nil), -15.750595774248287, -15.69265342322134)
        let open = BoseHubbard(
            siteCount: 6, maximum: 3, edges: (0..<5).map { Edge($0, $0 + 1) }, U: 4, V: 0.5, mu: 0.3)
        expect(try levels(open, .bosons(maximum: 3), total: 5), -4.935404224854398, -3.8487356070381296)
        let eight = BoseHubbard(siteCount: 8, maximum: 4, edges: try ring(8), U: 2)
        expect(try levels(eight, .bosons(maximum: 4), total: 8), -10.87137233221566, -9.375756142932795)
    }

    /// A gauge transformation of an open chain: complex elements, the same levels.
    @Test func exactEnergiesOfComplexTransitions() throws {
        var twisted = SpinExchange(siteCount: 7, doubledSpin: 2, edges: (0..<6).map { Edge($0, $0 + 1) })
        let plain = twisted
        twisted.phase = 0.7
        #expect(!twisted.isReal)
        // The whole space, by Lanczos; a sector, densely.
        for total in [nil, 2] as [Int?] {
            let (found, expected) = (
                try levels(twisted, .spin(doubled: 2), total: total), try levels(plain, .spin(doubled: 2), total: total)
            )
            expect(found, expected[0], expected[1])
        }
    }

    @Test func exactDiagonalisationRefusesToLeaveASpace() throws {
        var model = SpinExchange(siteCount: 8, doubledSpin: 2, edges: try ring(8))
        model.field = 0.5
        #expect(throws: ExactDiagonalisationError.spaceNotInvariant) {
            try levels(model, .spin(doubled: 2), total: 0)
        }
        let larger = SpinExchange(siteCount: 9, doubledSpin: 2, edges: try ring(9))
        var field = larger
        field.field = 0.5
        #expect(throws: ExactDiagonalisationError.spaceNotInvariant) {
            try levels(field, .spin(doubled: 2), total: 0)
        }
    }
}
