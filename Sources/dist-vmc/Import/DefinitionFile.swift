import Communication
import DistQGT

/// A text file of another program, line by line, for messages that name the line.
struct DefinitionFile {
    struct Line {
        let file: String
        /// From 1.
        let number: Int
        let words: [String]

        func error(_ problem: String) -> ConfigurationError {
            ConfigurationError(problem, at: Origin(source: file, line: number))
        }

        /// - Parameter what: the column, for messages.
        func integer(_ column: Int, _ what: String, in range: Range<Int>? = nil) throws -> Int {
            let word = try word(column, what)
            guard let value = Int(word) else { throw error("\(what): '\(word)' is no integer") }
            if let range, !range.contains(value) {
                throw error(
                    "\(what): \(value) is not one of " + (range.isEmpty ? "none" : "0 to \(range.upperBound - 1)"))
            }
            return value
        }

        func real(_ column: Int, _ what: String) throws -> Double {
            let word = try word(column, what)
            guard let value = Double(word), value.isFinite else { throw error("\(what): '\(word)' is no number") }
            return value
        }

        func has(_ columns: Int) throws {
            guard words.count <= columns else {
                throw error("has \(words.count) columns; accepted: \(columns)")
            }
        }

        private func word(_ column: Int, _ what: String) throws -> String {
            guard words.indices.contains(column) else { throw error("\(what) is missing") }
            return words[column]
        }
    }

    let name: String
    /// All lines, also empty ones.
    let lines: [Line]

    /// Local.
    ///
    /// - Throws: `ConfigurationError` where the file cannot be read.
    init(_ path: String) throws {
        name = path
        let text = try InputFile(path: path).text(on: .alone())
        // "\r\n" is one character.
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().map {
            Line(
                file: path, number: $0.offset + 1,
                words: $0.element.split(whereSeparator: \.isWhitespace).map(String.init))
        }
    }

    func error(_ problem: String) -> ConfigurationError {
        ConfigurationError(problem, at: Origin(source: name, line: nil))
    }
}

/// A `.def` file of mVMC: five lines of header with a count in the second, then records.
struct RecordFile {
    let file: DefinitionFile
    /// What line 2 says.
    let count: Int
    /// Lines behind the header that are not empty.
    let records: [DefinitionFile.Line]

    var name: String { file.name }

    init(_ path: String) throws {
        file = try DefinitionFile(path)
        guard file.lines.count >= 5, file.lines[1].words.count >= 2 else {
            throw file.error("has no header of five lines, the second with a count")
        }
        count = try file.lines[1].integer(1, "the count", in: 0..<Schema.maximumCount)
        records = file.lines.dropFirst(5).filter { !$0.words.isEmpty }
    }

    func error(_ problem: String) -> ConfigurationError { file.error(problem) }

    /// The error for a count in line 2 that is another one.
    func countError(_ problem: String) -> ConfigurationError { file.lines[1].error(problem) }

    /// Line 3 of files of parameters: whether they are complex.
    func isComplex() throws -> Bool {
        guard file.lines[2].words.count >= 2 else { throw file.lines[2].error("has no flag of real or complex") }
        return try file.lines[2].integer(1, "the flag of real or complex", in: 0..<2) == 1
    }

    /// All records, of which there are as many as line 2 says.
    func counted() throws -> [DefinitionFile.Line] {
        guard records.count == count else {
            throw countError("says \(count) records, and the file has \(records.count)")
        }
        return records
    }

    /// The records of indices, and the parameters that the lines behind them freeze.
    ///
    /// - Parameters:
    ///   - indices: how many records there are.
    ///   - parameters: how many flags there are.
    func indexed(_ indices: Int, parameters: Int) throws -> (records: ArraySlice<DefinitionFile.Line>, frozen: Int) {
        guard count > 0 else { throw countError("says 0 parameters; accepted: at least one") }
        guard records.count == indices + parameters else {
            throw error(
                "has \(records.count) lines behind its header; accepted: \(indices) of indices and \(parameters) of flags"
            )
        }
        var frozen = 0
        for record in records[indices...] {
            _ = try record.integer(0, "the parameter")
            if try record.integer(1, "the flag") != 1 { frozen += 1 }
        }
        return (records[..<indices], frozen)
    }
}
