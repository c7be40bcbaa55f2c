import DistQGT
import Numerics

/// The Hamiltonian that the files of mVMC give.
struct MVMCHamiltonian {
    private(set) var sum: ElectronHamiltonian
    /// How many coefficients have lost an imaginary part, which mVMC leaves out in a calculation with real parameters.
    private(set) var droppedImaginaryParts = 0

    private typealias Mode = ElectronHamiltonian.Mode

    /// - Parameters:
    ///   - mixesSpins: whether records may change spins.
    ///   - isReal: whether imaginary parts are left out.
    init(_ input: MVMCInput, siteCount: Int, mixesSpins: Bool, isReal: Bool) throws {
        sum = ElectronHamiltonian(siteCount: siteCount)
        func value(_ record: DefinitionFile.Line, _ column: Int, _ dropped: inout Int) throws -> Complex<Double> {
            let value = Complex(
                try record.real(column, "the real part"), try record.real(column + 1, "the imaginary part"))
            try record.has(column + 2)
            guard isReal, value.imaginary != 0 else { return value }
            dropped += 1
            return Complex(value.real)
        }
        func mode(_ record: DefinitionFile.Line, _ column: Int) throws -> Mode {
            Mode(
                site: try record.integer(column, "site", in: 0..<siteCount),
                spin: try record.integer(column + 1, "spin", in: 0..<2))
        }
        func requireSpin(_ record: DefinitionFile.Line, _ pairs: [(Mode, Mode)]) throws {
            guard mixesSpins || pairs.allSatisfy({ $0.0.spin == $0.1.spin }) else {
                throw record.error("changes a spin, which mVMC takes only with OrbitalGeneral or OrbitalParallel")
            }
        }
        if let file = try input.file("Trans") {
            for record in try file.counted() {
                let (to, from) = (try mode(record, 0), try mode(record, 2))
                try requireSpin(record, [(to, from)])
                sum.hop(to: to, from: from, t: try value(record, 4, &droppedImaginaryParts))
            }
            if let hop = sum.hopWithoutConjugate {
                throw file.error(
                    "the sum is not Hermitian: from site \(hop.from.site), spin \(hop.from.spin) to site \(hop.to.site), spin "
                        + "\(hop.to.spin) is not the conjugate of the way back")
            }
        }
        for record in try input.file("CoulombIntra")?.counted() ?? [] {
            try record.has(2)
            sum.repulsion(
                try record.integer(0, "site", in: 0..<siteCount), try record.real(1, "U"))
        }
        try Self.pairs(input, "CoulombInter", siteCount) { sum.coupling($0, $1, $2) }
        try Self.pairs(input, "Hund", siteCount) { sum.hund($0, $1, $2) }
        try Self.pairs(input, "Exchange", siteCount) { sum.exchange($0, $1, $2) }
        try Self.pairs(input, "PairHop", siteCount) { sum.pairHop($0, $1, $2) }
        let general = try input.file("InterAll")
        for record in try general?.counted() ?? [] {
            let pairs = [
                (try mode(record, 0), try mode(record, 2)), (try mode(record, 4), try mode(record, 6)),
            ]
            try requireSpin(record, pairs)
            sum.general(pairs, try value(record, 8, &droppedImaginaryParts))
        }
        if let general, try !sum.isHermitian() {
            throw general.error("the sum is not Hermitian: a record has no partner with the conjugate")
        }
        guard !sum.isEmpty else { throw input.namelist.error("names no file with a term of the Hamiltonian") }
    }

    private static func pairs(
        _ input: MVMCInput, _ keyword: String, _ siteCount: Int, _ add: (Int, Int, Double) -> Void
    ) throws {
        for record in try input.file(keyword)?.counted() ?? [] {
            try record.has(3)
            add(
                try record.integer(0, "site", in: 0..<siteCount), try record.integer(1, "site", in: 0..<siteCount),
                try record.real(2, "the coupling"))
        }
    }
}
