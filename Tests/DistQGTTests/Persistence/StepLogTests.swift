import DistQGT
import Foundation
import RunFiles
import Testing

@Suite struct StepLogTests {
    private func entry(_ step: Int) -> JSONValue { ["step": .integer(step), "energy": ["mean": [-1.5, 0.0]]] }

    private func line(_ step: Int) -> String { "{\"step\":\(step),\"energy\":{\"mean\":[-1.5,0.0]}}\n" }

    @Test func stepLogAppendsAndResumes() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/log.jsonl"
        do {
            let log = try StepLog.create(at: path)
            for step in 0..<8 { try log.append(entry(step)) }
            try log.synchronise()
            #expect(throws: StepLogError.self) { try log.append(entry(7)) }
            #expect(throws: StepLogError.self) { try log.append(["energy": 1]) }
            #expect(log.lastStep == 7)
        }
        #expect(try directory.text(of: "log.jsonl") == (0..<8).map(line).joined())
        #expect(throws: FileSystemError.self) { try StepLog.create(at: path) }

        let (log, entries) = try StepLog.resume(at: path, after: 4)
        #expect(entries == (0...4).map(entry) && log.lastStep == 4)
        for step in 5..<10 { try log.append(entry(step)) }
        #expect(try directory.text(of: "log.jsonl") == (0..<10).map(line).joined())
        #expect(try StepLog.entries(of: path).count == 10)
        #expect(try directory.names == ["log.jsonl"])

        #expect(try StepLog.resume(at: path, after: nil).entries.isEmpty)
        #expect(try directory.text(of: "log.jsonl") == "")
        #expect(try StepLog.resume(at: "\(directory.path)/new.jsonl", after: 3).log.lastStep == nil)
    }

    @Test func stepLogCutAnywhere() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/log.jsonl"
        let whole = Array((1...5).map(line).joined().utf8)
        for length in 0...whole.count {
            try directory.write(Array(whole[..<length]), to: "log.jsonl")
            let (log, entries) = try StepLog.resume(at: path, after: 3)
            let expected = min(3, whole[..<length].filter { $0 == 0x0a }.count)
            #expect(entries.count == expected)
            try log.append(entry(4))
            let text = (1..<expected + 1).map(line).joined() + line(4)
            #expect(try directory.text(of: "log.jsonl") == text)
        }
    }

    @Test func stepLogDamage() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/log.jsonl"
        // After a power failure some file systems leave zeros at the end.
        try directory.write(Array((line(1) + line(2) + "\0\0\0\n\0\0\n\0").utf8), to: "log.jsonl")
        #expect(try StepLog.resume(at: path, after: 9).entries == [entry(1), entry(2)])
        #expect(try directory.text(of: "log.jsonl") == line(1) + line(2))
        try directory.write(Array("\0\0\n\0".utf8), to: "log.jsonl")
        #expect(try StepLog.resume(at: path, after: nil).entries.isEmpty)
        for damaged in [line(1) + "x\n" + line(2), line(1) + line(1) + line(2), line(1) + "{\"a\":1}\n" + line(2)] {
            try directory.write(Array(damaged.utf8), to: "log.jsonl")
            do {
                _ = try StepLog.resume(at: path, after: 9)
                Issue.record("continued a damaged log")
            } catch let error as StepLogError {
                #expect(error.line == 2)
            }
            #expect(try directory.text(of: "log.jsonl") == damaged)
        }
    }

    @Test func stepLogOfAnotherKind() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/log.jsonl"
        for foreign in ["{\"loss\": 1}\n{\"loss\": 2}\n", "Dear diary\n", "[1, 2]\n" + line(1)] {
            try directory.write(Array(foreign.utf8), to: "log.jsonl")
            for lastStep in [nil, 3] {
                #expect(throws: StepLogError.self) { try StepLog.resume(at: path, after: lastStep) }
                #expect(try directory.text(of: "log.jsonl") == foreign)
            }
        }
    }

    @Test func netKetLogLayout() throws {
        let entries = try [
            #"{"step":0,"energy":{"mean":[-1.5,0.25],"error_of_mean":0.1,"variance":2,"r_hat":null,"tau_corr":0.5},"#
                + #""acceptance":0.4,"solver":{"iterations":7,"outcome":"converged"}}"#,
            #"{"step":1,"energy":{"mean":[-1.75,0.5],"error_of_mean":null,"variance":1.5,"r_hat":1.01,"tau_corr":0.25},"#
                + #""acceptance":0.5,"solver":{"iterations":9,"outcome":"converged"},"v_score":0.125}"#,
        ].map { try JSONParser.parse($0) }
        let expected = [
            #"{"Energy":{"iters":[0,1],"Mean":{"real":[-1.5,-1.75],"imag":[0.25,0.5]},"Variance":[2.0,1.5],"#,
            #""Sigma":[0.1,null],"R_hat":[null,1.01],"TauCorr":[0.5,0.25]},"#,
            #""acceptance":{"iters":[0,1],"value":[0.4,0.5]},"#,
            #""solver":{"iterations":{"iters":[0,1],"value":[7.0,9.0]}},"#,
            #""v_score":{"iters":[1],"value":[0.125]}}"#,
        ].joined()
        #expect("\(NetKetLog(complexEnergy: true, entries: entries).document)" == expected)

        let directory = try TemporaryDirectory()
        var log = NetKetLog(complexEnergy: false)
        for entry in entries {
            log.append(entry)
            try log.write(to: "\(directory.path)/run.log")
        }
        let read = try JSONParser.parse(try directory.bytes(of: "run.log"))
        #expect(read["Energy"]?["Mean"] == [-1.5, -1.75])
        #expect(try directory.names == ["run.log"])
        #expect("\(NetKetLog(complexEnergy: false).document)" == "{}")
    }
}
