import DistQGT
import Foundation
import RunFiles
import Testing

/// Everything in a checkpoint as bits and texts, so that NaNs compare.
private func content(_ checkpoint: Checkpoint) -> [String] {
    func bits(_ values: [Double]?) -> String { values.map { "\($0.map(\.bitPattern))" } ?? "absent" }
    var lines = [
        checkpoint.programVersion, "\(checkpoint.step)", checkpoint.configuration, "\(checkpoint.seed)",
        "\(checkpoint.seconds.bitPattern)", bits(checkpoint.previousDirection),
    ]
    lines += checkpoint.parameters.map { "\($0.name) \($0.shape) \($0.kind) \(bits($0.values))" }
    lines += checkpoint.optimiserState.map { "\($0.key) \(bits($0.value))" }.sorted()
    lines += checkpoint.scalars.map { "\($0.key) \($0.value.bitPattern)" }.sorted()
    if let chains = checkpoint.chains { lines += ["\(chains.sites)", "\(chains.spins)", "\(chains.drawCounters)"] }
    return lines
}

private func fullCheckpoint(step: Int = 150) -> Checkpoint {
    let awkward = [Double.nan, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude, 0.1, 1e308, -1 / 3]
    var checkpoint = Checkpoint(
        programVersion: "1.2.3", step: step, configuration: "lattice: {type: chain}\n# ψ\n", seed: .max,
        parameters: [
            .init(name: "visible_bias", shape: [8], kind: .float64, values: awkward),
            .init(name: "MLP_0/Dense_0/kernel", shape: [2, 3], kind: .float32, values: [1, 2, 3, 4, 5, 6]),
            .init(name: "MLP_0/Dense_0/bias", shape: [0], kind: .complex64, values: []),
            .init(name: "Dense/kernel", shape: [2, 1, 2], kind: .complex128, values: awkward),
            .init(name: "scale", shape: [], kind: .float64, values: [.pi]),
        ])
    checkpoint.optimiserState = ["first_moment": awkward, "second_moment": []]
    checkpoint.previousDirection = awkward.reversed()
    checkpoint.chains = .init(
        sites: 5, spins: (0..<15).map { $0 % 3 == 0 ? -1 : 1 }, drawCounters: [0, .max, 1 << 40])
    checkpoint.seconds = 1234.5678
    checkpoint.scalars = ["adam time": 17, "ε": -0.0, "nan": .nan]
    return checkpoint
}

@Suite struct CheckpointTests {
    @Test func checkpointRoundTrip() throws {
        let checkpoint = fullCheckpoint()
        let bytes = try checkpoint.encoded()
        #expect(content(try Checkpoint(decoding: bytes, path: "x")) == content(checkpoint))
        #expect(try checkpoint.encoded() == bytes, "equal content gives equal bytes")

        let bare = Checkpoint(programVersion: "", step: 0, configuration: "", seed: 0, parameters: [])
        let read = try Checkpoint(decoding: try bare.encoded(), path: "x")
        #expect(content(read) == content(bare))
        #expect(read.chains == nil && read.previousDirection == nil)

        var idle = bare
        idle.chains = .init(sites: 4, spins: [], drawCounters: [])
        #expect(try Checkpoint(decoding: try idle.encoded(), path: "x").chains?.sites == 4)
    }

    @Test func checkpointThousandLeaves() throws {
        let checkpoint = Checkpoint(
            programVersion: "1", step: 1, configuration: String(repeating: "key: value\n", count: 20_000),
            seed: 1,
            parameters: (0..<1000).map {
                .init(
                    name: "layer_\($0 % 100)/part_\($0)", shape: [3, 7], kind: .float64,
                    values: (0..<21).map { Double($0).squareRoot() })
            })
        #expect(content(try Checkpoint(decoding: try checkpoint.encoded(), path: "x")) == content(checkpoint))
    }

    @Test func checkpointTruncated() throws {
        let bytes = try fullCheckpoint().encoded()
        var lengths = (0..<20).map { $0 * bytes.count / 20 }
        lengths += [1, 19, 20, 100, 511, 512, 513, 520, bytes.count - 1]
        for length in lengths {
            do {
                _ = try Checkpoint(decoding: Array(bytes[..<length]), path: "x")
                Issue.record("a checkpoint of \(length) bytes of \(bytes.count) was read")
            } catch {
                guard case .damaged = error.problem else {
                    Issue.record("\(length) bytes: \(error)")
                    continue
                }
            }
        }
        #expect(throws: CheckpointError.self) { try Checkpoint(decoding: bytes + [0], path: "x") }
    }

    @Test func checkpointEveryBitFlipIsFound() throws {
        let bytes = try fullCheckpoint().encoded()
        var generator = MutationGenerator(seed: 5)
        var bits = (0..<200).map { _ in Int.random(in: 0..<8 * bytes.count, using: &generator) }
        bits += Array(0..<8 * 560)  // the seal, and the start of the HDF5 data
        for bit in bits {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CheckpointError.self, "bit \(bit)") {
                try Checkpoint(decoding: changed, path: "x")
            }
        }
        for _ in 0..<200 {
            var changed = bytes
            let start = Int.random(in: 0..<bytes.count, using: &generator)
            let count = Int.random(in: 1...100, using: &generator)
            for index in start..<min(start + count, bytes.count) {
                changed[index] = UInt8.random(in: 0...255, using: &generator)
            }
            if changed != bytes {
                #expect(throws: CheckpointError.self) { try Checkpoint(decoding: changed, path: "x") }
            }
        }
    }

    @Test func checkpointOtherFiles() throws {
        let directory = try TemporaryDirectory()
        func problem(_ name: String) -> CheckpointError.Problem? {
            do { _ = try Checkpoint.load(file: "\(directory.path)/\(name)") } catch { return error.problem }
            return nil
        }
        try directory.write(Array("format: text\n".utf8), to: "text")
        try directory.write([], to: "empty")
        let foreign = try HDF5File.createInMemory()
        try foreign.write([1.0], shape: [1], at: "parameters/kernel")
        try directory.write(try foreign.image(), to: "foreign.h5")
        try directory.write(try foreign.image(prefix: 512), to: "foreign-with-user-block.h5")
        #expect(problem("nothing") == .notFound)
        #expect(problem("text") == .notHDF5)
        #expect(problem("empty") == .damaged("it is empty"))
        #expect(problem("foreign.h5") == .foreign)
        #expect(problem("foreign-with-user-block.h5") == .foreign)
        #expect(problem(".") == .unreadable("Is a directory"))
        #expect(problem("text/below") == .unreadable("Not a directory"))
    }

    /// Files with a valid seal whose content is not as it should be.
    @Test func checkpointWrongContent() throws {
        func problem(version: Int = 1, _ body: (HDF5File) throws -> Void) throws -> CheckpointError.Problem? {
            let file = try HDF5File.createInMemory()
            try body(file)
            var bytes = try file.image(prefix: CheckpointSeal.size)
            CheckpointSeal.close(&bytes, version: version)
            do { _ = try Checkpoint(decoding: bytes, path: "x") } catch { return error.problem }
            return nil
        }
        func header(_ file: HDF5File, names: [String] = [], version: Int64 = 1) throws {
            try file.writeAttribute("dist-vmc-checkpoint", named: "format")
            try file.writeAttribute(version, named: "format_version")
            try file.writeAttribute("1", named: "program_version")
            try file.writeAttribute(Int64(1), named: "step")
            try file.writeAttribute(UInt64(1), named: "seed")
            try file.writeAttribute(1.0, named: "seconds")
            try file.write("text", at: "configuration")
            try file.write(names, at: "parameter_names")
            for group in ["parameters", "optimiser", "scalars"] { try file.createGroup(group) }
        }
        #expect(try problem { try header($0) } == nil)
        #expect(try problem { _ in } == .foreign)
        #expect(try problem(version: 2) { try header($0) } == .newerVersion(found: 2, supported: 1))
        #expect(try problem { try header($0, version: 3) } == .newerVersion(found: 3, supported: 1))
        #expect(try problem { try header($0, names: ["a/b"]) } == .missing("parameters/a/b"))
        let noType = try problem { file in
            try header(file, names: ["a"])
            try file.write([1.0], shape: [1], at: "parameters/a")
        }
        #expect(noType == .missing("parameters/a@dtype"))
        let integers = try problem { file in
            try header(file, names: ["a"])
            try file.write([Int64(1)], shape: [1], at: "parameters/a")
            try file.writeAttribute("float64", named: "dtype", of: "parameters/a")
        }
        #expect(integers == .wrongType("parameters/a", expected: "float64", found: "int64"))
        let counters = try problem { file in
            try header(file)
            try file.write([Int8](repeating: 1, count: 6), shape: [2, 3], at: "sampler/chains")
            try file.write([UInt64(0)], shape: [1], at: "sampler/draw_counters")
        }
        #expect(counters == .wrongShape("sampler/draw_counters", expected: [2], found: [1]))
        let noCounters = try problem { file in
            try header(file)
            try file.write([Int8](repeating: 1, count: 6), shape: [2, 3], at: "sampler/chains")
        }
        #expect(noCounters == .missing("sampler/draw_counters"))
        // What a later version may add is passed over.
        let additions = try problem { file in
            try header(file)
            try file.write([1.0], shape: [1], at: "rollback/last_good")
            try file.writeAttribute("new", named: "hosts")
        }
        #expect(additions == nil)
    }

    @Test func checkpointParameterLookup() throws {
        let checkpoint = fullCheckpoint()
        func problem(_ name: String, _ shape: [Int], _ kind: Checkpoint.ElementKind) -> CheckpointError.Problem? {
            do {
                _ = try checkpoint.values(of: name, shape: shape, kind: kind, path: "x")
                return nil
            } catch {
                return error.problem
            }
        }
        #expect(problem("MLP_0/Dense_0/kernel", [2, 3], .float32) == nil)
        #expect(problem("Dense/bias", [2], .float64) == .missing("parameters/Dense/bias"))
        #expect(
            problem("MLP_0/Dense_0/kernel", [3, 2], .float32)
                == .wrongShape("parameters/MLP_0/Dense_0/kernel", expected: [3, 2], found: [2, 3]))
        #expect(
            problem("scale", [], .complex128)
                == .wrongType("parameters/scale", expected: "complex128", found: "float64"))
    }

    @Test func checkpointRefusesWhatItCannotWrite() throws {
        func leaf(_ name: String, _ shape: [Int], _ values: [Double]) -> Checkpoint.Leaf {
            .init(name: name, shape: shape, kind: .float64, values: values)
        }
        for parameters in [
            [leaf("a", [2], [1])], [leaf("a", [1], [1]), leaf("a", [1], [1])],
            [leaf("a", [1], [1]), leaf("a/b", [1], [1])], [leaf("", [1], [1])], [leaf("a//b", [1], [1])],
        ] {
            let checkpoint = Checkpoint(
                programVersion: "1", step: 1, configuration: "", seed: 1, parameters: parameters)
            #expect(throws: HDF5Error.self) { try checkpoint.encoded() }
        }
    }

    @Test func checkpointFilesAreReplacedWhole() throws {
        let directory = try TemporaryDirectory()
        #expect(try !Checkpoint.exists(in: directory.path))
        try fullCheckpoint(step: 1).write(to: directory.path)
        #expect(try directory.names == ["checkpoint.h5"])
        try fullCheckpoint(step: 2).write(to: directory.path)
        try fullCheckpoint(step: 3).write(to: directory.path)
        #expect(try directory.names == ["checkpoint.h5", "checkpoint.previous.h5"])
        let loaded = try Checkpoint.load(from: directory.path, fallingBack: true)
        #expect(loaded.checkpoint.step == 3 && loaded.passedOver == nil)
        #expect(try Checkpoint.load(file: "\(directory.path)/checkpoint.previous.h5").step == 2)

        // A crash left the start of a new one: it is not looked at, and the next one overwrites it.
        try directory.write([1, 2, 3], to: "checkpoint.h5.part")
        try directory.write([1, 2, 3], to: "checkpoint.previous.h5.part")
        #expect(try Checkpoint.load(from: directory.path).checkpoint.step == 3)
        try fullCheckpoint(step: 4).write(to: directory.path)
        #expect(try directory.names == ["checkpoint.h5", "checkpoint.previous.h5"])

        // A damaged one is passed over only where that was asked for, and never becomes the previous one.
        let bytes = try directory.bytes(of: "checkpoint.h5")
        try directory.write(Array(bytes.dropLast()), to: "checkpoint.h5")
        #expect(throws: CheckpointError.self) { try Checkpoint.load(from: directory.path) }
        let previous = try Checkpoint.load(from: directory.path, fallingBack: true)
        #expect(previous.checkpoint.step == 3 && previous.passedOver?.problem != nil)
        #expect(previous.path.hasSuffix("checkpoint.previous.h5"))
        try fullCheckpoint(step: 5).write(to: directory.path)
        #expect(try Checkpoint.load(file: "\(directory.path)/checkpoint.previous.h5").step == 3)
        #expect(try Checkpoint.load(from: directory.path).checkpoint.step == 5)

        // Only the previous one is there.
        try FileManager.default.removeItem(atPath: "\(directory.path)/checkpoint.h5")
        #expect(try Checkpoint.exists(in: directory.path))
        #expect(try Checkpoint.load(from: directory.path, fallingBack: true).checkpoint.step == 3)
        #expect(throws: CheckpointError(path: "\(directory.path)/checkpoint.h5", problem: .notFound)) {
            try Checkpoint.load(from: directory.path)
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full here"))
    func checkpointOnAFullDisk() throws {
        let directory = try TemporaryDirectory()
        try fullCheckpoint(step: 1).write(to: directory.path)
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory.path)/checkpoint.h5.part", withDestinationPath: "/dev/full")
        do {
            try fullCheckpoint(step: 2).write(to: directory.path)
            Issue.record("wrote to a full disk")
        } catch let error as FileSystemError {
            #expect("\(error)".hasSuffix("checkpoint.h5.part: No space left on device"))
        }
        #expect(try Checkpoint.load(from: directory.path).checkpoint.step == 1)
        #expect(try directory.names == ["checkpoint.h5"])
    }

    /// Someone who looks at any moment sees a whole checkpoint: what a crash would leave.
    @Test func checkpointIsWholeAtEveryMoment() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        try fullCheckpoint(step: 0).write(to: path)
        let steps = 60
        let reader = Task.detached { () -> Int in
            var last = 0
            var looks = 0
            while last < steps {
                let step = try Checkpoint.load(from: path).checkpoint.step
                guard step >= last else { return -1 }
                last = step
                looks += 1
            }
            return looks
        }
        for step in 1...steps { try fullCheckpoint(step: step).write(to: path) }
        #expect(try await reader.value > 0)
    }

    @Test(.enabled(if: h5pyIsInstalled, "python3 with h5py is not installed"))
    func checkpointReadByH5py() throws {
        let directory = try TemporaryDirectory()
        try fullCheckpoint().write(to: directory.path)
        let script = """
            import h5py, numpy, sys
            f = h5py.File(sys.argv[1], 'r')
            assert f.userblock_size == 512
            a = f.attrs
            assert a['format'] == 'dist-vmc-checkpoint' and a['format_version'] == 1, dict(a)
            assert a['program_version'] == '1.2.3' and a['step'] == 150 and a['seed'] == 2**64 - 1
            assert a['seconds'] == 1234.5678
            assert f['configuration'].asstr()[()] == 'lattice: {type: chain}\\n# ψ\\n'
            names = list(f['parameter_names'].asstr())
            assert names == ['visible_bias', 'MLP_0/Dense_0/kernel', 'MLP_0/Dense_0/bias',
                             'Dense/kernel', 'scale'], names
            p = f['parameters']
            assert p['visible_bias'].dtype == 'f8' and numpy.isnan(p['visible_bias'][0])
            assert numpy.signbit(p['visible_bias'][1]) and p['visible_bias'][7] == -1/3
            k = p['MLP_0/Dense_0/kernel']
            assert k.shape == (2, 3) and k[1, 0] == 4 and k.attrs['dtype'] == 'float32'
            c = p['Dense/kernel']
            assert c.dtype == 'c16' and c.shape == (2, 1, 2), (c.dtype, c.shape)
            assert c[1, 0, 0] == complex(5e-324, 0.1) and c[1, 0, 1] == complex(1e308, -1/3)
            assert p['MLP_0/Dense_0/bias'].dtype == 'c16' and p['MLP_0/Dense_0/bias'].shape == (0,)
            assert p['scale'][()] == numpy.pi
            assert f['optimiser/first_moment'].shape == (8,) and f['optimiser/second_moment'].shape == (0,)
            assert f['sampler/chains'].dtype == 'i1' and f['sampler/chains'].shape == (3, 5)
            assert list(f['sampler/draw_counters']) == [0, 2**64 - 1, 2**40]
            assert f['scalars'].attrs['adam time'] == 17 and 'ε' in f['scalars'].attrs
            assert f['previous_direction'][0] == -1/3
            """
        let python = try runPython(script, ["\(directory.path)/checkpoint.h5"])
        #expect(python.status == 0, "\(python.errors)")
    }

    @Test func crc64KnownValues() {
        #expect(CRC64.checksum(of: "123456789") == 0x995D_C9BB_DF19_39FA)
        #expect(CRC64.checksum(of: "") == 0)
        // Eight bytes at a time and one at a time agree, at every alignment.
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        for start in 0..<9 {
            var crc = CRC64()
            for index in start..<bytes.count { crc.update(bytes[index...index]) }
            #expect(crc.value == CRC64.checksum(of: bytes[start...]))
        }
    }
}
