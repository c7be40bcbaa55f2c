#!/usr/bin/env python3
"""The manual page of dist-vmc, in man(7), from what `dist-vmc --experimental-dump-help` prints."""

import json
import sys


def escaped(text):
    lines = text.replace("\\", "\\e").replace("-", "\\-").split("\n")
    # A point or an apostrophe at the start of a line is a request.
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in lines)


def paragraphs(text):
    """Text whose paragraphs are filled, and whose indented lines stay as they are."""
    for part in text.strip("\n").split("\n\n"):
        if part.startswith(" ") or "\n " in part:
            yield from (".PP", ".nf", escaped(part), ".fi")
        elif part.strip():
            yield from (".PP", escaped(part.strip()))


def names(argument):
    """How an argument is written, in bold, with its value in italics."""
    value = "\\fI" + escaped(argument.get("valueName", "value")) + "\\fR"
    if argument["kind"] == "positional":
        return value + (" ..." if argument.get("isRepeating") else "")
    written = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument.get("names", [])]
    text = ", ".join("\\fB" + escaped(name) + "\\fR" for name in written)
    return text if argument["kind"] == "flag" else f"{text} {value}"


def command(entry, path):
    name = " ".join(path)
    yield f".SH {escaped(name.upper())}" if len(path) > 1 else ".SH DESCRIPTION"
    yield from paragraphs(entry.get("abstract", ""))
    shown = [argument for argument in entry.get("arguments", []) if argument.get("shouldDisplay", True)]
    if len(path) > 1:
        positional = " ".join(names(argument) for argument in shown if argument["kind"] == "positional")
        yield from (".PP", f"\\fB{escaped(name)}\\fR [\\fIoptions\\fR] {positional}".rstrip())
    yield from paragraphs(entry.get("discussion", ""))
    for argument in shown:
        yield from (".TP", names(argument), escaped(argument.get("abstract", "") or "\\&"))
    for sub in entry.get("subcommands", []):
        if sub["commandName"] != "help" and sub.get("shouldDisplay", True):
            yield from command(sub, path + [sub["commandName"]])


def main():
    root = json.load(sys.stdin)["command"]
    name = root["commandName"]
    lines = [
        f'.TH "{name.upper()}" 1', ".SH NAME", f"{escaped(name)} \\- {escaped(root.get('abstract', '').rstrip('.'))}",
        ".SH SYNOPSIS", f"\\fB{escaped(name)}\\fR \\fIcommand\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]",
    ]
    lines += command(root, [name])
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
