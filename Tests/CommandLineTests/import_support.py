"""What tests of `dist-vmc import` have in common."""

import json
import os
import shutil

from support import CommandLineTest

SETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Resources", "mvmc")
SUMMED = ["--set", "run.steps=0", "--set", "sampler.rule=full_sum"]


class ImportTest(CommandLineTest):
    def energy(self, configuration):
        self.run_well("run", configuration, "--output", "run-" + configuration, "--quiet", *SUMMED)
        return self.summary("run-" + configuration)["energy"]["mean"]

    def copied(self, name):
        """A set in the test's directory, to be changed."""
        shutil.copytree(os.path.join(SETS, name), self.path(name))
        return name

    def change(self, name, old, new):
        with open(self.path(name)) as file:
            text = file.read()
        self.assertIn(old, text)
        self.write(name, text.replace(old, new, 1))

    def refused(self, message, *arguments):
        before = self.digests()
        process = self.run_program("import", *arguments)
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertEqual(len(self.messages(process)), 1, process.stderr)
        self.assertIn(message, process.stderr)
        self.assertEqual(self.digests(), before)

    def exact(self, configuration):
        return json.loads(self.run_well("exact", configuration, "--json").stdout)["energies"][0]
