import ArgumentParser
import Communication
import DistQGT

/// `dist-vmc verify`
struct VerifyCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare with the numbers of reference files.",
        discussion: """
            Recomputes, on the ranks it is started with, every quantity of files of the formats \
            distqgt-reference-1, distqgt-statistics-1, distqgt-exact-1, distqgt-trajectory-1, distqgt-dynamics-1 and \
            distqgt-dynamics-exact, and prints one line for each with its largest error.

            Errors are relative to the largest entry of the list or tree (absolute where it is all zero, and \
            for tau_corr, and where what a Pauli matrix or the energy's imaginary part leaves is zero up to rounding); \
            imaginary parts of log_psi count modulo 2 pi; null must equal null. Without \
            --tolerance each quantity is held to 1e-10, and to 1e-9 if it follows from the solution of a linear \
            system (sr.solution, trajectories), to 1e-8 if it follows from an evolution in time.

            Fields of the JSON object: ranks, passed, files [{file, name, passed, error, quantities [{name, \
            max_relative_error, tolerance, passed}], not_checked []}].

            Exit status: 0 everything passed; 1 a quantity failed; 2 a file could not be read, or has an \
            unknown format, model, Hamiltonian or lattice (the other files are still compared).
            """)

    @Argument(help: ArgumentHelp("Reference files, in JSON.", valueName: "file.json"))
    var files: [String]

    @Option(help: ArgumentHelp("The tolerance of every quantity.", valueName: "t"))
    var tolerance: Double?

    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    func validate() throws {
        if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
            throw ValidationError("--tolerance: accepted: a number >= 0.")
        }
    }

    func execute(in session: Session) throws -> ExitStatus {
        try session.setThreads(nil)
        var reports: [FileReport] = []
        for path in files {
            let report = try verify(InputFile(path: path), in: session)
            if let error = report.error { session.messages.say(error) }
            if !json { session.results.write(report.text) }
            reports.append(report)
        }
        let report = VerificationReport(ranks: session.world.size, files: reports)
        session.results.write(json ? report.json.description + "\n" : report.summary)
        // Errors near a tolerance may round differently from rank to rank: rank 0's word counts.
        let status = try session.world.broadcast(Int(report.status.rawValue))
        return ExitStatus(rawValue: Int32(clamping: status)) ?? .failed
    }

    /// Collective. What every rank finds wrong with the file becomes part of the report; any other error
    /// ends the job.
    private func verify(_ file: InputFile, in session: Session) throws -> FileReport {
        var reference: ReferenceFile?
        func report(
            error: String? = nil, quantities: [FileReport.Quantity] = [], notChecked: [String] = []
        ) -> FileReport {
            FileReport(
                file: file, title: reference?.title, format: reference?.format, error: error,
                quantities: quantities, notChecked: notChecked)
        }
        do {
            let read = try ReferenceFile(file, on: session.world)
            reference = read
            let verification = try read.verification()
            let quantities = try verification.compare(on: session.world).map {
                FileReport.Quantity(
                    name: $0.path, largestError: $0.error, tolerance: tolerance ?? $0.kind.tolerance)
            }
            return report(quantities: quantities, notChecked: verification.notChecked)
        } catch let error as any CollectiveError {
            return report(error: oneLine(String(describing: error)))
        }
    }
}
