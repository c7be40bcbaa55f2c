import DistQGT
import Numerics

/// The parameters of mVMC, in the order of its parameter files.
struct ParameterTable {
    /// One after the other; a section without parameters is not there.
    enum Section: String, CaseIterable {
        case gutzwiller = "Gutzwiller"
        case jastrow = "Jastrow"
        case dh2 = "DH2"
        case dh4 = "DH4"
        case chargePhysical = "ChargeRBM_PhysLayer"
        case spinPhysical = "SpinRBM_PhysLayer"
        case generalPhysical = "GeneralRBM_PhysLayer"
        case chargeHidden = "ChargeRBM_HiddenLayer"
        case spinHidden = "SpinRBM_HiddenLayer"
        case generalHidden = "GeneralRBM_HiddenLayer"
        case chargeWeights = "ChargeRBM_PhysHidden"
        case spinWeights = "SpinRBM_PhysHidden"
        case generalWeights = "GeneralRBM_PhysHidden"
        case orbital = "Orbital"
        /// Up-up and down-down in turn.
        case parallel = "OrbitalParallel"
        case general = "OrbitalGeneral"

        var isOfPairs: Bool { [.orbital, .parallel, .general].contains(self) }
    }

    private(set) var counts: [Section: Int] = [:]
    private var values: [Section: [Complex<Double>]] = [:]

    mutating func declare(_ section: Section, _ count: Int) { counts[section] = count }

    /// Whether a file has given any.
    var isGiven: Bool { !values.isEmpty }

    /// Nil where no file has given those of the section.
    func given(_ section: Section) -> [Complex<Double>]? { values[section] }

    /// The values; without a file 0 for factors, and numbers from −1 to 1 for pairings.
    func values(_ section: Section, seed: UInt64) -> [Complex<Double>] {
        if let given = values[section] { return given }
        let count = counts[section] ?? 0
        guard section.isOfPairs else { return [Complex<Double>](repeating: .zero, count: count) }
        // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
        var state = seed &+ UInt64(section.rawValue.count) << 32
        return (0..<count).map { _ in
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            z ^= z >> 31
            return Complex(2 * Double(z >> 11) * 0x1p-53 - 1)
        }
    }

    /// The file that the program is given to start from: six numbers, then three for each parameter.
    mutating func read(_ file: DefinitionFile) throws {
        let words = file.lines.flatMap { line in line.words.map { (line, $0) } }
        let count = counts.values.reduce(0, +)
        guard words.count == 6 + 3 * count else {
            throw file.error(
                "has \(words.count) numbers; accepted: \(6 + 3 * count), six and three for each of \(count) parameters "
                    + "(mVMC writes others with NSROptItrSmp 1)")
        }
        func number(_ place: Int) throws -> Double {
            let (line, word) = words[place]
            guard let value = Double(word), value.isFinite else { throw line.error("'\(word)' is no number") }
            return value
        }
        var place = 6
        for section in Section.allCases {
            guard let count = counts[section] else { continue }
            values[section] = try (0..<count).map { k in
                Complex(try number(place + 3 * k), try number(place + 3 * k + 1))
            }
            place += 3 * count
        }
    }

    /// A file of one section: `k Re Im` for each parameter.
    ///
    /// - Parameter count: what line 2 says, where it is not the number of parameters.
    mutating func read(_ file: RecordFile, _ section: Section, countInHeader: Int? = nil) throws {
        guard let count = counts[section] else {
            throw file.error("has values of \(section.rawValue), which the namelist does not name")
        }
        guard file.count == countInHeader ?? count else {
            throw file.countError("says \(file.count); accepted: \(countInHeader ?? count), as of \(section.rawValue)")
        }
        guard file.records.count == count else {
            throw file.error("has \(file.records.count) records; accepted: \(count)")
        }
        var read = [Complex<Double>](repeating: .zero, count: count)
        for record in file.records {
            read[try record.integer(0, "the parameter", in: 0..<count)] = Complex(
                try record.real(1, "the real part"), try record.real(2, "the imaginary part"))
        }
        values[section] = read
    }
}
