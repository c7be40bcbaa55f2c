import DistQGT
import Foundation
import RunFiles

/// What came of one file.
struct FileReport {
    struct Quantity {
        let name: String
        let largestError: Double
        let tolerance: Double

        /// False for an error that is not a number.
        var passed: Bool { largestError <= tolerance }
    }

    let file: InputFile
    /// The name that the file gives itself.
    let title: String?
    let format: ReferenceFile.Format?
    /// Why the file cannot be compared.
    let error: String?
    let quantities: [Quantity]
    let notChecked: [String]

    var passed: Bool { error == nil && quantities.allSatisfy(\.passed) }
    var failedCount: Int { quantities.count { !$0.passed } }

    var json: JSONValue {
        [
            "file": .string(file.name),
            "name": .string(title ?? file.baseName),
            "passed": .bool(passed),
            "error": error.map { .string($0) } ?? .null,
            "quantities": .array(
                quantities.map { quantity in
                    [
                        "name": .string(quantity.name),
                        "max_relative_error": .number(quantity.largestError),
                        "tolerance": .number(quantity.tolerance),
                        "passed": .bool(quantity.passed),
                    ]
                }),
            "not_checked": .array(notChecked.map { .string($0) }),
        ]
    }

    /// One line for the file, one for each quantity and one for what was not checked.
    var text: String {
        let about = [title == file.baseName ? nil : title, format?.rawValue].compactMap { $0 }.joined(separator: ", ")
        var lines = [oneLine(about.isEmpty ? file.name : "\(file.name) (\(about))")]
        // The message on standard error says why.
        if error != nil { return lines[0] + "\n  not read\n" }
        let width = quantities.map(\.name.count).max() ?? 0
        for quantity in quantities {
            let name = oneLine(quantity.name.padding(toLength: width, withPad: " ", startingAt: 0))
            let error = quantity.largestError.isFinite ? String(format: "%.1e", quantity.largestError) : "not a number"
            lines.append("  \(quantity.passed ? "pass" : "FAIL")  \(name)  \(error)  (tolerance \(quantity.tolerance))")
        }
        if !notChecked.isEmpty {
            lines.append(oneLine("  not checked (\(notChecked.count)): \(notChecked.joined(separator: ", "))"))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// What came of all files.
struct VerificationReport {
    let ranks: Int
    let files: [FileReport]

    var passed: Bool { files.allSatisfy(\.passed) }

    /// A file that cannot be compared outweighs a quantity that failed.
    var status: ExitStatus {
        if files.contains(where: { $0.error != nil }) { return .badInput }
        return passed ? .done : .failed
    }

    var json: JSONValue {
        ["ranks": .integer(ranks), "passed": .bool(passed), "files": .array(files.map(\.json))]
    }

    /// The totals, one line.
    var summary: String {
        func total(_ count: (FileReport) -> Int) -> Int { files.reduce(0) { $0 + count($1) } }
        let quantities = total { $0.quantities.count }
        let failed = total(\.failedCount)
        return "\(files.count) \(files.count == 1 ? "file" : "files") on \(ranks) \(ranks == 1 ? "rank" : "ranks"): "
            + "\(files.count { $0.passed }) passed, \(files.count { !$0.passed && $0.error == nil }) failed, "
            + "\(files.count { $0.error != nil }) not read; quantities: \(quantities - failed) passed, "
            + "\(failed) failed, \(total(\.notChecked.count)) not checked\n"
    }
}
