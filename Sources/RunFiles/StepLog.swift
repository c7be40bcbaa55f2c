#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a step log cannot be continued.
public struct StepLogError: Error, Equatable, Sendable, CustomStringConvertible {
    public let path: String
    /// Counted from 1; nil where an entry to be appended is at fault.
    public let line: Int?
    public let reason: String

    public var description: String {
        guard let line else { return "\(path): \(reason)" }
        return "\(path), line \(line): \(reason); repair the line or move the file away"
    }
}

/// `log.jsonl`: one JSON object per optimisation step, in increasing order of its member `step`.
///
/// A line reaches the file in one piece or not at all, and nothing written is ever changed, so that
/// what a crash leaves is whole lines and at most one torn one at the end.
public final class StepLog {
    public let path: String
    private let descriptor: Int32
    /// The step of the last line; nil in an empty log.
    public private(set) var lastStep: Int?
    /// Bytes of whole lines in the file.
    private var length: off_t
    /// Whether part of a line that could not be written may still be there.
    private var torn = false

    private init(path: String, flags: Int32, lastStep: Int?) throws {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | flags, 0o666)
        guard descriptor >= 0 else { throw FileSystemError(operation: "open", path: path, code: errno) }
        self.path = path
        self.lastStep = lastStep
        length = lseek(descriptor, 0, SEEK_END)
        if length < 0 {
            let code = errno
            _ = close(descriptor)
            throw FileSystemError(operation: "open", path: path, code: code)
        }
    }

    deinit { _ = close(descriptor) }

    /// Starts a log. The file must not exist.
    /// - Throws: `FileSystemError`.
    public static func create(at path: String) throws -> StepLog {
        let log = try StepLog(path: path, flags: O_EXCL, lastStep: nil)
        try FileSystem.synchroniseDirectory(of: path)
        return log
    }

    /// Continues a log after `lastStep`: a torn last line and the lines of later steps, which the
    /// resumed run will take again, are removed. A missing log counts as empty. A file that begins with a
    /// whole line of something else is not a log, and stays as it is.
    /// - Parameter lastStep: the last step the checkpoint contains; nil if it contains none.
    /// - Returns: the log and the entries that stay. Their last step is before `lastStep` only where
    ///   lines were lost (a log not synchronised before a power failure).
    /// - Throws: `StepLogError` where a line in the middle is damaged, `FileSystemError`.
    public static func resume(
        at path: String, after lastStep: Int?
    ) throws -> (log: StepLog, entries: [JSONValue]) {
        guard try FileSystem.kind(of: path) != nil else { return (try create(at: path), []) }
        let bytes = try FileSystem.read(path)
        let lines = try wholeLines(of: bytes, path: path)
        let kept = lines.prefix { line in lastStep.map { line.step <= $0 } ?? false }
        let end = kept.last?.end ?? 0
        if end < bytes.count { try FileSystem.replace(path, with: Array(bytes[..<end])) }
        let log = try StepLog(path: path, flags: 0, lastStep: kept.last?.step)
        return (log, kept.map(\.entry))
    }

    /// The entries of a log, without a torn last line.
    /// - Throws: `StepLogError`, `FileSystemError`.
    public static func entries(of path: String) throws -> [JSONValue] {
        try wholeLines(of: try FileSystem.read(path), path: path).map(\.entry)
    }

    private struct Line {
        let entry: JSONValue
        let step: Int
        /// The offset of the byte after the line break.
        let end: Int
    }

    /// The lines up to the first that is no entry. What follows that one must be no entry either (a
    /// torn tail): an entry after a damaged line means that something else has changed the file.
    private static func wholeLines(of bytes: [UInt8], path: String) throws -> [Line] {
        var lines: [Line] = []
        var damaged: StepLogError?
        var start = 0
        var number = 1
        while let end = bytes[start...].firstIndex(of: 0x0a) {
            switch entry(bytes[start..<end], after: lines.last?.step) {
            case .success(let (entry, step)):
                if let damaged { throw damaged }
                lines.append(Line(entry: entry, step: step, end: end + 1))
            case .failure(let reason):
                // A crash tears the end of a log or leaves zeros, but never a first line of another kind.
                if lines.isEmpty, bytes[start] != 0 {
                    throw StepLogError(path: path, line: number, reason: reason.text)
                }
                if damaged == nil {
                    damaged = StepLogError(path: path, line: number, reason: reason.text)
                }
            }
            start = end + 1
            number += 1
        }
        return lines
    }

    private struct Reason: Error { let text: String }

    private static func entry(
        _ line: ArraySlice<UInt8>, after previous: Int?
    ) -> Result<(JSONValue, Int), Reason> {
        do {
            let value = try JSONParser.parse(Array(line))
            guard let step = value["step"]?.integer else {
                return .failure(Reason(text: "an entry without its step"))
            }
            if let previous, step <= previous {
                return .failure(Reason(text: "step \(step) after step \(previous)"))
            }
            return .success((value, step))
        } catch {
            return .failure(Reason(text: "column \(error.column): \(error.reason)"))
        }
    }

    /// Appends one entry, an object with an integer `step` beyond the last one.
    /// - Throws: `StepLogError`; `FileSystemError`, and then the file holds whole lines as before.
    public func append(_ entry: JSONValue) throws {
        guard let step = entry["step"]?.integer, step > (lastStep ?? Int.min) else {
            let last = lastStep.map { " after step \($0)" } ?? ""
            throw StepLogError(path: path, line: nil, reason: "not an entry with a further step\(last)")
        }
        var line = JSONWriter.encode(entry)
        line.append(0x0a)
        if torn { try removeTornLine() }
        do {
            try FileSystem.writeAll(line, to: descriptor, path: path)
        } catch {
            // A full disk may have taken part of the line. The reason why is worth more than what
            // happens now: the next append tries again.
            torn = true
            try? removeTornLine()
            throw error
        }
        length += off_t(line.count)
        lastStep = step
    }

    /// Whether the file is still where it was. What is appended to one that is not is lost with it.
    public var isInPlace: Bool { FileSystem.names(path, descriptor) }

    private func removeTornLine() throws {
        guard ftruncate(descriptor, length) == 0 else {
            throw FileSystemError(operation: "shorten", path: path, code: errno)
        }
        torn = false
    }

    /// Makes everything appended permanent. Called before a checkpoint is written, so that the log has
    /// every step the checkpoint counts.
    /// - Throws: `FileSystemError`.
    public func synchronise() throws {
        guard fsync(descriptor) == 0 else {
            throw FileSystemError(operation: "synchronise", path: path, code: errno)
        }
    }
}
