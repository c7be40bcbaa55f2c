/// A Slurm script that runs `dist-vmc run`: one rank per core, taken up where it was, for a single run, for each point
/// of a scan (a job array), and with requeueing until the last step. The scripts in `scripts/slurm` are what
/// `dist-vmc submit --dry-run` makes of this.
struct BatchScript {
    enum Launcher: String, CaseIterable {
        case mpirun
        /// `srun --mpi=pmix`, for an Open MPI built with PMIx.
        case srun

        var command: String {
            switch self {
            case .mpirun: "mpirun"
            case .srun: "srun --mpi=pmix --kill-on-bad-exit=1"
            }
        }
    }

    var jobName: String
    var ranks: Int
    var time: String
    /// Further lines for sbatch, such as `--partition=short`.
    var options: [String] = []
    var modules: [String] = []
    var launcher = Launcher.mpirun
    var program: String
    var configuration: String
    var output: String
    /// Arguments of `run` such as `--set=key=value`.
    var settings: [String] = []
    /// Points of a scan: the settings of each; empty for a single run.
    var points: [[String]] = []
    /// Seconds before the end of its time at which the job is told to end, to be requeued; nil for a job that ends for
    /// good.
    var requeueSeconds: Int?
    /// The command that makes this script.
    var command: String

    /// What tells a script of this program from others.
    static let mark = "# Made by: dist-vmc submit"

    var text: String {
        (header + [""] + environment + [""] + work).joined(separator: "\n") + "\n"
    }

    private var header: [String] {
        var lines = ["#!/bin/bash"]
        lines += directives.map { "#SBATCH " + $0 }
        lines += ["#", Self.mark + command]
        return lines
    }

    private var directives: [String] {
        var lines = ["--job-name=\(jobName)", "--ntasks=\(ranks)", "--cpus-per-task=1", "--time=\(time)"]
        if !points.isEmpty { lines.append("--array=0-\(points.count - 1)") }
        lines.append("--output=" + (points.isEmpty ? "%x-%j.out" : "%x-%A-%a.out"))
        // A job that starts again goes on in the same file.
        lines.append("--open-mode=append")
        if let requeueSeconds { lines += ["--requeue", "--signal=B:USR1@\(requeueSeconds)"] }
        return lines + options
    }

    private var environment: [String] {
        var lines = ["# The modules that the program was built with."]
        lines +=
            modules.isEmpty
            ? ["# module load openmpi openblas scalapack hdf5"]
            : ["module load " + modules.map(Self.quoted).joined(separator: " ")]
        lines += [
            "",
            "set -euo pipefail",
            "",
            "# One rank per core: one thread of the BLAS in each.",
            "export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1",
            "",
            "# Within eleven seconds of the loss of a node or its link Open MPI's mpirun ends the job. Unset, it takes eight minutes.",
            "export OMPI_MCA_oob_tcp_keepalive_time=1 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=6",
            "",
            "# How the ranks are started. The other way:",
        ]
        lines += Launcher.allCases.filter { $0 != launcher }.map { "# launch=(\($0.command))" }
        lines.append("launch=(\(launcher.command))")
        return lines
    }

    private var work: [String] {
        var lines: [String] = []
        if points.isEmpty {
            lines.append("output=\(Self.quoted(output))")
        } else {
            lines += ["# The points of the scan, one job of the array for each.", "case $SLURM_ARRAY_TASK_ID in"]
            for (index, point) in points.enumerated() {
                lines.append("\(index)) point=(\(point.map(Self.quoted).joined(separator: " "))) ;;")
            }
            lines += [
                "*) echo \"there is no point $SLURM_ARRAY_TASK_ID\" >&2; exit 2 ;;", "esac",
                "output=\(Self.quoted(output))/$(IFS=,; echo \"${point[*]}\")",
            ]
        }
        let settings =
            settings.map { " " + Self.quoted($0) }.joined() + (points.isEmpty ? "" : " \"${point[@]/#/--set=}\"")
        lines += [
            "",
            "# --resume goes on from a checkpoint, where there is one.",
            "run=(\"${launch[@]}\" \(Self.quoted(program)) run \(Self.quoted(configuration)) --output \"$output\" --resume\(settings))",
        ]
        return lines + (requeueSeconds == nil ? ["exec \"${run[@]}\""] : requeueing)
    }

    private var requeueing: [String] {
        // The last job of an array has the array's own number, which would mean all of them.
        let job = points.isEmpty ? "$SLURM_JOB_ID" : "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
        return [
            "",
            "# Slurm's signal before the end of the job's time comes to this shell, and is passed on to the ranks. (CONT is",
            "# never trapped: it comes just before, and the signal would be lost.)",
            "signalled=0",
            "ranks=",
            "trap 'signalled=1; kill -USR1 $ranks 2>/dev/null || true' USR1",
            "\"${run[@]}\" &",
            "ranks=$!",
            "status=0",
            "wait \"$ranks\" || status=$?",
            "# A signal ends a wait.",
            "while ((signalled)); do",
            "    signalled=0 status=0",
            "    wait \"$ranks\" || status=$?",
            "done",
            "",
            "# 75: ended early, to be run again; 138: the signal came before anyone was there to take it. Not if there is a",
            "# file STOP.",
            "if ((status == 75 || status == 138)) && [[ ! -e $output/STOP ]]; then",
            "    scontrol requeue \"\(job)\"",
            "    # Requeueing ends this shell.",
            "    sleep 60",
            "fi",
            "exit \"$status\"",
        ]
    }

    /// A word of the shell.
    static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "_-+./:=,@%".utf8.contains(byte)
        }
        if plain, !word.isEmpty { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
