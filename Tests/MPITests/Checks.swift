/// The failed checks of the test that is running, on this rank.
enum FailedChecks {
    // All tests of the process run one after the other on its main thread.
    nonisolated(unsafe) private static var messages: [String] = []

    static func record(_ message: String) { messages.append(message) }

    /// Takes the messages, leaving none.
    static func take() -> [String] {
        defer { messages = [] }
        return messages
    }
}

/// Records a failure of the running test unless `condition` holds. Local.
func check(
    _ condition: @autoclosure () throws -> Bool, _ message: @autoclosure () -> String = "",
    file: StaticString = #fileID, line: UInt = #line
) rethrows {
    if try !condition() { record(message(), "does not hold", file, line) }
}

/// Records a failure unless the two values are equal. Local.
func checkEqual<Value: Equatable>(
    _ actual: @autoclosure () throws -> Value, _ expected: @autoclosure () throws -> Value,
    _ message: @autoclosure () -> String = "",
    file: StaticString = #fileID, line: UInt = #line
) rethrows {
    let (actual, expected) = (try actual(), try expected())
    if actual != expected { record(message(), "\(actual) is not \(expected)", file, line) }
}

/// Records a failure unless |actual − expected| ≤ absolute + relative·|expected|. NaN is never
/// close to anything. Local.
func checkClose<Value: BinaryFloatingPoint>(
    _ actual: Value, _ expected: Value, relative: Value = 0, absolute: Value = 0,
    _ message: @autoclosure () -> String = "",
    file: StaticString = #fileID, line: UInt = #line
) {
    let difference = abs(actual - expected)
    if !(difference <= absolute + relative * abs(expected)) {
        record(message(), "\(actual) is off \(expected) by \(difference)", file, line)
    }
}

/// Records a failure unless the lists have one length and each entry is off by at most
/// absolute + relative·(the largest |expected| of the list). Local.
func checkClose<Value: BinaryFloatingPoint>(
    _ actual: [Value], _ expected: [Value], relative: Value = 0, absolute: Value = 0,
    _ message: @autoclosure () -> String = "",
    file: StaticString = #fileID, line: UInt = #line
) {
    guard actual.count == expected.count else {
        record(message(), "\(actual.count) entries, not \(expected.count)", file, line)
        return
    }
    let scale = expected.reduce(0) { max($0, abs($1)) }
    let bound = absolute + relative * scale
    for (index, (value, wanted)) in zip(actual, expected).enumerated()
    where !(abs(value - wanted) <= bound) {
        record(
            message(), "entry \(index): \(value) is off \(wanted) by \(abs(value - wanted))", file,
            line)
        return
    }
}

/// Records a failure unless `body` throws an error of the given type, and returns that error. Local.
@discardableResult
func checkThrows<Failure: Error>(
    _ type: Failure.Type, _ message: @autoclosure () -> String = "",
    file: StaticString = #fileID, line: UInt = #line, _ body: () throws -> Void
) -> Failure? {
    do {
        try body()
        record(message(), "nothing thrown, \(type) expected", file, line)
    } catch let error as Failure {
        return error
    } catch {
        record(message(), "threw '\(error)', \(type) expected", file, line)
    }
    return nil
}

private func record(_ message: String, _ detail: String, _ file: StaticString, _ line: UInt) {
    let place = "\(file):\(line)"
    FailedChecks.record(
        message.isEmpty ? "\(place): \(detail)" : "\(place): \(message): \(detail)")
}
