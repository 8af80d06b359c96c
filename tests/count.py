#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Add up what the suites left in a folder: TAP files, and meson's test logs (one JSON object a line), whose
programs speak TAP too. A program that failed without a "not ok" of its own (a crash, a leak) is one failure.
Prints each failure with what was said before it, each skip, then the one line that counts. In CI a skip is a failure."""
import json
import os
import re
import sys

LINE = re.compile(r"^(not ok|ok)\b *\d* *-? *([^#]*)(#\s*skip)?", re.IGNORECASE)
SAID = 40  # lines of what a failed test said


def count(text):
    """How many passed; the failures, each the lines since the last result with its own in front; the skips."""
    passed, failed, skipped, said = 0, [], [], []
    for line in text.splitlines():
        match = LINE.match(line)
        if match and match.group(3):
            skipped.append(line)
        elif match and match.group(1) == "ok":
            passed += 1
        elif match or line.startswith("Bail out"):
            failed.append([line] + said[-SAID:])
        else:
            said.append(line)
            continue
        said = []
    return passed, failed, skipped


def of_meson(path):
    passed, failed, skipped = 0, [], []
    for line in open(path, encoding="utf-8", errors="replace"):
        program = json.loads(line)
        stdout = program.get("stdout") or ""
        p, f, s = count(stdout)
        if program["result"] == "SKIP":
            s = s or [program["name"]]
        elif program["result"] not in ("OK", "EXPECTEDFAIL"):
            last = (stdout + (program.get("stderr") or "")).splitlines()[-SAID:]
            f = f or [[f"{program['result']}, status {program['returncode']}"] + last]
        elif not p and not f and not s:
            p = 1  # a program that says nothing but its exit status
        passed, failed, skipped = passed + p, failed + [[f"{program['name']}: {x[0]}"] + x[1:] for x in f], skipped + s
    return passed, failed, skipped


def main():
    passed, failed, skipped = 0, [], []
    for name in sorted(os.listdir(sys.argv[1])):
        path = os.path.join(sys.argv[1], name)
        if name.endswith(".tap"):
            p, f, s = count(open(path, encoding="utf-8", errors="replace").read())
        elif name.endswith(".json"):
            p, f, s = of_meson(path)
        else:
            continue
        print(f"{name.rsplit('.', 1)[0]}: {p} passed, {len(f)} failed, {len(s)} skipped")
        passed, skipped = passed + p, skipped + [f"{name}: {x}" for x in s]
        failed += [[f"{name}: {x[0]}"] + x[1:] for x in f]
    for first, *said in failed:
        print("FAILED", first)
        for line in said:
            print("   ", line)
    for line in skipped:
        print("SKIPPED", line)
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or not passed or (skipped and os.environ.get("CI")) else 0


sys.exit(main())
