"""The pages of docs/: all listed, and every link to a file or a section leads somewhere."""

import os
import re
import unittest

from support import ROOT, CommandLineTest

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def pages():
    """Paths of the Markdown files that users read."""
    docs = os.path.join(ROOT, "docs")
    found = [os.path.join(ROOT, *path) for path in (["README.md"], ["CONTRIBUTING.md"], ["Benchmarks", "README.md"])]
    return found + [os.path.join(docs, name) for name in sorted(os.listdir(docs)) if name.endswith(".md")]


def without_code(text):
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def sections(path):
    """The anchors of a page's headings, as GitHub forms them."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"```.*?```", "", file.read(), flags=re.DOTALL)
    titles = re.findall(r"^#+ +(.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


class DocumentationTests(CommandLineTest):
    def test_links_lead_somewhere(self):
        for page in pages():
            with open(page, encoding="utf-8") as file:
                links = LINK.findall(without_code(file.read()))
            for link in links:
                if re.match(r"[a-z]+:", link):
                    continue
                with self.subTest(page=os.path.relpath(page, ROOT), link=link):
                    path, _, section = link.partition("#")
                    target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
                    self.assertTrue(os.path.exists(target), "there is no such file")
                    if section:
                        self.assertIn(section, sections(target))

    def test_every_page_is_in_the_index(self):
        with open(os.path.join(ROOT, "docs", "README.md"), encoding="utf-8") as file:
            listed = set(LINK.findall(file.read()))
        for page in pages():
            name = os.path.basename(page)
            if os.path.dirname(page) == os.path.join(ROOT, "docs") and name != "README.md":
                self.assertIn(name, listed)

    def test_the_first_configuration_runs(self):
        with open(os.path.join(ROOT, "docs", "getting-started.md"), encoding="utf-8") as file:
            blocks = re.findall(r"```yaml\n(.*?)```", file.read(), flags=re.DOTALL)
        self.assertEqual(len(blocks), 1)
        self.write("ising.yaml", blocks[0])
        arguments = ["--set", "run.steps=3", "--set", "sampler.samples=128"]
        self.run_well("check", "ising.yaml", *arguments)
        self.run_well("run", "ising.yaml", "--output", "ising", *arguments, ranks=2)
        self.run_well("run", "ising.yaml", "--output", "ising", "--set", "run.steps=4", *arguments[2:], "--resume", ranks=2)
        self.assertEqual(self.last_step("ising/log.jsonl"), 4)
        self.run_well("report", "ising")


if __name__ == "__main__":
    unittest.main()
