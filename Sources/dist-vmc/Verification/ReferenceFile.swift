import DistQGT

/// A file of reference numbers, read and recognised.
struct ReferenceFile {
    enum Format: String, CaseIterable {
        /// One variational state on fixed samples.
        case state = "distqgt-reference-1"
        case statistics = "distqgt-statistics-1"
        case exactEnergies = "distqgt-exact-1"
        /// A deterministic optimisation by full summation.
        case trajectory = "distqgt-trajectory-1"
    }

    let name: String
    let format: Format
    let document: JSONValue

    /// Reads a file on rank 0 and parses it on every rank. Collective.
    ///
    /// - Throws: on every rank alike, for a file that cannot be read, is not JSON, has an unknown
    ///   format or describes an unknown or impossible lattice, Hamiltonian or model.
    init(_ file: InputFile, on communicator: Communicator) throws {
        name = file.name
        let origin = Origin(source: file.name, line: nil)
        do {
            document = try JSONParser.parse(file.bytes(on: communicator))
        } catch let error as JSONError {
            throw ConfigurationError(
                "not valid JSON: \(error.reason), column \(error.column)",
                at: Origin(source: file.name, line: error.line))
        }
        guard document.object != nil else { throw ConfigurationError("not a JSON object", at: origin) }
        guard let formatNode = Self.node(document, "format", file.name) else {
            throw ConfigurationError("the key 'format' is missing", at: origin)
        }
        let formatName = try formatNode.string()
        guard let format = Format(rawValue: formatName) else {
            throw ValueKind.unknown(formatName, among: Format.allCases.map(\.rawValue), at: formatNode)
        }
        self.format = format
        switch format {
        case .state, .trajectory: _ = try state()
        case .exactEnergies: _ = try exactProblems()
        case .statistics: break
        }
    }

    /// Problem and network of a file of format `state` or `trajectory`.
    func state() throws -> (problem: Problem, ansatz: AnsatzModel) {
        let problem = try Problem(
            lattice: block("lattice"), hamiltonian: block("hamiltonian"), totalSz: block("hilbert").optional("total_sz"))
        return (problem, try AnsatzModel(block("model"), siteCount: problem.siteCount))
    }

    /// The problems of a file of format `exactEnergies`, in the order of its entries.
    func exactProblems() throws -> [Problem] {
        try block("entries").list().map { entry in
            try Problem(
                lattice: entry.required("lattice"), hamiltonian: entry.required("hamiltonian"),
                totalSz: entry.optional("sector")?.optional("total_sz"))
        }
    }

    /// A value of the document's top level.
    func block(_ key: String) throws -> ConfigurationNode {
        guard let node = Self.node(document, key, name) else {
            throw ConfigurationError("the key '\(key)' is missing", at: Origin(source: name, line: nil))
        }
        return node
    }

    private static func node(_ document: JSONValue, _ key: String, _ source: String) -> ConfigurationNode? {
        document[key].map { ConfigurationNode(json: $0, source: source, trail: KeyTrail.root.key(key)) }
    }
}
