import DistQGT
import Numerics

/// mVMC's files of expert mode, read for a configuration.
enum MVMCImport {
    /// - Parameters:
    ///   - directory: where namelist.def is.
    ///   - parameterFile: of mVMC's parameters; nil for the one beside the namelist, if there is one.
    /// - Throws: `ConfigurationError` that names file and line.
    static func problem(_ directory: String, parameterFile: String?) throws -> ImportedProblem {
        let input = try MVMCInput(directory: directory)
        let parameters = try MVMCParameters(input.required("ModPara"))
        guard let siteCount = try parameters.integer("Nsite"), (1...Schema.maximumSites).contains(siteCount) else {
            throw parameters.error("Nsite", "accepted: 1 to \(Schema.maximumSites)")
        }
        var table = ParameterTable()
        let factors = try MVMCFactors(input, parameters, siteCount: siteCount, table: &table)
        let pairs = try MVMCPairs(
            input, siteCount: siteCount, usesSigns: parameters.integer("NMPTrans", default: 0) < 0, table: &table)
        let isReal = factors.complexCount + pairs.complexCount == 0
        let projection = try MVMCProjection(
            input, parameters, siteCount: siteCount, isAntiparallel: pairs.isAntiparallel, isReal: isReal)
        let particles = try particles(input, parameters, siteCount: siteCount, isAntiparallel: pairs.isAntiparallel)
        let hamiltonian = try MVMCHamiltonian(
            input, siteCount: siteCount, mixesSpins: !pairs.isAntiparallel, isReal: isReal)
        var notices = try readValues(input, parameters, parameterFile, &table)
        if hamiltonian.droppedImaginaryParts > 0 {
            notices.append(
                "all parameters are real, so that mVMC leaves out the imaginary parts of the hamiltonian, and so does this "
                    + "configuration (\(hamiltonian.droppedImaginaryParts) coefficients)")
        }
        let excludesDoubleOccupancy = excludesDoubleOccupancy(factors, table, particles, siteCount: siteCount)
        var frozen = factors.frozen + pairs.frozen
        if excludesDoubleOccupancy {
            frozen.removeFirst()
            notices.append(
                "Gutzwiller is frozen at \(String(describing: table.given(.gutzwiller)?.first?.real ?? 0)) and so leaves no weight "
                    + "to doubly occupied sites: these are left out of the space, and Gutzwiller of the wave function")
        }
        notices += frozenNotices(frozen)
        notices += try withoutCounterpart(parameters)
        let seed = UInt64(bitPattern: Int64(try parameters.integer("RndSeed", default: 1)))
        let built = try MVMCFactorList(
            particles: particles, excludesDoubleOccupancy: excludesDoubleOccupancy, siteCount: siteCount,
            isReal: isReal, table: table, seed: seed,
            namelist: input.namelist
        )
        .factors(factors, pairs, projection)
        return ImportedProblem(
            source: "mVMC's files in \(directory)", particles: particles,
            excludesDoubleOccupancy: excludesDoubleOccupancy, hamiltonian: hamiltonian.sum,
            factors: built.factors, settings: try settings(parameters, siteCount: siteCount),
            notices: built.notices + notices)
    }

    /// Whether frozen Gutzwiller parameters, as of a t-J model, are as good as −∞: amplitudes below e^−15, weights below
    /// 10^−13.
    private static func excludesDoubleOccupancy(
        _ factors: MVMCFactors, _ table: ParameterTable, _ particles: ImportedProblem.Particles, siteCount: Int
    ) -> Bool {
        guard case .electrons(let up, let down) = particles, up + down <= siteCount, factors.isGutzwillerFrozen,
            let values = table.given(.gutzwiller)
        else { return false }
        return values.allSatisfy { $0.real <= -15 }
    }

    /// Which sites have local spins, and how many particles there are.
    private static func particles(
        _ input: MVMCInput, _ parameters: MVMCParameters, siteCount: Int, isAntiparallel: Bool
    ) throws -> ImportedProblem.Particles {
        let file = try RecordFile(input.required("LocSpin"))
        guard file.records.count == siteCount else {
            throw file.error("has \(file.records.count) records; accepted: \(siteCount), as modpara's Nsite")
        }
        var isSpin = [Bool?](repeating: nil, count: siteCount)
        for record in file.records {
            let site = try record.integer(0, "site", in: 0..<siteCount)
            guard isSpin[site] == nil else { throw record.error("site \(site) stands twice in it") }
            let flag = try record.integer(1, "flag")
            guard 0...1 ~= flag else { throw record.error("flag \(flag); accepted: 0 itinerant, 1 a spin 1/2") }
            isSpin[site] = flag == 1
        }
        let spins = isSpin.count { $0 == true }
        guard file.count == spins else {
            throw file.countError("says \(file.count) local spins, and there are \(spins)")
        }
        guard spins == 0 || spins == siteCount else {
            throw file.error(
                "\(spins) of \(siteCount) sites have a local spin and the others itinerant electrons (a Kondo lattice), which "
                    + "has no counterpart; accepted: all of one kind")
        }
        let pairs: Int
        if let itinerant = try parameters.integer("Ncond"), itinerant >= 0 {
            guard (spins + itinerant) % 2 == 0 else {
                throw parameters.error("Ncond", "an odd number of electrons in all")
            }
            pairs = (spins + itinerant) / 2
        } else if let given = try parameters.integer("Ne") ?? parameters.integer("Nelectron") {
            pairs = given
        } else {
            throw parameters.file.error("has neither Ncond nor Ne")
        }
        guard (1...siteCount).contains(pairs) else {
            throw parameters.file.error("\(2 * pairs) electrons on \(siteCount) sites")
        }
        guard spins == 0 || 2 * pairs == siteCount else {
            throw parameters.file.error("\(2 * pairs) electrons for \(spins) local spins; accepted: as many")
        }
        let doubled = try parameters.integer("2Sz")
        if let doubled {
            guard doubled % 2 == 0 else { throw parameters.error("2Sz", "is \(doubled); accepted: even numbers") }
            guard doubled == 0 || !isAntiparallel else {
                throw parameters.error("2Sz", "is \(doubled), which needs OrbitalParallel or OrbitalGeneral")
            }
            guard abs(doubled / 2) <= min(pairs, siteCount - pairs) else {
                throw parameters.error(
                    "2Sz", "\(doubled) cannot be reached with \(2 * pairs) electrons on \(siteCount) sites")
            }
        }
        if spins > 0 { return .spins(doubledSz: isAntiparallel ? 0 : doubled) }
        guard let doubled = isAntiparallel ? 0 : doubled else { return .modes(count: 2 * pairs) }
        return .electrons(up: pairs + doubled / 2, down: pairs - doubled / 2)
    }

    /// Parameters of the file of all, then of those of single factors.
    private static func readValues(
        _ input: MVMCInput, _ parameters: MVMCParameters, _ parameterFile: String?, _ table: inout ParameterTable
    ) throws -> [String] {
        let name = "\(parameters.parameterHead)_opt.dat"
        if let path = try parameterFile ?? input.firstFile([name, "output/\(name)"]) {
            try table.read(DefinitionFile(path))
        }
        for section in ParameterTable.Section.allCases {
            guard let file = try input.file("In\(section.rawValue)") else { continue }
            let isDoublonHolon = section == .dh2 || section == .dh4
            let perType = section == .dh2 ? 6 : 10
            try table.read(
                file, section, countInHeader: isDoublonHolon ? table.counts[section].map { $0 / perType } : nil)
        }
        guard table.isGiven else { return ["no file has parameters: the run starts from random pairings"] }
        let missing = table.counts.keys.filter { table.given($0) == nil }.map(\.rawValue).sorted()
        return missing.isEmpty
            ? []
            : [
                "no file has the parameters of \(missing.joined(separator: ", ")): factors start from 0, pairings at random"
            ]
    }

    private static func frozenNotices(_ frozen: [(file: String, count: Int, all: Int)]) -> [String] {
        guard !frozen.isEmpty else { return [] }
        let files = frozen.map { "\($0.count) of \($0.all) in \($0.file)" }
        return [
            "parameters cannot be frozen: an optimisation changes also those whose flag is 0 (\(files.joined(separator: ", ")))"
        ]
    }
}
