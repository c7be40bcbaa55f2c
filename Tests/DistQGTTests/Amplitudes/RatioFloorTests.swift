import DistQGT
import LatticeSymmetry
import Testing

/// What amplitude ratios cannot do without, counted by hand.
@Suite struct RatioFloorTests {
    private let space: HilbertSpace
    private let sector: FermionSector

    init() throws {
        space = try HilbertSpace.fermions(siteCount: 6, up: 3, down: 3)
        sector = try #require(FermionSector(space))
    }

    private typealias Work = RatioFloor.Work

    private func floor(_ ansatz: any Ansatz) -> RatioFloor {
        let state = NeuralQuantumState(ansatz, reading: Encoder(space.defaultEncoding, of: space), seed: 1)
        return state.factor.ratioFloor
    }

    @Test func determinantsAndPairs() {
        // W of one spin is 6 × 3: a hop reads one number of it, and when it is accepted all are multiplied, read and written.
        // The inverse takes 3³ products and W 6·3², for each spin.
        let slater = floor(SlaterDeterminant(sector, variant: .unrestricted))
        #expect(slater.asked == Work(operations: 0, bytes: 8))
        #expect(slater.followed == Work(operations: 2 * 18, bytes: 2 * 18 * 8))
        #expect(slater.loaded == Work(operations: 2 * (2 * 27 + 2 * 54), bytes: 2 * 18 * 8))
        // A complex product is four real ones.
        let complex = floor(SlaterDeterminant(sector, variant: .unrestricted, dataType: .complex128))
        #expect(complex.followed == Work(operations: 4 * slater.followed.operations, bytes: 2 * slater.followed.bytes))
        // M is 3 × 3 and W 6 × 3; a hop of a fermion with spin down takes a row of M times one of f.
        let pairs = floor(PairProduct(Pairing(sector, variant: .antiparallel)))
        #expect(pairs.asked == Work(operations: 2 * 3, bytes: 2 * 3 * 8))
        #expect(pairs.followed == Work(operations: 2 * 27, bytes: 2 * 27 * 8))
        // X is 6 × 6 and Y 12 × 6, both change by rank two, and F times a row of Y is 12 × 6 products.
        let general = floor(PairProduct(Pairing(sector, variant: .general)))
        #expect(general.asked == Work(operations: 0, bytes: 8))
        #expect(general.followed == Work(operations: 2 * (2 * 108 + 72), bytes: (4 * 108 + 72) * 8))
        #expect(general.loaded.operations == 2 * 6 * 108)
    }

    @Test func rowsWithinReach() throws {
        // A hop on a ring reaches four sites with four fermions on average: a 4 × 4 matrix of two features each, and a row of
        // orbitals with two corrections that meets four columns. The inverse and two products of each fermion are 3 · 6 × 6.
        let window = try CellWindow(Lattice(.chain, extent: [6]), extent: [3])
        let backflow = floor(LocalBackflow(sector, window: window, features: 2))
        #expect(backflow.asked == Work(operations: 2 * (16 * 2 + 6 * (2 + 4) + 21), bytes: 8 * (16 * 2 + 6 * (2 + 4))))
        #expect(backflow.followed == Work(operations: 2 * (108 * 4 + 36 * 2), bytes: 2 * 108 * 8))
        #expect(backflow.loaded == Work(operations: 2 * 6 * 108, bytes: 108 * 8))
    }

    @Test func factorsAdd() {
        let pairs = PairProduct(Pairing(sector, variant: .antiparallel))
        let network = RestrictedBoltzmannMachine(siteCount: 12, alpha: 1)
        let (one, other) = (floor(pairs), floor(network))
        // A network on occupations is evaluated whole: a 12 × 12 kernel and what comes with it.
        #expect(other.asked.operations >= 2 * 144 && other.followed == Work() && other.loaded == Work())
        let both = floor(FactorProduct([.init("pairs", pairs), .init("network", network)]))
        #expect(both.asked.operations == one.asked.operations + other.asked.operations)
        #expect(both.followed == one.followed && both.loaded == one.loaded)
    }
}
