"""The progress display, compiled alone with a driver: on a terminal, in a file, quiet, on other ranks."""

import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import unittest

from support import ROOT


class ProgressTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="dist-vmc-progress-")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        sources = os.path.join(ROOT, "Sources", "dist-vmc", "Progress")
        driver = os.path.join(ROOT, "Tests", "CommandLineTests", "ProgressDriver", "main.swift")
        cls.driver = os.path.join(cls.directory, "driver")
        subprocess.run(
            ["swiftc", "-swift-version", "6", "-o", cls.driver, driver]
            + sorted(os.path.join(sources, name) for name in os.listdir(sources)),
            check=True, timeout=300, cwd=cls.directory)

    def plain(self, *arguments):
        process = subprocess.run(
            [self.driver, *map(str, arguments)], timeout=60, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(process.returncode, 0)
        return process.stdout.splitlines(), process.stderr.splitlines()

    def on_terminal(self, columns, *arguments, term="xterm"):
        """Everything that arrives at a terminal of so many columns."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [self.driver, *map(str, arguments)], stderr=follower, stdout=subprocess.DEVNULL,
            env=dict(os.environ, TERM=term))
        received = b""
        # The follower stays open: what is left in a terminal that its last user has closed may be lost.
        while True:
            ended = process.poll() is not None
            if select.select([leader], [], [], 0.2)[0]:
                received += os.read(leader, 65536)
            elif ended:
                break
        os.close(follower)
        os.close(leader)
        self.assertEqual(process.wait(timeout=60), 0)
        return received.decode().replace("\r\n", "\n")

    def test_slow_steps_each_have_a_line(self):
        _, lines = self.plain(4, 2.0, 0)
        self.assertEqual(
            lines[0],
            "1/4  E -28.569(12)  var 0.5  Rhat 1.004  tau 1.5  acc 44%  it 31  2.0 s/step  6.0 s left")
        self.assertEqual(len(lines), 4 + 2)
        self.assertNotIn("left", lines[3])
        self.assertEqual(lines[4:], ["  energy  -44.91390(21)", "  steps   4"])

    def test_fast_steps_have_a_line_a_second_and_first_and_last(self):
        _, lines = self.plain(1000, 0.01, 0)
        steps = [int(line.split("/")[0]) for line in lines[:-2]]
        self.assertEqual((steps[0], steps[-1]), (1, 1000))
        self.assertTrue(10 <= len(steps) <= 12, steps)

    def test_other_ranks_and_quiet_ones_are_silent(self):
        self.assertEqual(self.plain(3, 2.0, 1)[1], [])
        self.assertEqual(self.plain(3, 2.0, 0, "quiet", "note")[1], [])

    def test_figures_without_a_value_are_left_out(self):
        _, lines = self.plain(1, 2.0, 0, "full_sum")
        self.assertEqual(lines[0], "1/1  E -28.56943  var 0.5  it 31  2.0 s/step")

    def test_a_live_line_is_rewritten(self):
        text = self.on_terminal(200, 30, 0.5, 0)
        lines = text.split("\n")
        self.assertEqual(lines[0].count("\r\x1b[2K"), 30)
        self.assertEqual(lines[1:], ["  energy  -44.91390(21)", "  steps   30", ""])

    def test_a_note_starts_on_a_line_of_its_own(self):
        lines = self.on_terminal(200, 3, 0.5, 0, "note").split("\n")
        self.assertTrue(lines[0].endswith("left"))
        self.assertEqual(lines[1], "checkpoint written")
        self.assertTrue(lines[2].startswith("\r\x1b[2K3/3"))

    def test_the_live_line_fits_the_terminal(self):
        for columns in (5, 20, 40, 60, 80, 120):
            first = self.on_terminal(columns, 3, 3.0, 0).split("\n")[0]
            frames = first.split("\r\x1b[2K")[1:]
            self.assertEqual(len(frames), 3)
            for frame in frames:
                self.assertLess(len(frame), columns)
            if columns >= 40:
                self.assertIn("E -28.5", frames[0])
                self.assertIn("left", frames[0])
            self.assertEqual("Rhat" in frames[0], columns >= 80)

    def test_a_dumb_terminal_gets_plain_lines(self):
        self.assertNotIn("\x1b", self.on_terminal(80, 3, 2.0, 0, term="dumb"))

    def test_values_and_durations(self):
        values = {
            "-28.56943,0.0123": "-28.569(12)", "-28.56943,0.00996": "-28.569(10)", "1.5,0.0996": "1.50(10)",
            "12345.6,25": "12346(25)", "0.5,2.5": "0.5(2.5)", "3,0": "3", "3,nan": "3", "nan,1": "not finite",
            "1e-9,1e-12": "0.0000000010000(10)",
            "0.04": "0.0 s", "9.4": "9.4 s", "59.4": "59 s", "59.6": "1 min 00 s", "61": "1 min 01 s",
            "3600": "1 h 00 min", "90000": "1 d 01 h", "1e300": "?",
        }
        lines, _ = self.plain(0, 0, 0, *values)
        self.assertEqual(dict(zip(values, lines)), values)


if __name__ == "__main__":
    unittest.main()
