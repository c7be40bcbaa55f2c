"""Which names of one room of the library appear in another.

A room is a folder of Sources/DistQGT, or a target beside it. What a room may use is the third column of the table
under "Rooms" in docs/architecture.md; every room named there in backticks is allowed, and itself. Names are the types, protocols and
free functions that a room declares at the top level of its files.
"""

import re
from pathlib import Path

TARGETS = ("LinearAlgebra", "Communication", "LatticeSymmetry", "RunFiles")

_DECLARATION = re.compile(
    r"^(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|final|indirect)\s+)*"
    r"(?:struct|class|enum|protocol|typealias|actor|func)\s+([A-Za-z_]\w*)",
    re.MULTILINE,
)
_NESTED = re.compile(r"\b(?:struct|class|enum|protocol|typealias|associatedtype|case|func|var|let)\s+([A-Za-z_]\w*)")
_GENERIC = re.compile(r"[<,]\s*([A-Z]\w*)\s*(?=[:,>])")
_NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


def _code(path):
    """The file without comments and texts; interpolated expressions go with their text."""
    return _NOISE.sub(" ", path.read_text(encoding="utf-8"))


def rooms(root):
    """The folder of every room, by its name."""
    sources = Path(root) / "Sources"
    found = {path.name: path for path in sorted((sources / "DistQGT").iterdir()) if path.is_dir()}
    found.update({name: sources / name for name in TARGETS})
    return found


def allowed(root):
    """The rooms that each room may use, from the table of docs/architecture.md."""
    text = (Path(root) / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("\n## Rooms\n", 1)[1].split("\n## ", 1)[0]
    table = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        name = re.fullmatch(r"`(\w+)/?`", cells[0])
        if name and len(cells) == 3:
            table[name.group(1)] = set(re.findall(r"`(\w+)/?`", cells[2]))
    return table


def violations(root):
    """(room, file, name, the name's room) of every use that the table does not allow, and of every room without a row."""
    folders, table = rooms(root), allowed(root)
    code = {room: {path: _code(path) for path in sorted(folder.rglob("*.swift"))} for room, folder in folders.items()}
    owners = {}
    for room, files in code.items():
        for text in files.values():
            for name in _DECLARATION.findall(text):
                owners.setdefault(name, set()).add(room)
    found = [(room, None, None, None) for room in folders if room not in table]
    for room, files in code.items():
        # A name that the room also declares, nested or as a parameter, is its own.
        own = {name for text in files.values() for name in _NESTED.findall(text) + _GENERIC.findall(text)}
        permitted = table.get(room, set()) | {room}
        for path, text in files.items():
            for name in sorted(set(_WORD.findall(text)) - own):
                if name in owners and not owners[name] & permitted:
                    found.append((room, str(path.relative_to(root)), name, "/".join(sorted(owners[name]))))
    return found
