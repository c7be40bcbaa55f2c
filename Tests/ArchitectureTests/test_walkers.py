"""What walkers of real and of complex numbers override is specialised for both.

A walker is a generic class that is reached through its superclass or a protocol: without the attribute every operation on a
number is a call, and results stay the same, so that nothing else would tell.
"""

import re
import unittest
from pathlib import Path

WALKERS = Path(__file__).resolve().parents[2] / "Sources/DistQGT/Amplitudes/Walkers"
ATTRIBUTE = "@_specialize(where S == Double) @_specialize(where S == ComplexScalar)"
CLASS = re.compile(r"class \w+<S: MatrixScalar>: (?:FermionWalker|FactorWalker) \{")
# A body on the declaration's own line has no loop.
METHOD = re.compile(r"    (?:override|package) func (\w+).*(?<!\})$")
# What names no number, or asks only for a table.
EXCEPT = {("DoublonHolonWalker", "load"), ("DoublonHolonWalker", "accept")}


def unspecialised(text):
    """Methods of walkers without the attribute."""
    lines = text.split("\n")
    return [
        match.group(1) for before, line in zip(lines, lines[1:])
        if (match := METHOD.fullmatch(line)) and before.strip() != ATTRIBUTE
    ]


class WalkerTests(unittest.TestCase):
    def test_every_method_is_specialised(self):
        files = {path.stem: path.read_text(encoding="utf-8") for path in sorted(WALKERS.glob("*Walker.swift"))}
        walkers = {name: text[match.start():] for name, text in files.items() if (match := CLASS.search(text))}
        self.assertGreaterEqual(len(walkers), 6)
        missing = [
            (name, method) for name, text in walkers.items() for method in unspecialised(text)
            if (name, method) not in EXCEPT
        ]
        self.assertEqual([], missing)

    def test_a_method_without_the_attribute_is_found(self):
        body = "\n        1\n    }"
        self.assertEqual(["ratio"], unspecialised("\n    override func ratio() -> Int {" + body))
        self.assertEqual([], unspecialised(f"    {ATTRIBUTE}\n    override func ratio() -> Int {{" + body))
        self.assertEqual([], unspecialised("\n    override func ratio() -> Int { 1 }"))


if __name__ == "__main__":
    unittest.main()
