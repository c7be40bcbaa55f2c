import DistQGT
import Foundation
import RunFiles
import Testing

@Suite struct DirectoryLockTests {
    private func failure(_ path: String) -> OutputDirectoryError? {
        do { _ = try DirectoryLock(path) } catch { return error }
        return nil
    }

    @Test func aLockIsHeldByOneUntilItIsReleased() throws {
        let base = try TemporaryDirectory()
        do {
            let lock = try DirectoryLock(base.path)
            #expect(lock.isEffective && lock.isInPlace)
            let holder = try base.text(of: "run.lock")
            #expect(holder.contains("process \(getpid())"))
            #expect(failure(base.path) == .inUse(directory: base.path, holder: String(holder.dropLast())))
            #expect(try base.text(of: "run.lock") == holder)
            withExtendedLifetime(lock) {}
        }
        #expect(try base.names.isEmpty)
        #expect(failure(base.path) == nil)
    }

    @Test func anEarlierStartOfTheSameJobIsWaitedFor() throws {
        let base = try TemporaryDirectory()
        var first: DirectoryLock? = try DirectoryLock(base.path, job: "77")
        let holder = String(try base.text(of: "run.lock").dropLast())
        #expect(holder.hasSuffix(", Slurm job 77"))
        var told: [String] = []
        // It ends while it is waited for: the message comes after a second.
        _ = try DirectoryLock(base.path, job: "77", patience: 10) {
            told.append($0)
            first = nil
        }
        #expect(told == [holder] && first == nil)
        // It does not end.
        first = try DirectoryLock(base.path, job: "77")
        #expect(throws: OutputDirectoryError.heldBySameJob(directory: base.path, holder: holder)) {
            _ = try DirectoryLock(base.path, job: "77", patience: 1.2)
        }
        // Another job, and none, wait for nobody.
        for job in ["7", "777", nil] {
            #expect(throws: OutputDirectoryError.inUse(directory: base.path, holder: holder)) {
                _ = try DirectoryLock(base.path, job: job) { _ in Issue.record("waits for another job") }
            }
        }
        withExtendedLifetime(first) {}
    }

    @Test func aFileThatACrashLeftHoldsNobodyUp() throws {
        let base = try TemporaryDirectory()
        try base.write(
            Array("host long-gone, process 1, Slurm job 99 and a long text behind it\n".utf8), to: "run.lock")
        let lock = try DirectoryLock(base.path)
        let text = try base.text(of: "run.lock")
        #expect(text.contains("process \(getpid())") && !text.contains("long"))
        withExtendedLifetime(lock) {}
    }

    /// A lock on a file that has been removed keeps nobody away, and must not remove the next one's file.
    @Test func aLockWhoseFileIsGone() throws {
        let base = try TemporaryDirectory()
        do {
            let first = try DirectoryLock(base.path)
            try FileManager.default.removeItem(atPath: "\(base.path)/run.lock")
            #expect(!first.isInPlace)
            let second = try DirectoryLock(base.path)
            #expect(second.isInPlace)
            withExtendedLifetime(first) {}
            #expect(second.isInPlace && !first.isInPlace)
        }
        #expect(try base.names.isEmpty)
    }

    @Test func aLockWhereNoFileCanBe() throws {
        let base = try TemporaryDirectory()
        guard case .notWritable? = failure("\(base.path)/nowhere") else {
            Issue.record("locked a directory that does not exist")
            return
        }
    }

    @Test func aStopFileKeepsRunsFromStarting() throws {
        let base = try TemporaryDirectory()
        let directory = try OutputDirectory.prepare(base.path, name: "run", resuming: true)
        try directory.requireNotStopped()
        try base.write([], to: "STOP")
        #expect(throws: OutputDirectoryError.stopped(directory: base.path)) { try directory.requireNotStopped() }
    }
}
