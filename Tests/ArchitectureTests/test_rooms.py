"""Rooms of the library use each other as the table of docs/architecture.md says."""

import shutil
import tempfile
import unittest
from pathlib import Path

import rooms

ROOT = Path(__file__).resolve().parents[2]


class RoomTests(unittest.TestCase):
    def test_every_use_is_allowed(self):
        listed = [
            f"{file}: {name} is of {owner}, which {room} may not use" if file else f"{room} has no row in the table"
            for room, file, name, owner in rooms.violations(ROOT)
        ]
        self.assertEqual([], listed, "\n" + "\n".join(listed))

    def test_rooms_of_the_table_exist(self):
        table = rooms.allowed(ROOT)
        known = set(rooms.rooms(ROOT))
        self.assertEqual(set(), set(table) - known)
        for room, uses in table.items():
            self.assertEqual(set(), uses - known, room)

    def test_the_table_has_no_circles(self):
        table = rooms.allowed(ROOT)
        placed = set()
        while len(placed) < len(table):
            ready = {room for room, uses in table.items() if room not in placed and uses <= placed}
            self.assertTrue(ready, f"circles among {sorted(set(table) - placed)}")
            placed |= ready

    def planted(self, room, line):
        """The violations of a copy of the sources in which one file of a room has one more line."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder)
            shutil.copytree(ROOT / "Sources", copy / "Sources")
            shutil.copytree(ROOT / "docs", copy / "docs")
            file = sorted(rooms.rooms(copy)[room].rglob("*.swift"))[0]
            file.write_text(file.read_text(encoding="utf-8") + "\n" + line + "\n", encoding="utf-8")
            return [use[:1] + use[2:] for use in rooms.violations(copy)]

    def test_a_forbidden_use_is_found(self):
        self.assertIn(
            ("Linearisation", "Communicator", "Communication"),
            self.planted("Linearisation", "func planted(_ world: Communicator) {}"))
        self.assertIn(
            ("LinearAlgebra", "Lattice", "LatticeSymmetry"),
            self.planted("LinearAlgebra", "func planted(_ lattice: Lattice) {}"))
        self.assertIn(
            ("Sampling", "SpaceGroup", "LatticeSymmetry"),
            self.planted("Sampling", "let planted = SpaceGroup.self"))

    def test_comments_and_texts_are_not_uses(self):
        self.assertEqual([], self.planted("Linearisation", '// Communicator\nlet planted = "a Communicator"'))


if __name__ == "__main__":
    unittest.main()
