import DistQGT

/// What `modpara.def` says about a run.
extension MVMCImport {
    /// Keys of the blocks `sampler`, `sr`, `optimiser` and `run`.
    static func settings(
        _ parameters: MVMCParameters, siteCount: Int
    ) throws -> [(block: String, keys: [(String, ConfigurationNode.Content)])] {
        let samples = try parameters.count("NVMCSample", default: 10)
        let interval = try parameters.count("NVMCInterval", default: 1)
        let isMeasurement = try parameters.integer("NVMCCalMode", default: 0) == 1
        let sampler: [(String, ConfigurationNode.Content)] = [
            ("chains", .integer(min(64, samples))), ("samples", .integer(samples)),
            ("sweep", .integer(min(interval * siteCount, Schema.maximumCount))),
        ]
        var sr: [(String, ConfigurationNode.Content)] = []
        if try parameters.integer("NSRCG", default: 0) != 0 {
            sr.append(("solver", .word("cg")))
            sr.append(("tolerance", .real(try tolerance(parameters))))
            let iterations = try parameters.count("NSROptCGMaxIter", default: 0, least: 0)
            if iterations > 0 { sr.append(("max_iterations", .integer(iterations))) }
        } else {
            sr.append(("solver", .word("auto")))
        }
        let scale = try parameters.real("DSROptStaDel", default: 0.02)
        guard scale >= 0 else { throw parameters.error("DSROptStaDel", "is negative; accepted: 0 and above") }
        sr += [("diag_scale", .real(scale)), ("diag_shift", .real(1e-4))]
        let rate = 2 * abs(try parameters.real("DSROptStepDt", default: 0.02))
        let seed = try parameters.integer("RndSeed", default: 11272)
        let steps = try parameters.count("NSROptItrStep", default: 1000, least: 0)
        var run: [(String, ConfigurationNode.Content)] = [
            ("steps", .integer(isMeasurement ? 0 : steps)), ("seed", .integer(seed >= 0 ? seed : 1)),
        ]
        if isMeasurement {
            let bins = try parameters.count("NDataQtySmp", default: 1)
            run.append(("final_samples", .integer(min(samples.multipliedFully(by: bins), Schema.maximumCount))))
        }
        return [("sampler", sampler), ("sr", sr), ("optimiser", [("learning_rate", .real(rate))]), ("run", run)]
    }

    private static func tolerance(_ parameters: MVMCParameters) throws -> Double {
        let tolerance = try parameters.real("DSROptCGTol", default: 1e-10)
        guard tolerance > 0, tolerance < 1 else {
            throw parameters.error("DSROptCGTol", "accepted: between 0 and 1")
        }
        return tolerance
    }

    /// What a user should know about the rest.
    static func withoutCounterpart(_ parameters: MVMCParameters) throws -> [String] {
        var notices: [String] = []
        let mode = try parameters.integer("NVMCCalMode", default: 0)
        guard 0...1 ~= mode else { throw parameters.error("NVMCCalMode", "is \(mode); accepted: 0 and 1") }
        if mode == 1 { notices.append("NVMCCalMode 1 measures: run.steps is 0") }
        if try parameters.integer("NLanczosMode", default: 0) != 0 {
            notices.append("no counterpart: NLanczosMode; the energy is that of the wave function itself")
        }
        let given = parameters.given([
            "NVMCWarmUp", "NSROptItrSmp", "DSROptRedCut", "NExUpdatePath", "NSplitSize", "NStore",
        ])
        if !given.isEmpty {
            notices.append(
                "no counterpart: \(given.joined(separator: ", ")) (sampler.discard warms up, sampler.rule proposes, "
                    + "sr.diag_shift keeps parameters without effect in place, checkpoints hold the last parameters)")
        }
        return notices
    }
}

extension Int {
    /// The product, or the largest number.
    fileprivate func multipliedFully(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
