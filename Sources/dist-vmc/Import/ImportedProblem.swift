import DistQGT
import RunFiles

/// What has been read from another program's files, on its way to a configuration.
struct ImportedProblem {
    enum Particles {
        /// Spins 1/2; the total of 2 S^z, or nil for any.
        case spins(doubledSz: Int?)
        case electrons(up: Int, down: Int)
        /// Electrons whose spins are not conserved: as many in all, as spinless fermions in 2N modes.
        case modes(count: Int)
    }

    /// What the configuration is made from, for its first line.
    let source: String
    let particles: Particles
    /// Whether no site has two electrons.
    var excludesDoubleOccupancy = false
    let hamiltonian: ElectronHamiltonian
    let factors: [ImportedFactor]
    /// Keys of `sampler`, `sr`, `optimiser` and `run`.
    let settings: [(block: String, keys: [(String, ConfigurationNode.Content)])]
    var notices: [String]

    var siteCount: Int { hamiltonian.siteCount }
    private var hasParameters: Bool { factors.contains { $0.leaves != nil } }

    // MARK: Blocks

    /// Bonds for proposals: those of the Hamiltonian, and more where these leave the sites in several parts.
    private var bonds: [[Int]] {
        var bonds = hamiltonian.bonds
        var parts = Array(0..<siteCount)
        func root(_ site: Int) -> Int {
            var site = site
            while parts[site] != site { site = parts[site] }
            return site
        }
        for bond in bonds.sorted(by: { $0.lexicographicallyPrecedes($1) }) { parts[root(bond[1])] = root(bond[0]) }
        for site in 1..<max(1, siteCount) where root(site) != root(site - 1) {
            bonds.insert([site - 1, site])
            parts[root(site)] = root(site - 1)
        }
        return bonds.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// - Parameter parameterFile: nil without initial parameters.
    /// - Throws: `ElectronHamiltonian.SpinError`.
    private func root(parameterFile: String?) throws -> ConfigurationNode {
        var edges = bonds
        var blocks: [(String, ConfigurationNode.Content)] = []
        var sites = siteCount
        var hilbert: [(String, ConfigurationNode.Content)]?
        let block: [(String, ConfigurationNode.Content)]
        switch particles {
        case .spins:
            block = [
                ("type", .word("pauli_strings")),
                (
                    "terms",
                    .items(
                        try hamiltonian.pauliStrings().map { product, coefficient in
                            .record([
                                ("sites", .integers(product.sites)), ("paulis", .word(product.letters)),
                                ("coefficient", .complex(coefficient)),
                            ])
                        })
                ),
            ]
        case .electrons(let up, let down):
            var keys: [(String, ConfigurationNode.Content)] = [
                ("type", .word("fermions")), ("n_up", .integer(up)), ("n_down", .integer(down)),
            ]
            if excludesDoubleOccupancy { keys.append(("double_occupancy", .boolean(false))) }
            hilbert = keys
            block = excludesDoubleOccupancy ? stringBlock : electronBlock(edges)
        case .modes(let count):
            hilbert = [("type", .word("fermions")), ("spinful", .boolean(false)), ("n", .integer(count))]
            block = stringBlock
            sites = 2 * siteCount
            edges = edges + edges.map { $0.map { $0 + siteCount } } + (0..<siteCount).map { [$0, $0 + siteCount] }
        }
        blocks.append(
            (
                "lattice",
                .record([
                    ("type", .word("graph")), ("n_sites", .integer(sites)),
                    ("edges", .items(edges.map { .integers($0) })),
                ])
            ))
        if let hilbert { blocks.append(("hilbert", .record(hilbert))) }
        blocks.append(("hamiltonian", .record(block)))
        blocks.append(
            ("ansatz", .items(factors.map { .record([("type", .word($0.type))] + $0.keys) })))
        for (name, keys) in settings {
            var keys = keys
            if name == "sampler", case .spins(let doubled?) = particles {
                keys.append(("total_sz", doubled % 2 == 0 ? .integer(doubled / 2) : .real(Double(doubled) / 2)))
            }
            if name == "run", let parameterFile {
                keys.append(("initial_parameters", .string(parameterFile, quoted: true)))
            }
            blocks.append((name, .record(keys)))
        }
        return ConfigurationNode(made: .record(blocks))
    }

    private func electronBlock(_ edges: [[Int]]) -> [(String, ConfigurationNode.Content)] {
        guard let hubbard = hamiltonian.hubbard(on: edges), !edges.isEmpty else { return stringBlock }
        var block: [(String, ConfigurationNode.Content)] = [
            ("type", .word("hubbard")), ("t", .uniform(hubbard.t)), ("U", .uniform(hubbard.U)),
        ]
        if hubbard.V.contains(where: { $0 != 0 }) { block.append(("V", .uniform(hubbard.V))) }
        if hubbard.mu.contains(where: { $0 != 0 }) { block.append(("mu", .uniform(hubbard.mu))) }
        return block
    }

    private var stringBlock: [(String, ConfigurationNode.Content)] {
        [
            ("type", .word("fermion_strings")),
            (
                "terms",
                .items(
                    hamiltonian.fermionStrings.map { operators, coefficient in
                        .record([
                            ("operators", .string(operators, quoted: true)), ("coefficient", .complex(coefficient)),
                        ])
                    })
            ),
        ]
    }

    // MARK: Files

    /// The configuration as a document with notices on top.
    ///
    /// - Throws: `ConfigurationError` where it cannot be run.
    private func document(named name: String, parameterFile: String?) throws -> String {
        let root: ConfigurationNode
        do {
            root = try self.root(parameterFile: parameterFile)
        } catch let error as ElectronHamiltonian.SpinError {
            throw ConfigurationError(
                "\(source): a term takes an electron off a site with a local spin (sites "
                    + "\(error.sites.map(String.init).joined(separator: ", ")))")
        }
        var text = "# \(oneLine(source)), by dist-vmc import\n"
        for notice in notices { text += "# \(oneLine(notice))\n" }
        text += Self.yaml(root)
        do {
            _ = try Configuration(ConfigurationNode(yaml: text, source: name), for: .optimisation)
        } catch let error as ConfigurationError {
            throw ConfigurationError("\(source): what it asks for cannot be run: \(error)")
        }
        return text
    }

    /// One line for each key, and for each entry of a list of maps.
    private static func yaml(_ root: ConfigurationNode) -> String {
        func entries(_ node: ConfigurationNode) -> [ConfigurationNode]? {
            guard case .list(let items) = node.content, case .map? = items.first?.content else { return nil }
            return items
        }
        func lines(_ items: [ConfigurationNode], _ indent: String) -> [String] {
            items.map { "\(indent)- \(ConfigurationDump.inline($0))" }
        }
        guard case .map(let blocks) = root.content else { return "" }
        var text: [String] = []
        for block in blocks {
            text.append("\(block.key):")
            if let items = entries(block.value) { text += lines(items, "  ") }
            guard case .map(let keys) = block.value.content else { continue }
            for key in keys {
                if let items = entries(key.value) {
                    text += ["  \(key.key):"] + lines(items, "    ")
                } else {
                    text.append("  \(key.key): \(ConfigurationDump.inline(key.value))")
                }
            }
        }
        return text.joined(separator: "\n") + "\n"
    }

    /// The bytes of an HDF5 file with the initial parameters.
    private func parameters() throws -> [UInt8] {
        let file = try HDF5File.createInMemory()
        for (number, factor) in factors.enumerated() {
            for leaf in factor.leaves ?? [] {
                let values = leaf.values.flatMap { leaf.isComplex ? [$0.real, $0.imaginary] : [$0.real] }
                try file.write(
                    values, shape: leaf.shape, at: "\(number)_\(factor.type)/\(leaf.name)", complex: leaf.isComplex)
            }
        }
        let bytes = try file.image()
        try file.close()
        return bytes
    }

    /// Writes the configuration and, where there are any, its initial parameters beside it.
    ///
    /// - Parameter replaces: whether files that are there are overwritten.
    /// - Returns: the files.
    /// - Throws: `ConfigurationError`; nothing is written then.
    func write(to path: String, replaces: Bool) throws -> [String] {
        let stem = [".yaml", ".yml"].first(where: path.hasSuffix).map { String(path.dropLast($0.count)) } ?? path
        let parameterFile = hasParameters ? stem + ".h5" : nil
        for path in [path, parameterFile].compactMap({ $0 }) where try FileSystem.kind(of: path) != nil {
            guard try replaces && FileSystem.kind(of: path) == .file else {
                throw ConfigurationError(
                    "\(path) is there already; choose another file with --output"
                        + (replaces ? "" : ", or overwrite it with --replace"))
            }
        }
        let document = try document(named: path, parameterFile: parameterFile)
        if let parameterFile { try FileSystem.replace(parameterFile, with: parameters()) }
        try FileSystem.replace(path, with: document)
        return [path, parameterFile].compactMap { $0 }
    }
}
