import DistQGT
import Foundation
import Testing

/// One step of a tableau for any right-hand side, with the estimate of its error.
private func step(
    _ tableau: RungeKuttaTableau, from y: [Double], by h: Double, _ f: ([Double]) -> [Double]
) -> (end: [Double], error: [Double]) {
    var slopes: [[Double]] = []
    func moved(_ weights: [Double]) -> [Double] {
        y.indices.map { index in y[index] + h * zip(weights, slopes).reduce(0) { $0 + $1.0 * $1.1[index] } }
    }
    for stage in tableau.stages { slopes.append(f(moved(stage))) }
    let error = y.indices.map { index in
        h * zip(tableau.errorWeights ?? [], slopes).reduce(0) { $0 + $1.0 * $1.1[index] }
    }
    return (moved(tableau.weights), error)
}

private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
}

@Suite struct RungeKuttaTableauTests {
    /// The logistic equation beside a rotation that it drives: nonlinear, with a solution in closed form.
    private func slope(_ y: [Double]) -> [Double] { [y[0] * (1 - y[0]), -y[0] * y[2], y[0] * y[1]] }

    private func solution(_ time: Double) -> [Double] {
        // x = 1/(1 + 3e^−t), ∫x dt = ln((e^t + 3)/4).
        let angle = log((exp(time) + 3) / 4)
        return [1 / (1 + 3 * exp(-time)), cos(angle), sin(angle)]
    }

    @Test(arguments: RungeKuttaTableau.all) func theErrorFallsWithItsOrder(_ tableau: RungeKuttaTableau) {
        func error(steps: Int) -> Double {
            let h = 1 / Double(steps)
            var y = solution(0)
            for _ in 0..<steps { y = step(tableau, from: y, by: h, slope).end }
            return distance(y, solution(1))
        }
        let (coarse, fine) = (error(steps: 16), error(steps: 32))
        let order = log2(coarse / fine)
        #expect(abs(order - Double(tableau.order)) < 0.25, "\(tableau.name): \(order)")
    }

    @Test(arguments: RungeKuttaTableau.all.filter(\.isAdaptive))
    func theEstimateOfTheErrorFallsWithItsOrder(_ tableau: RungeKuttaTableau) throws {
        func estimate(_ h: Double) -> Double {
            let error = step(tableau, from: solution(0.3), by: h, slope).error
            return distance(error, [0, 0, 0])
        }
        let order = log2(estimate(0.1) / estimate(0.05)) - 1
        #expect(abs(order - Double(try #require(tableau.errorOrder))) < 0.25, "\(tableau.name): \(order)")
    }

    /// The conditions of orders one to three, of the weights and of the embedded ones.
    @Test(arguments: RungeKuttaTableau.all) func theConditionsOfOrder(_ tableau: RungeKuttaTableau) {
        let nodes = tableau.stages.map { $0.reduce(0, +) }
        func residues(_ b: [Double]) -> [Double] {
            func sum(_ term: (Int) -> Double) -> Double { b.indices.reduce(0) { $0 + b[$1] * term($1) } }
            return [
                sum { _ in 1 } - 1, sum { nodes[$0] } - 0.5, sum { nodes[$0] * nodes[$0] } - 1.0 / 3,
                sum { stage in zip(tableau.stages[stage], nodes).reduce(0) { $0 + $1.0 * $1.1 } } - 1.0 / 6,
            ]
        }
        func conditions(_ order: Int) -> Int { [0, 1, 2, 4, 4, 4][order] }
        for residue in residues(tableau.weights).prefix(conditions(tableau.order)) { #expect(abs(residue) < 1e-14) }
        if let errorWeights = tableau.errorWeights, let order = tableau.errorOrder {
            let embedded = zip(tableau.weights, errorWeights).map { $0 - $1 }
            for residue in residues(embedded).prefix(conditions(order)) { #expect(abs(residue) < 1e-14) }
        }
    }

    @Test func twoHalfStepsOfHeun() {
        let h = 0.2
        let start = solution(0)
        let whole = step(.heun, from: start, by: h, slope).end
        let half = step(.heun, from: step(.heun, from: start, by: h / 2, slope).end, by: h / 2, slope).end
        let (end, error) = step(.adaptiveHeun, from: start, by: h, slope)
        #expect(distance(end, half) < 1e-15)
        #expect(distance(error, zip(half, whole).map { $0 - $1 }) < 1e-15)
    }

    @Test func whichEndWithTheLastStage() {
        #expect(RungeKuttaTableau.all.filter(\.endsWithLastStage).map(\.name) == ["bs23", "dopri45"])
        #expect(RungeKuttaTableau.all.filter(\.isAdaptive).map(\.name) == ["adaptive_heun", "bs23", "dopri45"])
        #expect(RungeKuttaTableau(named: "rk4") == .rk4)
        #expect(RungeKuttaTableau(named: "rk5") == nil)
    }
}

@Suite struct StepSizeControlTests {
    @Test func theNextStep() {
        let control = StepSizeControl(tolerance: 1e-4)
        #expect(abs(control.factor(error: 1e-4, order: 2) - 0.9) < 1e-15)
        #expect(abs(control.factor(error: 8e-4, order: 2) - 0.45) < 1e-15)
        #expect(abs(control.factor(error: 1e-4 / 32, order: 4) - 1.8) < 1e-12)
        #expect(control.factor(error: 0, order: 2) == 2)
        #expect(control.factor(error: 1e-12, order: 2) == 2)
        #expect(control.factor(error: 1, order: 2) == 0.2)
        #expect(control.factor(error: .infinity, order: 2) == 0.2)
        #expect(control.factor(error: .nan, order: 2) == 0.2)
    }

    @Test func timesThatStepsEndAt() {
        let fixed = EvolutionTimes(step: 0.1, end: 0.95)
        var (time, times) = (0.0, [Double]())
        while !fixed.isOver(time) {
            time = fixed.stop(after: time, isFixed: true)
            times.append(time)
        }
        #expect(times.count == 10 && times[9] == 0.95)
        for (index, time) in times.dropLast().enumerated() { #expect(abs(time - 0.1 * Double(index + 1)) < 1e-15) }
        // What is recorded, where the size of the steps is chosen.
        let chosen = EvolutionTimes(step: 0.01, end: 1, interval: 0.3)
        #expect(abs(chosen.stop(after: 0.1, isFixed: false) - 0.3) < 1e-15)
        #expect(abs(chosen.stop(after: chosen.stop(after: 0.1, isFixed: false), isFixed: false) - 0.6) < 1e-15)
        #expect(chosen.stop(after: 0.95, isFixed: false) == 1)
        #expect([0, 0.3, 0.6000000000001, 1].allSatisfy(chosen.isRecorded))
        #expect(![0.1, 0.31, 0.95].contains(where: chosen.isRecorded))
        // A sum of a thousand steps ends at the end.
        let many = EvolutionTimes(step: 0.001, end: 1)
        var steps = 0
        time = 0
        while !many.isOver(time) {
            time = many.stop(after: time, isFixed: true)
            steps += 1
        }
        #expect(steps == 1000)
    }
}
