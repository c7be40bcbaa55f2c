"""Slurm scripts: what `submit` writes, and that the scripts of scripts/slurm are of its making. In a real Slurm they
run in Tests/SlurmTests."""

import os
import shlex
import subprocess
import unittest

from support import GOOD, PROGRAM, ROOT, CommandLineTest

SCRIPTS = os.path.join(ROOT, "scripts", "slurm")
# Without symbolic links.
INSTALLED = os.path.realpath(PROGRAM)
MARK = "# Made by: dist-vmc submit"


class SubmitTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("chain.yaml", GOOD)

    def script(self, *arguments, name="chain.yaml"):
        before = self.listing()
        process = self.run_well("submit", name, *arguments, "--dry-run")
        self.assertEqual((process.stderr, self.listing()), ("", before))
        checked = subprocess.run(["bash", "-n"], input=process.stdout, text=True, capture_output=True)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        return process.stdout

    def directives(self, script):
        return [line.removeprefix("#SBATCH ") for line in script.splitlines() if line.startswith("#SBATCH ")]

    def executed(self, script, status=0, **variables):
        """What the script starts: the program's arguments, by a launcher that writes them down and exits."""
        os.makedirs(self.path("bin"), exist_ok=True)
        for name in ("mpirun", "srun", "scontrol"):
            self.write(f"bin/{name}", f'#!/bin/bash\nprintf "%s\\n" {name} "$@" >> {self.path("started")}\n'
                       f'env | grep OMPI_MCA_oob | sort > {self.path("settings")}\n'
                       f'[[ {name} == scontrol ]] || exit {status}\nkill $PPID\n')
            os.chmod(self.path("bin", name), 0o755)
        self.write("started", "")
        environment = dict(os.environ, PATH=self.path("bin") + ":" + os.environ["PATH"], **variables)
        process = subprocess.run(
            ["bash"], input=script, text=True, cwd=self.directory, env=environment, capture_output=True, timeout=30)
        with open(self.path("started")) as file:
            return process, file.read().splitlines()

    def test_a_single_run(self):
        script = self.script("--ranks", "48", "--time", "12:00:00")
        self.assertEqual(self.directives(script), [
            "--job-name=chain", "--ntasks=48", "--cpus-per-task=1", "--time=12:00:00", "--output=%x-%j.out",
            "--open-mode=append"])
        process, started = self.executed(script, status=3)
        self.assertEqual(process.returncode, 3, process.stderr)
        self.assertEqual(started, ["mpirun", INSTALLED, "run", "chain.yaml", "--output", "chain", "--resume"])

    def test_the_launcher_soon_notices_a_link_that_is_gone(self):
        for arguments in ([], ["--requeue"], ["--scan", "hamiltonian.J=0.5,2"], ["--launcher", "srun"]):
            with self.subTest(arguments):
                self.executed(self.script("--ranks", "48", "--time", "90", *arguments), SLURM_ARRAY_TASK_ID="0")
                with open(self.path("settings")) as file:
                    self.assertEqual(file.read().splitlines(), [
                        "OMPI_MCA_oob_tcp_keepalive_intvl=1", "OMPI_MCA_oob_tcp_keepalive_probes=6",
                        "OMPI_MCA_oob_tcp_keepalive_time=1"])

    def test_everything_that_may_be_given(self):
        self.write("with space.yaml", GOOD)
        script = self.script(
            "--ranks", "2", "--time", "90", "--output", "it's here", "--name", "job.1", "--launcher", "srun", "--module",
            "openmpi/4.1", "--module", "hdf5", "--sbatch=--partition=long", "--sbatch=--mem-per-cpu=2G", "--set",
            "run.steps=7", "--set", "sampler.rule={exchange: 1}", "--program", "/opt/dist vmc", name="with space.yaml")
        self.assertEqual(self.directives(script)[-2:], ["--partition=long", "--mem-per-cpu=2G"])
        self.assertIn("\nmodule load openmpi/4.1 hdf5\n", script)
        _, started = self.executed("module() { :; }\n" + script)
        self.assertEqual(started, [
            "srun", "--mpi=pmix", "--kill-on-bad-exit=1", "/opt/dist vmc", "run", "with space.yaml", "--output", "it's here",
            "--resume", "--set=run.steps=7", "--set=sampler.rule={exchange: 1}"])
        # The comment makes it again.
        command = next(line for line in script.splitlines() if line.startswith(MARK)).removeprefix(MARK)
        self.assertEqual(self.run_well("submit", *shlex.split(command), "--dry-run").stdout, script)

    def test_a_scan(self):
        script = self.script(
            "--ranks", "2", "--time", "90", "--scan", "hamiltonian.J=0.5,2", "--scan", "lattice.extent=[8],[10]")
        self.assertIn("--array=0-3", self.directives(script))
        points = [("0.5", "[8]"), ("0.5", "[10]"), ("2", "[8]"), ("2", "[10]")]
        for index, (coupling, extent) in enumerate(points):
            _, started = self.executed(script, SLURM_ARRAY_TASK_ID=str(index))
            settings = [f"hamiltonian.J={coupling}", f"lattice.extent={extent}"]
            self.assertEqual(
                started[1:], [INSTALLED, "run", "chain.yaml", "--output", "chain/" + ",".join(settings), "--resume"]
                + ["--set=" + setting for setting in settings])
            # As it is, the program takes it.
            self.run_well(*started[2:], "--set", "run.steps=0", "--quiet")
        process, started = self.executed(script, SLURM_ARRAY_TASK_ID="4")
        self.assertEqual((process.returncode, started), (2, []))

    def test_requeueing(self):
        script = self.script("--ranks", "2", "--time", "90", "--requeue", "--signal-before", "300")
        self.assertEqual(self.directives(script)[-2:], ["--requeue", "--signal=B:USR1@300"])
        for status, requeues in ((0, False), (1, False), (2, False), (75, True), (138, True)):
            process, started = self.executed(script, status=status, SLURM_JOB_ID="5")
            self.assertEqual("scontrol" in started, requeues, status)
            if requeues:
                self.assertEqual(started[-3:], ["scontrol", "requeue", "5"])
            else:
                self.assertEqual(process.returncode, status, process.stderr)
        # Of an array only the job itself, also where it has the array's number.
        scan = self.script("--ranks", "2", "--time", "90", "--requeue", "--scan", "hamiltonian.J=0.5,2")
        _, started = self.executed(scan, 75, SLURM_JOB_ID="5", SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="1")
        self.assertEqual(started[-3:], ["scontrol", "requeue", "5_1"])
        os.makedirs(self.path("chain"))
        self.write("chain/STOP", "")
        process, started = self.executed(script, status=75, SLURM_JOB_ID="5")
        self.assertEqual((process.returncode, "scontrol" in started), (75, False))

    def test_the_scripts_in_the_repository(self):
        """If this fails after a change to the scripts: run the command in each script's first comment."""
        self.write("config.yaml", GOOD.replace("heisenberg, J: 1.0, sign_rule: true", "ising, J: -1, h: 1").replace(
            "  rule: exchange\n", "").replace("  total_sz: 0\n", ""))
        self.assertEqual(sorted(os.listdir(SCRIPTS)), ["array-scan.sbatch", "requeue.sbatch", "run.sbatch"])
        for name in os.listdir(SCRIPTS):
            with open(os.path.join(SCRIPTS, name)) as file:
                script = file.read()
            command = next(line for line in script.splitlines() if line.startswith(MARK)).removeprefix(MARK)
            self.assertEqual(self.run_well("submit", *shlex.split(command), "--dry-run").stdout, script, name)

    def sbatch(self, answer):
        os.makedirs(self.path("bin"), exist_ok=True)
        self.write("bin/sbatch", f"#!/bin/sh\necho \"$@\" >> {self.path('asked')}\n{answer}\n")
        os.chmod(self.path("bin", "sbatch"), 0o755)
        return {"PATH": self.path("bin") + ":" + os.environ["PATH"]}

    def test_submitting(self):
        arguments = ["submit", "chain.yaml", "--ranks", "2", "--time", "90"]
        process = self.run_program(*arguments, environment=self.sbatch("echo Submitted batch job 17"), ranks=2)
        self.assertEqual((process.returncode, process.stdout), (0, "Submitted batch job 17\n"), process.stderr)
        with open(self.path("asked")) as file:
            self.assertEqual(file.read(), "chain.sbatch\n")
        with open(self.path("chain.sbatch")) as file:
            self.assertEqual(file.read(), self.script(*arguments[2:]))
        process = self.run_program(*arguments, environment=self.sbatch("echo no such partition >&2; exit 1"))
        self.assertEqual(process.returncode, 1)
        self.assertEqual(
            self.messages(process), ["dist-vmc: chain.sbatch is written, but not submitted: no such partition"])
        # Its own scripts are replaced, others are not.
        self.write("chain.sbatch", "#!/bin/bash\nmy own\n")
        process = self.run_program(*arguments, environment=self.sbatch("exit 0"))
        self.assertEqual((process.returncode, len(self.messages(process))), (2, 1), process.stderr)
        with open(self.path("chain.sbatch")) as file:
            self.assertEqual(file.read(), "#!/bin/bash\nmy own\n")

    def test_what_is_wrong_is_said_before_anything_is_submitted(self):
        environment = self.sbatch("exit 0")
        before = self.listing()
        for arguments, message in (
            (["--ranks", "0"], "--ranks"), (["--time", "soon"], "'soon' is no time"), (["--time", "1-2-3"], "no time"),
            (["--requeue", "--time", "1"], "--signal-before"), (["--sbatch", "partition"], "no option of sbatch"),
            (["--name", "a b"], "name consists of"), (["--scan", "hamiltonian.J"], "is no scan"),
            (["--scan", "hamiltonian.J="], "has no values"), (["--scan", "hamiltonian.J=1,much"], "hamiltonian.J"),
            (["--scan", "run.output=a/b"], "no slash"), (["--set", "run.stpes=3"], "did you mean 'steps'"),
            (["--launcher", "ssh"], "ssh"),
        ):
            with self.subTest(arguments):
                defaults = [word for pair in (("--ranks", "2"), ("--time", "90")) if pair[0] not in arguments for word in pair]
                process = self.run_program("submit", "chain.yaml", *defaults, *arguments, environment=environment)
                self.assertEqual((process.returncode, process.stdout), (2, ""), process.stderr)
                self.assertIn(message, process.stderr)
        process = self.run_program("submit", "nowhere.yaml", "--ranks", "2", "--time", "90", environment=environment)
        self.assertEqual((process.returncode, len(self.messages(process))), (2, 1), process.stderr)
        self.assertEqual(self.listing(), before)


if __name__ == "__main__":
    unittest.main()
