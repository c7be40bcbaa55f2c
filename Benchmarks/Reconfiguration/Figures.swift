import Foundation

/// Numbers and tables as the benchmark prints them.
enum Figures {
    /// Three significant digits.
    static func short(_ value: Double) -> String { String(format: "%.3g", value) }
    /// Seconds in milliseconds.
    static func milliseconds(_ seconds: Double) -> String {
        String(format: seconds < 0.01 ? "%.2f" : "%.1f", 1e3 * seconds)
    }

    /// A Markdown table.
    static func table(_ header: [String], _ rows: [[String]]) -> String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let rule = line(["---"] + header.dropFirst().map { _ in "---:" })
        return ([line(header), rule] + rows.map(line)).joined(separator: "\n") + "\n"
    }
}
