extension Checkpoint.Chains {
    private static let replicasName = "replicas"

    /// - Parameters:
    ///   - path: of the configurations.
    ///   - drawCounters: path of the draw counters.
    /// - Throws: `HDF5Error` where values do not fill their shape.
    func write(to file: HDF5File, at path: String, drawCounters: String) throws {
        try file.write(spins, shape: [rows, sites], at: path)
        // Without it a file is what it was before there were replicas.
        if replicas > 1 { try file.writeAttribute(Int64(replicas), named: Self.replicasName, of: path) }
        try file.write(self.drawCounters, shape: [rows], at: drawCounters)
    }

    /// - Throws: `HDF5Error` for what is missing or of another shape.
    init(in file: HDF5File, at path: String, drawCounters: String) throws {
        let (spins, shape) = try file.read(Int8.self, at: path)
        guard shape.count == 2 else {
            throw HDF5Error(
                file: file.name, object: path,
                reason: .wrongType(expected: "shape [chains, sites]", found: "shape \(shape)"))
        }
        var replicas = 1
        if try file.attributeNames(of: path).contains(Self.replicasName) {
            let stored = try file.readAttribute(Int64.self, named: Self.replicasName, of: path)
            guard let count = Int(exactly: stored), count >= 1, shape[0].isMultiple(of: count) else {
                throw HDF5Error(
                    file: file.name, object: "\(path)@\(Self.replicasName)",
                    reason: .wrongType(expected: "a divisor of \(shape[0])", found: "\(stored)"))
            }
            replicas = count
        }
        let counters = try file.read(UInt64.self, at: drawCounters, shape: [shape[0]])
        self.init(sites: shape[1], spins: spins, drawCounters: counters.values, replicas: replicas)
    }
}
