import ArgumentParser
import DistQGT
import Foundation
import RunFiles

/// `dist-vmc submit`
struct SubmitCommand: ParsableCommand, LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Write a Slurm script that runs a configuration, and submit it.",
        discussion: """
            The script is NAME.sbatch in the present directory. It starts `dist-vmc run CONFIG --output DIR --resume` \
            with one rank per core, so that submitting it again goes on where the last job ended. The configuration \
            is checked first. --dry-run prints the script and does nothing else.

            With --requeue the job is told to end before its time is over, writes a checkpoint, and is queued again, \
            until the configured number of steps is done; a file STOP in the output directory ends that, too.

            With --scan the script is a job array with one job for each value (with several, for each combination) \
            and the output directories DIR/key.path=value:

              dist-vmc submit ising.yaml --ranks 16 --time 2:00:00 --scan hamiltonian.h=0.5,1.0,1.5

            Exit status: 0 done; 1 Slurm refused the job; 2 the command line or the configuration is wrong.
            """)

    @OptionGroup var arguments: ConfigurationArguments

    @Option(help: "The number of ranks, one per core.")
    var ranks: Int

    @Option(help: "Time of the job: minutes, hours:minutes:seconds, days-hours, and so on, as sbatch takes it.")
    var time: String

    @Option(help: ArgumentHelp("The output directory (default: named after the configuration file).", valueName: "dir"))
    var output: String?

    @Option(help: "The job's name (default: the configuration file's).")
    var name: String?

    @Option(help: "How ranks are started: mpirun, or srun (srun --mpi=pmix).")
    var launcher = BatchScript.Launcher.mpirun

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A module that the job loads. May be repeated.", valueName: "module"))
    var module: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A further option for sbatch, such as --partition=short. May be repeated.", valueName: "option"))
    var sbatch: [String] = []

    @Flag(help: "Queue the job again until the configured number of steps is done.")
    var requeue = false

    @Option(
        help: ArgumentHelp(
            "--requeue: seconds before the end of its time at which the job is told to end.", valueName: "seconds"))
    var signalBefore = 120

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A job for each of these values, in YAML. May be repeated.", valueName: "key.path=value,...")
    )
    var scan: [String] = []

    @Option(help: ArgumentHelp("The program on the compute nodes (default: this one).", valueName: "path"))
    var program: String?

    @Flag(help: "Print the script, and neither write nor submit it.")
    var dryRun = false

    /// Of a job array; Slurm's own limit is 1001 unless it is configured.
    private static let maximumPoints = 10_000

    func validate() throws {
        guard ranks >= 1 else { throw ValidationError("--ranks must be at least 1") }
        guard let seconds = SlurmTime(requested: time)?.seconds, seconds > 0 else {
            throw ValidationError("'\(time)' is no time for sbatch; for instance 90, 12:00:00 or 2-12")
        }
        guard signalBefore >= 1, !requeue || signalBefore < seconds else {
            throw ValidationError("--signal-before must be at least 1, and less than the job's time")
        }
        for option in sbatch where !option.hasPrefix("-") || option.contains(where: \.isNewline) {
            throw ValidationError("'\(option)' is no option of sbatch; for instance --partition=short")
        }
        if let name, name.isEmpty || Self.jobName(name) != name {
            throw ValidationError("a job's name consists of letters, digits and _ - + .")
        }
    }

    func execute(_ messages: Messages, _ results: Results) throws -> ExitStatus {
        let points = ScanArgument.points(try scan.map(ScanArgument.init))
        guard points.count <= Self.maximumPoints else {
            throw ConfigurationError("--scan makes \(points.count) jobs; accepted: at most \(Self.maximumPoints)")
        }
        var configured: String?
        for point in points.isEmpty ? [[]] : points {
            configured = try Configuration(
                file: arguments.inputFile, overrides: arguments.overrides + point, for: .optimisation, on: .alone()
            ).run.output
        }
        let script = script(points, output: output ?? configured ?? arguments.inputFile.baseName)
        if dryRun {
            results.write(script.text)
            return .done
        }
        let path = script.jobName + ".sbatch"
        try Self.requireReplaceable(path)
        try FileSystem.replace(path, with: script.text)
        let answer = SystemCommand(["sbatch", path], seconds: 60)
        guard answer.succeeded else {
            messages.say("\(path) is written, but not submitted: \(answer.problem)")
            return .failed
        }
        results.write(answer.output + "\n")
        return .done
    }

    private func script(_ points: [[String]], output: String) -> BatchScript {
        BatchScript(
            jobName: name ?? Self.jobName(arguments.inputFile.baseName), ranks: ranks, time: time, options: sbatch,
            modules: module,
            launcher: launcher, program: program ?? Self.executable, configuration: arguments.file,
            output: output, settings: arguments.overrides.map { "--set=" + $0 }, points: points,
            requeueSeconds: requeue ? signalBefore : nil, command: Self.command)
    }

    /// The arguments that make the same script again.
    private static var command: String {
        CommandLine.arguments.dropFirst(2).filter { $0 != "--dry-run" }
            .map { " " + BatchScript.quoted(oneLine($0)) }.joined()
    }

    private static var executable: String {
        Bundle.main.executablePath ?? CommandLine.arguments.first ?? "dist-vmc"
    }

    private static func jobName(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "_-+.".contains($0)) ? $0 : "_" })
    }

    /// Scripts of other makers are not overwritten.
    private static func requireReplaceable(_ path: String) throws {
        guard try FileSystem.kind(of: path) != nil else { return }
        let text = String(decoding: try FileSystem.read(path), as: UTF8.self)
        guard text.contains("\n" + BatchScript.mark) else {
            throw ConfigurationError("\(path) is there already, and not from dist-vmc submit; choose another --name")
        }
    }
}

extension BatchScript.Launcher: ExpressibleByArgument {}
