import Foundation

/// Messages for people: on standard error, from rank 0 only, one write each.
struct Messages {
    private let isFirstRank: Bool

    init(rank: Int) { isFirstRank = rank == 0 }

    /// One line, `dist-vmc: text`.
    func say(_ text: String) { write("dist-vmc: \(oneLine(text))\n") }

    /// Text as it is.
    func write(_ text: String) {
        guard isFirstRank else { return }
        // Where it cannot be written (a full disk, a closed terminal) there is nobody to tell.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}

/// Results for programs and people: on standard output, from rank 0 only.
struct Results {
    private let isFirstRank: Bool

    init(rank: Int) { isFirstRank = rank == 0 }

    func write(_ text: String) {
        guard isFirstRank else { return }
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
