"""scripts/install.sh: a binary that runs without a Swift toolchain. Builds anew, so only where DIST_VMC_LONG is set."""

import json
import os
import shutil
import subprocess
import unittest

from support import GOOD, ROOT, CommandLineTest, mpirun

LONG = bool(os.environ.get("DIST_VMC_LONG"))


class InstallTests(CommandLineTest):
    def script(self, name, *arguments, timeout=3600):
        return subprocess.run(
            [os.path.join(ROOT, "scripts", name), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=timeout, text=True, cwd=self.directory)

    def test_wrong_command_lines(self):
        for name, arguments in (("install.sh", []), ("install.sh", ["--bogus"]), ("install.sh", ["a", "b"]), ("test-mpich.sh", ["x"])):
            with self.subTest(name, arguments=arguments):
                process = self.script(name, *arguments, timeout=30)
                self.assertEqual((process.returncode, process.stdout), (2, ""))
                self.assertIn(name, process.stderr)
        self.assertEqual(self.listing(), [])

    def test_manual_page(self):
        help_text = self.run_program("--experimental-dump-help").stdout
        process = subprocess.run(
            ["python3", os.path.join(ROOT, "scripts", "manual.py")], input=help_text, stdout=subprocess.PIPE, text=True,
            timeout=30, check=True)
        page = process.stdout
        self.assertTrue(page.startswith('.TH "DIST-VMC" 1\n'))
        for words in (
                ".SH DIST\\-VMC RUN", ".SH DIST\\-VMC VERIFY", "\\fB\\-\\-resume\\fR",
                "\\fB\\-\\-set\\fR \\fIkey.path=value\\fR", "diag_shift", "Exit status: 0 done"):
            self.assertIn(words, page)
        if shutil.which("man"):
            path = self.write("dist-vmc.1", page)
            shown = subprocess.run(
                ["man", "--local-file", "--warnings", path], cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True, timeout=60, env=dict(os.environ, LC_ALL="C.UTF-8", MANPAGER="cat", MANWIDTH="80"))
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            self.assertIn("dist-vmc run", shown.stdout)

    @unittest.skipUnless(LONG, "builds anew: DIST_VMC_LONG is not set")
    def test_installed_binary(self):
        prefix = self.path("prefix with space")
        process = self.script("install.sh", prefix)
        self.assertEqual(process.returncode, 0, process.stderr)
        program = os.path.join(prefix, "bin", "dist-vmc")
        self.assertEqual(
            sorted(os.path.relpath(os.path.join(path, name), prefix) for path, _, names in os.walk(prefix) for name in names), [
                "bin/dist-vmc", "share/bash-completion/completions/dist-vmc", "share/fish/vendor_completions.d/dist-vmc.fish",
                "share/man/man1/dist-vmc.1", "share/zsh/site-functions/_dist-vmc"])
        # Nothing of the environment but what finds the launcher: no path to a toolchain or its libraries.
        bare = {
            "PATH": os.path.dirname(shutil.which("mpirun")) + ":/usr/bin:/bin", "OMPI_ALLOW_RUN_AS_ROOT": "1",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "HOME": self.directory}
        libraries = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, env=bare, check=True).stdout
        self.assertNotIn("swift", libraries.lower())
        self.assertNotIn("Foundation", libraries)
        self.assertNotIn("not found", libraries)
        # Nor by an absolute path.
        tags = subprocess.run(["readelf", "-d", program], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertNotIn("swift", tags.lower())
        self.write("config.yaml", GOOD)
        run = subprocess.run(
            [*mpirun(), "-n", "2", program, "run", "config.yaml", "--output", "run"], cwd=self.directory, env=bare,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(self.summary("run")["finished"])
        # The same numbers as those of the build that is tested otherwise.
        self.run_well("run", "config.yaml", "--quiet", "--output", "other", ranks=2)
        self.assertEqual(self.energies("run"), self.energies("other"))
        info = subprocess.run(
            [program, "info", "--json"], env=bare, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
        self.assertEqual(json.loads(info.stdout)["ranks"], 1)
        completions = os.path.join(prefix, "share/bash-completion/completions/dist-vmc")
        subprocess.run(["bash", "-n", completions], check=True, timeout=30)

    @unittest.skipUnless(LONG, "builds anew: DIST_VMC_LONG is not set")
    def test_mpich(self):
        process = self.script("test-mpich.sh")
        if process.returncode == 77:
            self.skipTest(process.stderr.strip())
        self.assertEqual(process.returncode, 0, process.stdout[-3000:] + process.stderr[-3000:])
        self.assertIn("passed with libmpich", process.stdout)


if __name__ == "__main__":
    unittest.main()
