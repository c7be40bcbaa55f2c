/// The layout of the HDF5 data in a checkpoint:
///
///     attributes of /        format, format_version, program_version, step, seed, seconds,
///                            configuration_crc64
///     /configuration         the resolved configuration (YAML), a string
///     /parameter_names       names of the leaves, in flattening order
///     /parameters/<name>     float64 or complex128, with the leaf's shape; attribute dtype
///     /optimiser/<name>      float64, one dimension
///     /previous_direction    float64, one dimension; absent without one
///     /subspace/vectors      float64, [size, parameters]; absent without a subspace
///     /subspace/matrix       float64, [size, size]
///     /sampler/chains        int8, [chains, sites]; absent without chains. Where chains have several replicas
///                            [chains · replicas, sites], with the attribute replicas
///     /sampler/draw_counters uint64, [chains], or [chains · replicas]
///     attributes of /scalars further numbers
extension Checkpoint {
    package static let formatName = "dist-vmc-checkpoint"

    /// The bytes of the checkpoint file.
    /// - Throws: `HDF5Error` where the content cannot be written: values that do not fill their shape, a
    ///   leaf named twice or named as a group, a NUL in a text.
    public func encoded() throws -> [UInt8] {
        let file = try HDF5File.createInMemory(name: "checkpoint")
        try writeHeader(to: file)
        try writeParameters(to: file)
        try writeState(to: file)
        var bytes = try file.image(prefix: CheckpointSeal.size)
        try file.close()
        CheckpointSeal.close(&bytes, version: Self.formatVersion)
        return bytes
    }

    private func writeHeader(to file: HDF5File) throws {
        try file.writeAttribute(Self.formatName, named: "format")
        try file.writeAttribute(Int64(Self.formatVersion), named: "format_version")
        try file.writeAttribute(programVersion, named: "program_version")
        try file.writeAttribute(Int64(step), named: "step")
        try file.writeAttribute(seed, named: "seed")
        try file.writeAttribute(seconds, named: "seconds")
        try file.writeAttribute(configurationFingerprint, named: "configuration_crc64")
        try file.write(configuration, at: "configuration")
    }

    private func writeParameters(to file: HDF5File) throws {
        try file.write(parameters.map(\.name), at: "parameter_names")
        try file.createGroup("parameters")
        for leaf in parameters {
            let path = "parameters/\(leaf.name)"
            try file.write(leaf.values, shape: leaf.shape, at: path, complex: leaf.kind.isComplex)
            try file.writeAttribute(leaf.kind.rawValue, named: "dtype", of: path)
        }
    }

    private func writeState(to file: HDF5File) throws {
        try file.createGroup("optimiser")
        for (name, vector) in optimiserState.sorted(by: { $0.key < $1.key }) {
            guard !name.contains("/") else {
                throw HDF5Error(
                    file: file.name, object: "optimiser/\(name)",
                    reason: .unwritable("the name of an optimiser's vector contains no slash"))
            }
            try file.write(vector, shape: [vector.count], at: "optimiser/\(name)")
        }
        if let previousDirection {
            try file.write(previousDirection, shape: [previousDirection.count], at: "previous_direction")
        }
        if let subspace, subspace.size > 0 {
            try file.write(
                subspace.vectors, shape: [subspace.size, subspace.vectors.count / subspace.size], at: "subspace/vectors"
            )
            try file.write(subspace.matrix, shape: [subspace.size, subspace.size], at: "subspace/matrix")
        }
        if let chains {
            try chains.write(to: file, at: "sampler/chains", drawCounters: "sampler/draw_counters")
        }
        try file.createGroup("scalars")
        for (name, value) in scalars.sorted(by: { $0.key < $1.key }) {
            try file.writeAttribute(value, named: name, of: "scalars")
        }
    }

    /// Reads the bytes of a checkpoint file.
    /// - Parameter path: names the file in errors.
    /// - Throws: `CheckpointError`.
    public init(decoding bytes: [UInt8], path: String) throws(CheckpointError) {
        let data = try CheckpointSeal.open(bytes, version: Self.formatVersion, path: path)
        do {
            try self.init(reading: HDF5File.open(image: data, name: path))
        } catch let error as CheckpointError {
            throw error
        } catch let error as HDF5Error {
            throw CheckpointError(error)
        } catch {
            throw CheckpointError(path: path, problem: .damaged("\(error)"))
        }
    }

    private init(reading file: HDF5File) throws {
        guard try file.attributeType("format", of: "/") == .string,
            try file.readStringAttribute("format") == Self.formatName
        else { throw CheckpointError(path: file.name, problem: .foreign) }
        let version = Int(try file.readAttribute(Int64.self, named: "format_version"))
        guard version <= Self.formatVersion else {
            throw CheckpointError(
                path: file.name,
                problem: .newerVersion(found: version, supported: Self.formatVersion))
        }
        self.init(
            programVersion: try file.readStringAttribute("program_version"),
            step: Int(try file.readAttribute(Int64.self, named: "step")),
            configuration: try file.readString(at: "configuration"),
            seed: try file.readAttribute(named: "seed"),
            parameters: try file.readStrings(at: "parameter_names").map { try Leaf(name: $0, in: file) })
        seconds = try file.readAttribute(named: "seconds")
        for name in try file.children(of: "optimiser") {
            optimiserState[name] = try file.readVector(at: "optimiser/\(name)")
        }
        if try file.kind(of: "previous_direction") != nil {
            previousDirection = try file.readVector(at: "previous_direction")
        }
        if try file.kind(of: "subspace/vectors") != nil {
            let (vectors, shape) = try file.read(Double.self, at: "subspace/vectors")
            let size = shape.first ?? 0
            guard shape.count == 2 else {
                throw HDF5Error(
                    file: file.name, object: "subspace/vectors",
                    reason: .wrongType(expected: "shape [size, parameters]", found: "shape \(shape)"))
            }
            let matrix = try file.read(Double.self, at: "subspace/matrix", shape: [size, size])
            subspace = Subspace(size: size, vectors: vectors, matrix: matrix.values)
        }
        if try file.kind(of: "sampler/chains") != nil {
            chains = try Chains(in: file, at: "sampler/chains", drawCounters: "sampler/draw_counters")
        }
        for name in try file.attributeNames(of: "scalars") {
            scalars[name] = try file.readAttribute(named: name, of: "scalars")
        }
    }
}

extension Checkpoint.Leaf {
    fileprivate init(name: String, in file: HDF5File) throws {
        let path = "parameters/\(name)"
        guard try file.kind(of: path) != nil else {
            throw HDF5Error(file: file.name, object: path, reason: .missing)
        }
        let dtype = try file.readStringAttribute("dtype", of: path)
        guard let kind = Checkpoint.ElementKind(rawValue: dtype) else {
            let known = Checkpoint.ElementKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw HDF5Error(
                file: file.name, object: "\(path)@dtype", reason: .wrongType(expected: known, found: dtype))
        }
        let (values, shape) = try file.read(Double.self, at: path, complex: kind.isComplex)
        self.init(name: name, shape: shape, kind: kind, values: values)
    }
}

extension HDF5File {
    fileprivate func readVector(at path: String) throws -> [Double] {
        let (values, shape) = try read(Double.self, at: path)
        guard shape.count == 1 else {
            throw error(path, .wrongShape(expected: [values.count], found: shape))
        }
        return values
    }
}
