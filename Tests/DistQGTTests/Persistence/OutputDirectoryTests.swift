import DistQGT
import Foundation
import RunFiles
import Testing

@Suite struct OutputDirectoryTests {
    private func failure(_ path: String, name: String = "run", resuming: Bool = false) -> OutputDirectoryError? {
        do { _ = try OutputDirectory.prepare(path, name: name, resuming: resuming) } catch { return error }
        return nil
    }

    @Test func outputDirectoryIsCreated() throws {
        let base = try TemporaryDirectory()
        let directory = try OutputDirectory.prepare("\(base.path)/a/b/c//", name: "ising", resuming: false)
        #expect(directory.path == "\(base.path)/a/b/c" && directory.netKetLog == "\(base.path)/a/b/c/ising.log")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
        #expect(failure(directory.path) == nil, "an empty directory holds no run")
        try Data().write(to: URL(fileURLWithPath: "\(directory.path)/notes.txt"))
        #expect(failure(directory.path) == nil, "other files are no run")
        try directory.writeConfiguration("a: 1\n")
        try directory.writeSummary(["energy": ["mean": [-1.0, 0.0]]])
        #expect(try directory.storedConfiguration() == "a: 1\n")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
                == ["config.yaml", "notes.txt", "summary.json"])
    }

    @Test func outputDirectoryRefusesAnotherRun() throws {
        for file in [
            "checkpoint.h5", "checkpoint.previous.h5", "log.jsonl", "run.log", "config.yaml", "summary.json",
        ] {
            let base = try TemporaryDirectory()
            try base.write(Array("content".utf8), to: file)
            let error = try #require(failure(base.path))
            #expect(error == .occupied(directory: base.path, file: file))
            #expect("\(error)".contains(base.path) && "\(error)".contains(file))
            #expect(try base.names == [file] && base.text(of: file) == "content")
            #expect(failure(base.path, resuming: true) == nil)
        }
    }

    @Test func outputDirectoryKeepsTheConfiguration() throws {
        let base = try TemporaryDirectory()
        let directory = try OutputDirectory.prepare(base.path, name: "run", resuming: true)
        #expect(try directory.storedConfiguration() == nil)
        try directory.writeConfiguration("steps: 10\n")
        #expect(try directory.storedConfiguration() == "steps: 10\n")
    }

    @Test func outputDirectoryThatCannotBe() throws {
        let base = try TemporaryDirectory()
        try base.write([], to: "file")
        #expect(failure("\(base.path)/file") == .notADirectory("\(base.path)/file"))
        guard case .notWritable(_, let reason)? = failure("\(base.path)/file/below") else {
            Issue.record("made a directory below a file")
            return
        }
        #expect(reason.hasPrefix("Not a directory"))
        #expect(failure(base.path, name: "a/b") == .invalidName("a/b"))
        #expect(failure(base.path, name: "") == .invalidName(""))
        #expect(try base.names == ["file"])
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self"), "no /proc here"))
    func outputDirectoryThatIsReadOnly() throws {
        // Not even root may write there.
        guard case .notWritable("/proc/dist-vmc/run", _)? = failure("/proc/dist-vmc/run") else {
            Issue.record("made a directory in /proc")
            return
        }
        guard case .notWritable("/proc/self", _)? = failure("/proc/self") else {
            Issue.record("wrote in /proc/self")
            return
        }
    }
}
