#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which test answers for which rule. Reads tools/spec_rules.txt and the rule IDs beside the tests, writes
docs/spec-coverage.md; with --check it changes nothing and fails when that page is out of date, when a rule has
neither test nor reason, or when a test names a rule of these sections that does not exist."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULE = re.compile(r"(?<![\w-])([A-I]\d{2})(?:-([A-I]\d{2}))?(?![\w-])")
CPP_TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.S)
JS_TEST = re.compile(r"""^\s*(?:await\s+)?(?:t\.)?(?:test|it)\(\s*(['"`])(.*?)\1""")


def rules_in(text):
    """Every ID that the text names; A01-A03 names three."""
    found = []
    for first, last in RULE.findall(text):
        numbers = range(int(first[1:]), int((last or first)[1:]) + 1)
        found += [f"{first[0]}{number:02}" for number in numbers]
    return found


def read_rules(text):
    """[(id, title, reason or '')] and [(index, heading)]."""
    rules, headings = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            headings.append((len(rules), line[3:]))
        elif line and not line.startswith("#"):
            match = re.fullmatch(r"([A-Z]\d{2}) (.+?)(?: -- (.+))?", line)
            if not match:
                raise SystemExit(f"tools/spec_rules.txt:{number}: not 'ID title' or 'ID title -- reason'")
            rules.append((match[1], match[2], match[3] or ""))
    return rules, headings


def tests_of_cpp(text):
    """(test name, rule) of every ID in a comment: of the test it stands in, beside, or right above."""
    lines, current, above = text.splitlines(), None, []
    for number, line in enumerate(lines):
        comment = line.partition("//")[2]
        found = rules_in(comment)
        if line.startswith("TEST"):
            match = CPP_TEST.match("\n".join(lines[number:number + 3]))
            current = f"{match[1]}.{match[2]}" if match else None
            for rule in above:
                yield current, rule
            above = []
        elif line.startswith("}"):
            current = None
        if not found:
            if not line.strip():
                above = []
            continue
        if current:
            for rule in found:
                yield current, rule
        elif line.lstrip().startswith("//"):
            above += found


def tests_of_js(text):
    """The same for tests of node:test; there the title may carry the ID, too."""
    current, above = None, []
    for line in text.splitlines():
        match = JS_TEST.match(line)
        comment = re.search(r"(?:^|\s)//(.*)", line)
        found = rules_in(comment[1]) if comment else []
        if match:
            current = match[2]
            found += above + rules_in(current)
            above = []
        elif line.startswith("}"):
            current = None
        if current:
            for rule in found:
                yield current, rule
        elif found:
            above += found
        elif not line.strip():
            above = []


def find_tests(root):
    """{rule: {path: [test, ...]}}"""
    claims = {}
    files = sorted(root.glob("tests/unit/**/*_test.cpp")) + sorted(root.glob("tests/e2e/*.test.mjs"))
    for path in files:
        read = tests_of_cpp if path.suffix == ".cpp" else tests_of_js
        for test, rule in read(path.read_text()):
            if test:
                names = claims.setdefault(rule, {}).setdefault(str(path.relative_to(root)), [])
                if test not in names:
                    names.append(test)
    return claims


def page_of(rules, headings, claims):
    out = ["# Rules and the tests that answer for them", "",
           "Written by `tools/spec_coverage.py` from `tools/spec_rules.txt` and from the rule IDs beside the tests; "
           "`scripts/test` fails when it is out of date or when a rule has neither a test nor a reason.", ""]
    tested = sum(1 for rule, _, _ in rules if rule in claims)
    out += [f"{len(rules)} rules: {tested} with tests, {len(rules) - tested} with a reason instead.", ""]
    starts = dict(headings)
    for index, (rule, title, reason) in enumerate(rules):
        if index in starts:
            out += ["", f"## {starts[index]}", "", "| ID | rule | test, or the reason for none |", "| --- | --- | --- |"]
        cell = "<br>".join(f"{path}: {', '.join(escape(t) for t in tests[:3])}" +
                           (f" and {len(tests) - 3} more" if len(tests) > 3 else "")
                           for path, tests in sorted(claims.get(rule, {}).items()))
        out.append(f"| {rule} | {title} | {cell or reason} |")
    return "\n".join(out) + "\n"


def escape(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def problems_of(rules, claims):
    known = {}
    for rule, title, reason in rules:
        if rule in known:
            yield f"{rule} stands twice in tools/spec_rules.txt"
        known[rule] = reason
        if rule not in claims and not reason:
            yield f"{rule} ({title}) has neither a test nor a reason"
        if rule in claims and reason:
            where = next(iter(claims[rule]))
            yield f"{rule} has a test ({where}) and a reason for having none"
    for rule in sorted(claims):
        # What is found in operation (I92 and on) is counted elsewhere.
        if rule not in known and not rule >= "I92":
            yield f"{rule}, named by {next(iter(claims[rule]))}, is no rule"


def main(root, arguments):
    rules, headings = read_rules((root / "tools/spec_rules.txt").read_text())
    claims = find_tests(root)
    problems = list(problems_of(rules, claims))
    page, target = page_of(rules, headings, claims), root / "docs/spec-coverage.md"
    if "--check" not in arguments:
        target.write_text(page)
    elif not target.exists() or target.read_text() != page:
        problems.append("docs/spec-coverage.md is out of date: run tools/spec_coverage.py")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    sys.exit(main(pathlib.Path(folders[0]) if folders else ROOT, sys.argv[1:]))
