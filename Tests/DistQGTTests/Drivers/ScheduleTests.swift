import DistQGT
import Testing

@Suite("Schedules")
struct ScheduleTests {
    @Test func scheduleConstantNeverChanges() throws {
        let schedule = try Schedule.constant(0.02)
        for step in [-3, 0, 1, 1_000_000, Int.max] { #expect(schedule.value(at: step) == 0.02) }
    }

    @Test func scheduleRampsStartAndEndExactly() throws {
        for schedule in [
            try Schedule.linear(from: 0.1, to: 0.3, steps: 7),
            try Schedule.exponential(from: 0.1, to: 0.3, steps: 7),
            try Schedule.cosine(from: 0.1, to: 0.3, steps: 7),
        ] {
            #expect(schedule.value(at: Int.min) == schedule.value(at: 0))
            #expect(abs(schedule.value(at: 0) - 0.1) < 1e-16)
            #expect(schedule.value(at: 7) == 0.3)
            #expect(schedule.value(at: Int.max) == 0.3)
            for step in 0..<7 { #expect(schedule.value(at: step) < schedule.value(at: step + 1)) }
        }
    }

    @Test func scheduleValuesAtHalfWay() throws {
        #expect(abs(try Schedule.linear(from: 1, to: 0, steps: 10).value(at: 5) - 0.5) < 1e-15)
        #expect(abs(try Schedule.cosine(from: 1, to: 0, steps: 10).value(at: 5) - 0.5) < 1e-15)
        // Half way, an exponential is at the geometric mean.
        #expect(abs(try Schedule.exponential(from: 4, to: 1, steps: 10).value(at: 5) - 2) < 1e-14)
        // A third of the way down a cosine: (1 + cos 60°)/2.
        #expect(abs(try Schedule.cosine(from: 1, to: 0, steps: 3).value(at: 1) - 0.75) < 1e-15)
    }

    @Test func scheduleExponentialKeepsItsFactor() throws {
        let schedule = try Schedule.exponential(from: 1, to: 1e-6, steps: 600)
        for step in 0..<599 {
            let factor = schedule.value(at: step + 1) / schedule.value(at: step)
            #expect(abs(factor - 0.977237220955811) < 1e-12)  // 10^(−1/100)
        }
    }

    @Test func schedulePiecewiseHoldsEachValue() throws {
        let schedule = try Schedule.piecewise([
            .init(step: 0, value: 0.1), .init(step: 10, value: 0.05), .init(step: 11, value: 0.2),
        ])
        let expected = [(-1, 0.1), (0, 0.1), (9, 0.1), (10, 0.05), (11, 0.2), (5000, 0.2)]
        for (step, value) in expected { #expect(schedule.value(at: step) == value) }
    }

    @Test func scheduleRefusesWhatHasNoMeaning() {
        #expect(throws: ScheduleError.self) { try Schedule.constant(.nan) }
        #expect(throws: ScheduleError.self) { try Schedule.linear(from: 0, to: .infinity, steps: 3) }
        #expect(throws: ScheduleError.self) { try Schedule.cosine(from: 1, to: 0, steps: 0) }
        #expect(throws: ScheduleError.self) { try Schedule.exponential(from: 1, to: 0, steps: 5) }
        #expect(throws: ScheduleError.self) { try Schedule.exponential(from: -1, to: -2, steps: 5) }
        #expect(throws: ScheduleError.self) { try Schedule.piecewise([]) }
        #expect(throws: ScheduleError.self) { try Schedule.piecewise([.init(step: 1, value: 1)]) }
        #expect(throws: ScheduleError.self) {
            try Schedule.piecewise([.init(step: 0, value: 1), .init(step: 4, value: 1), .init(step: 4, value: 2)])
        }
    }

    @Test func scheduleStaysBetweenItsEndpoints() throws {
        let schedules = [
            try Schedule.exponential(from: 0.3, to: 1e-4, steps: 33), try Schedule.cosine(from: 2, to: -1, steps: 33),
            try Schedule.linear(from: -5, to: 5, steps: 33),
        ]
        for schedule in schedules {
            let low = schedule.endpoints.min() ?? .nan
            let high = schedule.endpoints.max() ?? .nan
            for step in 0..<50 {
                let value = schedule.value(at: step)
                #expect(value >= low - 1e-15 && value <= high + 1e-15)
            }
        }
    }
}
