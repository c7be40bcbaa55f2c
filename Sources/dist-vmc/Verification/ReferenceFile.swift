import Communication
import DistQGT
import RunFiles

/// A file of reference numbers, read and recognised.
struct ReferenceFile {
    enum Format: String, CaseIterable {
        /// One variational state on fixed samples.
        case state = "distqgt-reference-1"
        case statistics = "distqgt-statistics-1"
        case exactEnergies = "distqgt-exact-1"
        /// A deterministic optimisation by full summation.
        case trajectory = "distqgt-trajectory-1"
        /// Deterministic evolutions in time by full summation.
        case dynamics = "distqgt-dynamics-1"
        /// Exact evolutions in time.
        case exactDynamics = "distqgt-dynamics-exact"
    }

    let format: Format
    let root: ReferenceValue

    /// Reads a file on rank 0 and parses it on every rank. Collective.
    ///
    /// - Throws: on every rank alike, for a file that cannot be read, is not JSON or has an unknown format.
    init(_ file: InputFile, on communicator: Communicator) throws {
        let document: JSONValue
        do {
            document = try JSONParser.parse(file.bytes(on: communicator))
        } catch let error as JSONError {
            throw ConfigurationError(
                "not valid JSON: \(error.reason), column \(error.column)",
                at: Origin(source: file.name, line: error.line))
        }
        root = ReferenceValue(value: document, source: file.name, trail: .root)
        guard document.object != nil else { throw root.error("not a JSON object") }
        let formatValue = try root.required("format")
        let formatName = try formatValue.string()
        guard let format = Format(rawValue: formatName) else {
            throw ValueKind.unknown(formatName, among: Format.allCases.map(\.rawValue), at: formatValue.node)
        }
        self.format = format
    }

    /// The name that the file gives itself.
    var title: String? { root.value["name"]?.string }

    /// Everything that the comparison needs from the file. Local; the same on every rank.
    ///
    /// - Throws: `ConfigurationError` for a missing key, a value of the wrong type or length, or an unknown
    ///   or impossible lattice, Hamiltonian or model.
    func verification() throws -> any Verification {
        switch format {
        case .state: try StateVerification(root)
        case .statistics: try StatisticsVerification(root)
        case .exactEnergies: try ExactEnergiesVerification(root)
        case .trajectory: try TrajectoryVerification(root)
        case .dynamics: try DynamicsVerification(root)
        case .exactDynamics: try ExactDynamicsVerification(root)
        }
    }
}
