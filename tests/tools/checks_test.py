# SPDX-License-Identifier: Apache-2.0
"""The checks of the source tree, on trees that are good and on trees that are bad in one way."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOOD = {
    "tools/layers.txt": "base:\nnet: base\nproxy: base net oauth/token_verifier.h\noauth: base\nstorage: base\napp: *\n",
    "src/main.cpp": '#include "app/run.h"\n',
    "src/app/run.h": '#include "proxy/pipeline.h"\n#include "oauth/endpoints.h"\n',
    "src/proxy/pipeline.h": '#include <vector>\n#include "net/loop.h"\n#include "oauth/token_verifier.h"\n',
    "src/net/loop.h": '#include "base/clock.h"\n#include "net/internal/epoll.h"\nstd::thread runner_;\n',
    "src/base/clock.cpp": '#include "base/clock.h"\nauto now() { return std::chrono::system_clock::now(); }\n',
    "src/storage/users.cpp": 'query("SELECT name FROM users");\n',
    "tests/unit/base/clock_test.cpp": "// sleep_for( would be wrong here\n",
}


class Check(unittest.TestCase):
    def run_check(self, command, changes):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (GOOD | changes).items():
                file = pathlib.Path(folder, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return subprocess.run([*command, folder], capture_output=True, text=True, check=False)

    def accepts(self, changes=None):
        answer = self.run_check(self.command, changes or {})
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def refuses(self, name, text, said):
        answer = self.run_check(self.command, {name: text})
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertIn(said, answer.stdout)


class LayersTest(Check):
    command = [sys.executable, str(ROOT / "tools/check_layers.py")]

    def test_accepts_what_the_table_allows(self):
        self.accepts()

    def test_refuses_an_edge_that_is_not_in_the_table(self):
        self.refuses("src/net/loop.h", '#include "proxy/pipeline.h"\n', "net may not include proxy/pipeline.h")

    def test_refuses_another_header_where_one_is_named(self):
        self.refuses("src/proxy/pipeline.h", '#include "oauth/endpoints.h"\n', "proxy may not include oauth/endpoints.h")

    def test_refuses_the_inside_of_another_module(self):
        self.refuses("src/app/run.h", '#include "net/internal/epoll.h"\n', "private to its module")

    def test_refuses_bare_and_relative_includes(self):
        self.refuses("src/net/loop.h", '#include "epoll.h"\n', 'write "module/file.h"')
        self.refuses("src/net/loop.h", '#include "../base/clock.h"\n', 'write "module/file.h"')

    def test_refuses_a_module_without_a_line(self):
        self.refuses("src/extra/thing.h", "\n", "no line for module 'extra'")

    def test_refuses_a_cycle_in_the_table(self):
        self.refuses("tools/layers.txt", GOOD["tools/layers.txt"].replace("base:\n", "base: net\n"), "cycle: ")


class BannedTest(Check):
    command = [str(ROOT / "tools/check_banned.sh")]

    def test_accepts_things_in_their_place_and_in_comments(self):
        self.accepts({"src/oauth/endpoints.cpp": "  // never std::regex here\n"})

    def test_refuses_each_thing_elsewhere(self):
        for line in (
            "auto t = std::chrono::steady_clock::now();",
            "std::mt19937 engine;",
            "EVP_DigestInit_ex(context, md, nullptr);",
            'std::getenv("HOME");',
            "std::thread worker;",
            "std::jthread worker;",
            "worker.detach();",
            'query("SELECT 1");',
            "std::cout << 1;",
            'printf("x");',
            "std::regex pattern;",
            'sprintf(buffer, "x");',
            "std::localtime(&now);",
            "if (std::memcmp(a, b, 3) == 0) {",
            "std::this_thread::sleep_for(1s);",
            "::nanosleep(&second, nullptr);",
        ):
            with self.subTest(line):
                self.refuses("src/oauth/endpoints.cpp", f"{line}\n", "src/oauth/endpoints.cpp:1:")

    def test_refuses_sleeping_in_tests(self):
        self.refuses("tests/unit/base/clock_test.cpp", "std::this_thread::sleep_for(1s);\n", "clock_test.cpp:1:")


class SpecCoverageTest(unittest.TestCase):
    good = {
        "tools/spec_rules.txt": "## A. First\nA01 One thing\nA02 Another -- Not offered.\nI01 An attack\n",
        "tests/unit/oauth/some_test.cpp": "TEST(Some, Holds) {  // A01\n}\n",
        "tests/e2e/some.test.mjs": "test('an attack fails (I01)', () => {\n});\n",
    }

    def check(self, changes, *arguments):
        """Writes the page of the good tree, then checks the changed one."""
        with tempfile.TemporaryDirectory() as folder:
            for files in (self.good | {"docs/x": ""}, None, changes):
                if files is None:
                    subprocess.run([sys.executable, str(ROOT / "tools/spec_coverage.py"), folder], check=True)
                    continue
                for name, text in files.items():
                    file = pathlib.Path(folder, name)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text)
            command = [sys.executable, str(ROOT / "tools/spec_coverage.py"), "--check", folder]
            return subprocess.run(command, capture_output=True, text=True, check=False)

    def refuses(self, name, text, said):
        answer = self.check({name: text})
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertIn(said, answer.stderr)

    def test_accepts_rules_with_tests_or_reasons(self):
        answer = self.check({})
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_refuses_a_rule_with_neither(self):
        self.refuses("tests/unit/oauth/some_test.cpp", "TEST(Some, Holds) {\n}\n", "A01 (One thing) has neither")

    def test_refuses_a_rule_with_both(self):
        self.refuses("tests/unit/oauth/some_test.cpp", "// A01, A02\nTEST(Some, Holds) {\n}\n", "A02 has a test")

    def test_refuses_a_claim_of_no_rule(self):
        self.refuses("tests/e2e/some.test.mjs", "// A09\ntest('x (I01)', () => {\n});\n", "A09, named by")

    def test_refuses_a_page_that_is_out_of_date(self):
        self.refuses("docs/spec-coverage.md", "old", "out of date")

    def test_takes_the_rules_of_a_range(self):
        answer = self.check({"tools/spec_rules.txt": "## A. First\nA01 One\nA02 Two\nI01 Three\n", "tests/unit/oauth/some_test.cpp": "TEST(Some, Holds) {  // A01-A02\n}\n"})
        self.assertNotIn("neither", answer.stderr)


if __name__ == "__main__":
    unittest.main()
