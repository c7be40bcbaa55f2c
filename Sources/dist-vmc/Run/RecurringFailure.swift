/// An operation on files that may fail, and is tried again later: told when it fails, and when it works again.
struct RecurringFailure {
    /// What is done, as it reads after "cannot".
    let operation: String
    private(set) var problem: String?

    init(_ operation: String) { self.operation = operation }

    /// - Returns: whether it worked.
    mutating func attempt(_ tell: (String) -> Void, _ body: () throws -> Void) -> Bool {
        do {
            try body()
        } catch {
            let words = String(describing: error)
            if words != problem { tell("cannot \(operation) (\(words)); the run goes on, and it will be tried again") }
            problem = words
            return false
        }
        if problem != nil { tell("it works again to \(operation)") }
        problem = nil
        return true
    }
}
