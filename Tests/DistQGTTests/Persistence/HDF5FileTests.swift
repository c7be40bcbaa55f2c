import DistQGT
import Foundation
import RunFiles
import Testing

@Suite struct HDF5FileTests {
    private func roundTrip(_ body: (HDF5File) throws -> Void) throws -> HDF5File {
        let file = try HDF5File.createInMemory()
        try body(file)
        return try HDF5File.open(image: file.image()[...], name: "image")
    }

    @Test func hdf5OddShapesAndEmptyArrays() throws {
        let shapes: [[Int]] = [[], [1], [0], [3, 0, 5], [2, 1, 3, 1, 2], [7, 11], [1, 1, 1, 1, 1, 1, 2]]
        let file = try roundTrip { file in
            for (index, shape) in shapes.enumerated() {
                let count = shape.reduce(1, *)
                try file.write((0..<count).map { Double($0) / 3 }, shape: shape, at: "d/\(index)")
                try file.write((0..<2 * count).map { Float($0) / 7 }, shape: shape, at: "c/\(index)", complex: true)
                try file.write((0..<count).map { Int32($0 - 4) }, shape: shape, at: "i/\(index)")
            }
        }
        #expect(try file.children(of: "/") == ["c", "d", "i"])
        #expect(try file.children(of: "d").count == shapes.count)
        for (index, shape) in shapes.enumerated() {
            let count = shape.reduce(1, *)
            let real = try file.read(Double.self, at: "d/\(index)", shape: shape)
            #expect(real.values == (0..<count).map { Double($0) / 3 })
            let complex = try file.read(Float.self, at: "c/\(index)", complex: true)
            #expect(complex.shape == shape && complex.values == (0..<2 * count).map { Float($0) / 7 })
            #expect(try file.read(Int32.self, at: "i/\(index)").values == (0..<count).map { Int32($0 - 4) })
            let information = try file.information(on: "c/\(index)")
            #expect(information.element == .complex64 && information.shape == shape)
        }
    }

    @Test func hdf5ExtremeNumbersKeepTheirBits() throws {
        let patterns: [UInt64] = [
            0, 1 << 63, 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000, 0x7FF8_0000_0000_0000,
            0xFFF8_0000_0000_1234, 0x7FF0_0000_0000_0001, 1, 0x000F_FFFF_FFFF_FFFF, 0x7FEF_FFFF_FFFF_FFFF,
        ]
        let doubles = patterns.map { Double(bitPattern: $0) }
        let file = try roundTrip { file in
            try file.write(doubles, shape: [10], at: "real")
            try file.write(doubles, shape: [5], at: "complex", complex: true)
            try file.write([UInt64.max, 0, 1 << 63], shape: [3], at: "unsigned")
            try file.write([Int64.min, .max, -1], shape: [3], at: "signed")
            try file.write([Int8.min, .max, -1, 1], shape: [2, 2], at: "bytes")
            try file.writeAttribute(doubles[6], named: "signalling")
            try file.writeAttribute(Int64.min, named: "least", of: "real")
        }
        #expect(try file.read(Double.self, at: "real").values.map(\.bitPattern) == patterns)
        #expect(try file.read(Double.self, at: "complex", complex: true).values.map(\.bitPattern) == patterns)
        #expect(try file.read(UInt64.self, at: "unsigned").values == [UInt64.max, 0, 1 << 63])
        #expect(try file.read(Int64.self, at: "signed").values == [Int64.min, .max, -1])
        #expect(try file.read(Int8.self, at: "bytes", shape: [2, 2]).values == [Int8.min, .max, -1, 1])
        #expect(try file.readAttribute(Double.self, named: "signalling").bitPattern == patterns[6])
        #expect(try file.readAttribute(Int64.self, named: "least", of: "real") == .min)
    }

    @Test func hdf5Strings() throws {
        let strings = ["", "ψ(σ) 🙂", "two\nlines", String(repeating: "x", count: 100_000), "\u{0301}"]
        let file = try roundTrip { file in
            try file.write(strings, at: "list")
            try file.write([String](), at: "none")
            try file.write("a text: é", at: "groups/on/the/way/text")
            try file.writeAttribute("R̂", named: "Größe", of: "groups")
            try file.writeAttribute("", named: "empty")
        }
        #expect(try file.readStrings(at: "list") == strings)
        #expect(try file.readStrings(at: "none") == [])
        #expect(try file.readString(at: "groups/on/the/way/text") == "a text: é")
        #expect(try file.readStringAttribute("Größe", of: "groups") == "R̂")
        #expect(try file.readStringAttribute("empty") == "")
        #expect(try file.attributeNames(of: "groups") == ["Größe"])
    }

    @Test func hdf5ErrorsNameTheObjectAndTheReason() throws {
        let file = try roundTrip { file in
            try file.write([1.0, 2], shape: [2], at: "a/b")
            try file.writeAttribute("text", named: "kind", of: "a")
        }
        func reason(_ body: () throws -> Void) -> (String, HDF5Error.Reason)? {
            do { try body() } catch let error as HDF5Error { return (error.object, error.reason) } catch {}
            return nil
        }
        #expect(try #require(reason { _ = try file.read(Double.self, at: "a/c") }) == ("a/c", .missing))
        #expect(try #require(reason { _ = try file.read(Double.self, at: "x/y/z") }) == ("x/y/z", .missing))
        #expect(try #require(reason { _ = try file.read(Double.self, at: "a/b/c") }) == ("a/b/c", .missing))
        #expect(
            try #require(reason { _ = try file.read(Double.self, at: "a") })
                == ("a", .wrongType(expected: "a dataset", found: "group")))
        #expect(
            try #require(reason { _ = try file.read(Int64.self, at: "a/b") })
                == ("a/b", .wrongType(expected: "int64", found: "float64")))
        #expect(
            try #require(reason { _ = try file.read(Double.self, at: "a/b", shape: [2, 1]) })
                == ("a/b", .wrongShape(expected: [2, 1], found: [2])))
        #expect(
            try #require(reason { _ = try file.readAttribute(Double.self, named: "kind", of: "a") })
                == ("a@kind", .wrongType(expected: "float64", found: "string")))
        #expect(try #require(reason { _ = try file.readStringAttribute("none", of: "a") }) == ("a@none", .missing))
        #expect(try file.kind(of: "a") == .group && file.kind(of: "a/b") == .dataset && file.kind(of: "b") == nil)

        let new = try HDF5File.createInMemory()
        #expect(throws: HDF5Error.self) { try new.write([1.0], shape: [2], at: "short") }
        #expect(throws: HDF5Error.self) { try new.write([1.0], shape: [-1, -1], at: "negative") }
        #expect(throws: HDF5Error.self) { try new.write([Double](), shape: [Int.max, 4], at: "huge") }
        #expect(throws: HDF5Error.self) { try new.write("a\0b", at: "nul") }
        for name in ["", "a//b", "a/", "./a", "a\0b"] {
            #expect(throws: HDF5Error.self) { try new.write([1.0], shape: [1], at: name) }
        }
        try new.write([1.0], shape: [1], at: "once")
        #expect(throws: HDF5Error.self) { try new.write([1.0], shape: [1], at: "once") }
        #expect(throws: HDF5Error.self) { try new.write([1.0], shape: [1], at: "once/more") }
        try new.close()
        #expect(throws: HDF5Error.self) { try new.write([1.0], shape: [1], at: "late") }
    }

    @Test func hdf5FilesOnDisk() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/file.h5"
        let file = try HDF5File.create(at: path)
        try file.write([1.5, -2.5], shape: [2], at: "x")
        try file.close()
        #expect(try HDF5File.open(path).read(Double.self, at: "x").values == [1.5, -2.5])
        #expect(throws: HDF5Error.self) { try HDF5File.create(at: path) }
        try directory.write(Array("no HDF5".utf8), to: "text")
        #expect(throws: HDF5Error.self) { try HDF5File.open("\(directory.path)/text") }
        do {
            _ = try HDF5File.open("\(directory.path)/nothing")
            Issue.record("opened a file that is not there")
        } catch let error as HDF5Error {
            #expect("\(error)".contains("No such file"))
        }
    }

    @Test(.enabled(if: h5pyIsInstalled, "python3 with h5py is not installed"))
    func hdf5ReadsWhatH5pyWrites() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/h5py.h5"
        let script = """
            import h5py, numpy, sys
            with h5py.File(sys.argv[1], 'w', track_order=True) as f:
                f['g/complex128'] = numpy.array([[1+2j, 3-4j]])
                f['complex64'] = numpy.array([0.5-0.25j], dtype='c8')
                f['big'] = numpy.array([1.5, -2.0], dtype='>f8')
                f['int8'] = numpy.array([[1, -1]], dtype='i1')
                f['uint16'] = numpy.array([1], dtype='u2')
                f['fixed'] = numpy.array([b'ab', b'abc'])
                f['scalar'] = 'ψ'
                f.create_dataset('zipped', data=numpy.arange(100.0), chunks=(10,), compression='gzip')
                f.create_dataset('sparse', shape=(10**9, 10**9), dtype='f8', chunks=(1000, 1000))
                f['null'] = h5py.Empty('f8')
                f.attrs['text'] = 'é'
                f.attrs['list'] = [1.0, 2.0]
                f.attrs['int'] = 7
            """
        let python = try runPython(script, [path])
        try #require(python.status == 0, "\(python.errors)")
        let file = try HDF5File.open(path)
        let complex = try file.read(Double.self, at: "g/complex128", complex: true)
        #expect(complex.values == [1, 2, 3, -4] && complex.shape == [1, 2])
        #expect(try file.read(Float.self, at: "complex64", complex: true).values == [0.5, -0.25])
        #expect(try file.read(Double.self, at: "big").values == [1.5, -2])
        #expect(try file.read(Int8.self, at: "int8").values == [1, -1])
        #expect(try file.information(on: "uint16").element == .other)
        #expect(try file.readStrings(at: "fixed") == ["ab", "abc"])
        #expect(try file.readString(at: "scalar") == "ψ")
        #expect(try file.read(Double.self, at: "zipped").values == (0..<100).map(Double.init))
        #expect(throws: HDF5Error.self) { try file.read(Double.self, at: "sparse") }
        #expect(throws: HDF5Error.self) { try file.read(Double.self, at: "null") }
        #expect(try file.readStringAttribute("text") == "é")
        #expect(try file.attributeType("list", of: "/") == .other)
        #expect(try file.readAttribute(Int64.self, named: "int") == 7)
    }
}
