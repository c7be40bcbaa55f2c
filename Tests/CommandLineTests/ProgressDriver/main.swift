// Feeds the progress display from its arguments: the number of steps, the seconds that one takes and
// the rank. The clock is the sum of the steps' seconds, so that nothing waits.
import Foundation

let arguments = CommandLine.arguments
let steps = Int(arguments[1]) ?? 0
let seconds = Double(arguments[2]) ?? 0
var time = 0.0
let display = ProgressDisplay(rank: Int(arguments[3]) ?? 0, isQuiet: arguments.contains("quiet"), clock: { time })
let isFullSum = arguments.contains("full_sum")
for step in 0..<steps {
    time += seconds
    display.report(
        StepFigures(
            step: step + 1, steps: steps, energy: -28.56943 - 0.001 * Double(step), error: isFullSum ? nil : 0.0123,
            variance: 0.5, splitRHat: isFullSum ? nil : 1.0042, autocorrelationTime: isFullSum ? nil : 1.5,
            acceptance: isFullSum ? nil : 0.437, solverIterations: 31, seconds: seconds))
    if step == 1, arguments.contains("note") { display.note("checkpoint written") }
}
display.finish([("energy", TerminalNumber.value(-44.9139, error: 0.00021)), ("steps", "\(steps)")])
for argument in arguments.dropFirst(4) {
    let parts = argument.split(separator: ",").compactMap { Double($0) }
    if parts.count == 2 { print(TerminalNumber.value(parts[0], error: parts[1])) }
    if parts.count == 1 { print(TerminalNumber.duration(parts[0])) }
}
