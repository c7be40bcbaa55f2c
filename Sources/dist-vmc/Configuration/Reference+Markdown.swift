/// The description of every key as docs/configuration.md has it.
extension Reference {
    static func markdown(blocks: [SchemaBlock] = Schema.blocks) -> String {
        ([introduction] + blocks.map(section)).joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # Configuration

        What a configuration file may say. This page is the output of `dist-vmc reference`; `dist-vmc check --help` prints the \
        same for a terminal, and `dist-vmc check config.yaml` prints a configuration with every default filled in.

        A configuration is a YAML map of blocks. Those named \(Schema.requiredBlocks.map(code).joined(separator: ", ")) must be \
        given (`dist-vmc exact` needs no `ansatz`); every other key has the default of the tables, which `null` asks for, too, \
        unless `null` is a value of its own. An unknown key is an error that suggests the nearest known one. \
        `--set block.key=value` replaces a value of the file; the value is YAML, and an entry of a list is `ansatz[1].key`. The keys of `lattice`, `hamiltonian` and `ansatz` are \
        those of the same blocks (`lattice`, `hamiltonian`, `model`) in reference files.

        Energies, couplings and shifts are in the units of the Hamiltonian, which is written with Pauli matrices, not spins \
        1/2. Sites are numbered from 0. A key that may be a schedule takes a number, or a map such as \
        `{type: linear, start: 0.1, end: 0.01, steps: 100}`, with one of the types \
        \(ScheduleReader.types.map(code).joined(separator: ", ")).
        """

    private static func section(_ block: SchemaBlock) -> String {
        var lines = ["## `\(block.name)`", "", block.documentation]
        if !block.variants.isEmpty {
            lines += ["", "| `type` (required) | |", "| --- | --- |"]
            lines += block.variants.map { row([code($0.type), cell($0.documentation)]) }
        }
        let ofTypes = keysOfTypes(block)
        if !ofTypes.isEmpty {
            lines += ["", "| key | of type | default | accepted | |", "| --- | --- | --- | --- | --- |"]
            for (key, types) in ofTypes {
                let owners = types.count == block.variants.count ? "every" : types.map(code).joined(separator: ", ")
                lines.append(
                    row([code(key.name), owners, defaultCell(key), cell(key.kind.accepted), cell(key.documentation)]))
            }
        }
        if !block.keys.isEmpty {
            lines += ["", "| key | default | accepted | |", "| --- | --- | --- | --- |"]
            for key in block.keys {
                lines.append(row([code(key.name), defaultCell(key), cell(key.kind.accepted), cell(key.documentation)]))
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func defaultCell(_ key: SchemaKey) -> String {
        switch key.defaultValue {
        case .required: "required"
        case .value(let text): code(text)
        case .derived(let words): cell(words)
        case .none: "none"
        }
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    private static func code(_ text: String) -> String { "`\(cell(text))`" }

    /// Text inside a table.
    private static func cell(_ text: String) -> String {
        String(text.flatMap { $0 == "|" ? "\\|" : String($0) })
    }
}
