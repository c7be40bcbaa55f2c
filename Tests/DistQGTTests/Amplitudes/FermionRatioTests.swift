import DistQGT
import DistQGTTestSupport
import Foundation
import LinearAlgebra
import Numerics
import Testing

/// Ratios of every factor of fermions, of their products and of networks on any codes, against log ψ on the tape.
@Suite struct FermionRatioTests {
    /// From configurations to all others of their sector, whatever moves.
    @Test(arguments: RatioSubjects.single + RatioSubjects.products + RatioSubjects.codes)
    func transitionRatiosAreThoseOfTheTape(_ subject: RatioSubject) throws {
        let state = subject.state()
        let table = try AmplitudeTable(state, in: subject.space)
        let ratios = state.amplitudes(blockRows: 4).makeTransitionRatios()
        let basis = try table.numbering.everyConfiguration()
        var generator = SplitMix64(seed: 3)
        let list = TransitionList()
        var worst = 0.0
        for _ in 0..<8 {
            let own = Array(basis[row: Int.random(in: 0..<basis.count, using: &generator)])
            guard try table(own).length > 0 else { continue }
            list.removeAll()
            for index in 0..<basis.count { list.append(from: own, to: Array(basis[row: index])) }
            var found = [Double](repeating: .nan, count: 2 * list.count)
            ratios.evaluate(own, list, into: &found)
            for index in 0..<basis.count {
                let ratio = Complex(found[2 * index], found[2 * index + 1])
                worst = max(worst, try table.error(ratio, from: own, to: Array(basis[row: index])))
            }
        }
        #expect(worst < 1e-11, "\(subject.testDescription)")
    }

    /// Chains over many accepted proposals of every kind.
    @Test(arguments: RatioSubjects.single + RatioSubjects.products + RatioSubjects.codes)
    func proposalRatiosAreThoseOfTheTape(_ subject: RatioSubject) throws {
        let state = subject.state()
        let table = try AmplitudeTable(state, in: subject.space)
        let evaluator = state.amplitudes(blockRows: 4).makeProposalEvaluator()
        let generator = try ProposalGenerator(rule: subject.rule, in: subject.space)
        let chains = 3
        let batch = ProposalBatch(count: chains, maximumSites: generator.maximumSites)
        var draws = RandomStream(seed: 4, index: 0, purpose: .proposals)
        let possible = table.psi.indices.filter { table.psi[$0].length > 0.01 }
        var own = try (0..<chains).map { try table.numbering.configuration(at: possible[$0 * 7 % possible.count]) }
        evaluator.load(own.flatMap { $0 }, chains: 0..<chains)
        var (worst, accepted) = (0.0, 0)
        for _ in 0..<800 {
            for chain in 0..<chains {
                batch.siteCounts[chain] = generator.propose(&draws, spins: own[chain], into: batch.place(of: chain))
            }
            evaluator.evaluate(batch)
            for chain in 0..<chains {
                batch.accepted[chain] = false
                guard batch.siteCounts[chain] > 0 else { continue }
                var other = own[chain]
                batch.apply(chain: chain, to: &other)
                let exact = try table(other).length / table(own[chain]).length
                let found = batch.logModulusRatios[chain]
                if exact > 0 {
                    let scale = min(1, 100 * (try table(own[chain]).length)) / max(1, exact)
                    worst = max(worst, abs(.exp(found) - exact) * scale)
                } else {
                    #expect(found < -20, "\(subject.testDescription)")
                }
                if draws.uniform() < exact * exact {
                    batch.accepted[chain] = true
                    own[chain] = other
                    accepted += 1
                }
            }
            evaluator.update(batch)
        }
        #expect(worst < 1e-11, "\(subject.testDescription)")
        #expect(accepted > 0, "\(subject.testDescription): \(accepted)")
    }

    /// A walker keeps the sign on the way.
    @Test(arguments: RatioSubjects.single + RatioSubjects.codes)
    func walkersKeepTheirSigns(_ subject: RatioSubject) throws {
        let state = subject.state(seed: 6)
        guard let walker = RatioSubject.walker(state) else { return }
        let table = try AmplitudeTable(state, in: subject.space)
        let generator = try ProposalGenerator(rule: subject.rule, in: subject.space)
        let batch = ProposalBatch(count: 1, maximumSites: generator.maximumSites)
        var draws = RandomStream(seed: 9, index: 1, purpose: .proposals)
        let first = try #require(table.psi.firstIndex { $0.length > 0.05 })
        var own = try table.numbering.configuration(at: first)
        state.factor.recorded.bringUpToDate()
        walker.load(own)
        var worst = 0.0
        for _ in 0..<1500 {
            batch.siteCounts[0] = generator.propose(&draws, spins: own, into: batch.place(of: 0))
            let count = Int(batch.siteCounts[0])
            guard count > 0 else { continue }
            let ratio = walker.ratio(batch.sites, batch.codes, count: count)
            var other = own
            batch.apply(chain: 0, to: &other)
            worst = max(worst, try table.error(ratio, from: own, to: other))
            let exact = try table(other).length / table(own).length
            if draws.uniform() < exact * exact {
                walker.accept(batch.sites, batch.codes, count: count)
                own = other
            }
        }
        #expect(worst < 1e-11, "\(subject.testDescription)")
    }

    /// A sector whose numbers are not those of the space, a configuration that is no member, and no change at all.
    @Test(arguments: RatioSubjects.single)
    func whatDoesNotChangeHasRatioOne(_ subject: RatioSubject) throws {
        let state = subject.state()
        guard let walker = RatioSubject.walker(state) else { return }
        let table = try AmplitudeTable(state, in: subject.space)
        let first = try #require(table.psi.firstIndex { $0.length > 0.05 })
        let own = try table.numbering.configuration(at: first)
        walker.load(own)
        #expect(walker.ratio([0, 1], own, count: 2) == .one)
        #expect(walker.ratio([0], own, count: 0) == .one)
        // To accept nothing changes no ratio.
        let other = try #require(table.psi.lastIndex { $0.length > 0.05 })
        let target = try table.numbering.configuration(at: other)
        let sites = own.indices.filter { own[$0] != target[$0] }.map { Int32($0) }
        let codes = sites.map { target[Int($0)] }
        let before = walker.ratio(sites, codes, count: sites.count)
        walker.accept(sites, codes, count: 0)
        #expect((walker.ratio(sites, codes, count: sites.count) - before).length < 1e-12)
    }
}

extension TransitionList {
    /// The transition between two configurations.
    func append(from own: [Int8], to other: [Int8]) {
        append(element: .one)
        // In no order.
        for site in own.indices.reversed() where own[site] != other[site] { change(site, to: other[site]) }
    }
}
