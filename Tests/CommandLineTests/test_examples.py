"""The examples: each is a configuration that takes a step."""

import pathlib

from support import CommandLineTest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Examples"


class ExampleTests(CommandLineTest):
    def test_every_example_takes_a_step(self):
        examples = sorted(FOLDER.glob("*.yaml"))
        self.assertGreater(len(examples), 3)
        for example in examples:
            with self.subTest(example.name):
                self.run_well(
                    "run", str(example), "--output", self.path(example.stem), "--set", "run.steps=1", "--set",
                    "run.final_samples=256", ranks=2)
                entries = self.log(example.stem)
                self.assertEqual(len(entries), 1)
                self.assertLess(entries[0]["energy"]["variance"], 1e4)
