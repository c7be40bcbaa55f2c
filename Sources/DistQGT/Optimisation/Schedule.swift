import Foundation

/// Why a schedule cannot be made.
public struct ScheduleError: Error, Equatable, CustomStringConvertible {
    public let description: String
}

/// A number that depends on the optimisation step: a learning rate, a diagonal shift, a momentum.
///
/// A schedule is a pure function of the step, so a resumed run continues it exactly, and every
/// value lies between the smallest and the largest of its `endpoints`.
public struct Schedule: Sendable, Equatable {
    /// A value that holds from `step` on, until the next breakpoint.
    public struct Breakpoint: Sendable, Equatable {
        public let step: Int
        public let value: Double

        public init(step: Int, value: Double) {
            self.step = step
            self.value = value
        }
    }

    /// How a schedule goes from its first value to its last.
    public enum Form: Sendable, Equatable {
        case constant(Double)
        /// On a straight line in the step.
        case linear(start: Double, end: Double, steps: Int)
        /// By the same factor at every step.
        case exponential(start: Double, end: Double, steps: Int)
        /// On half a period of a cosine: flat at both ends (Loshchilov and Hutter, ICLR 2017).
        case cosine(start: Double, end: Double, steps: Int)
        case piecewise([Breakpoint])
    }

    public let form: Form

    public static func constant(_ value: Double) throws -> Schedule {
        try requireFinite([value])
        return Schedule(form: .constant(value))
    }

    /// `start` at step 0, `end` from step `steps` on.
    ///
    /// - Throws: `ScheduleError` unless both values are finite and `steps` is positive.
    public static func linear(from start: Double, to end: Double, steps: Int) throws -> Schedule {
        try requireRamp(start, end, steps)
        return Schedule(form: .linear(start: start, end: end, steps: steps))
    }

    /// start·(end/start)^(step/steps), and `end` from step `steps` on.
    ///
    /// - Throws: `ScheduleError` unless both values are finite and positive and `steps` is positive.
    public static func exponential(from start: Double, to end: Double, steps: Int) throws -> Schedule {
        try requireRamp(start, end, steps)
        guard start > 0, end > 0 else {
            throw ScheduleError(description: "an exponential schedule needs a positive start and a positive end")
        }
        return Schedule(form: .exponential(start: start, end: end, steps: steps))
    }

    /// end + (start − end)(1 + cos(π·step/steps))/2, and `end` from step `steps` on.
    ///
    /// - Throws: `ScheduleError` unless both values are finite and `steps` is positive.
    public static func cosine(from start: Double, to end: Double, steps: Int) throws -> Schedule {
        try requireRamp(start, end, steps)
        return Schedule(form: .cosine(start: start, end: end, steps: steps))
    }

    /// The value of the last breakpoint that has been reached.
    ///
    /// - Throws: `ScheduleError` unless the first breakpoint is step 0, the steps ascend strictly and
    ///   every value is finite.
    public static func piecewise(_ breakpoints: [Breakpoint]) throws -> Schedule {
        guard let first = breakpoints.first, first.step == 0 else {
            throw ScheduleError(description: "a piecewise schedule starts with the value at step 0")
        }
        for (earlier, later) in zip(breakpoints, breakpoints.dropFirst()) where later.step <= earlier.step {
            throw ScheduleError(
                description: "the steps of a piecewise schedule ascend, but \(later.step) follows \(earlier.step)")
        }
        try requireFinite(breakpoints.map(\.value))
        return Schedule(form: .piecewise(breakpoints))
    }

    /// The value at `step`, counted from 0. A negative step gives the first value.
    public func value(at step: Int) -> Double {
        switch form {
        case .constant(let value):
            return value
        case .linear(let start, let end, let steps):
            guard let fraction = Self.fraction(step, of: steps) else { return end }
            return start + (end - start) * fraction
        case .exponential(let start, let end, let steps):
            guard let fraction = Self.fraction(step, of: steps) else { return end }
            return start * exp(fraction * (log(end) - log(start)))
        case .cosine(let start, let end, let steps):
            guard let fraction = Self.fraction(step, of: steps) else { return end }
            return end + (start - end) * 0.5 * (1 + cos(.pi * fraction))
        case .piecewise(let breakpoints):
            return (breakpoints.last { $0.step <= max(step, 0) } ?? breakpoints[0]).value
        }
    }

    /// The values between which every value of the schedule lies.
    public var endpoints: [Double] {
        switch form {
        case .constant(let value): [value]
        case .linear(let start, let end, _), .exponential(let start, let end, _), .cosine(let start, let end, _):
            [start, end]
        case .piecewise(let breakpoints): breakpoints.map(\.value)
        }
    }

    /// Whether every value is 0.
    public var isZero: Bool { endpoints.allSatisfy { $0 == 0 } }

    /// The share of the way that `step` has gone, below 1; nil when the end has been reached.
    private static func fraction(_ step: Int, of steps: Int) -> Double? {
        step >= steps ? nil : Double(max(step, 0)) / Double(steps)
    }

    private static func requireFinite(_ values: [Double]) throws {
        guard values.allSatisfy(\.isFinite) else {
            throw ScheduleError(description: "every value of a schedule is a finite number")
        }
    }

    private static func requireRamp(_ start: Double, _ end: Double, _ steps: Int) throws {
        try requireFinite([start, end])
        guard steps > 0 else {
            throw ScheduleError(description: "a schedule needs at least one step from its start to its end")
        }
    }
}
