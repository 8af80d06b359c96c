#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The comparing half of compare.sh; it needs no nova.

  differ.py table TABLE              the given properties, and what nova is expected to answer, a line each
  differ.py rows ROWS ANSWERS        those lines against the answers of the installed nova
  differ.py random GUESTCTL GIVEN ANSWERS"""
import json
import os
import subprocess
import sys
import tempfile


def lines(path):
    with open(path, encoding="utf-8") as f:
        return f.read().splitlines()


def print_table(table):
    for line in lines(table):
        if not line.startswith("#"):
            print("\t".join(line.split("\t")[1:4]))


def written(answer):
    if "refused" in answer:
        return "refused: " + answer["refused"].replace("\n", " ").replace("\t", " ")
    return json.dumps(answer, sort_keys=True, ensure_ascii=False)


def compare_rows(rows, answers):
    """A row that only master knows may be unknown to the installed nova, which then gives nothing back."""
    wrong = newer = 0
    both = list(zip(lines(rows), lines(answers), strict=True))
    for row, answer in both:
        given, nova, since = row.split("\t")
        if written(json.loads(answer)) == nova:
            continue
        if since == "master":
            newer += 1
            continue
        wrong += 1
        print(f"{given}\n  table: {nova}\n  nova:  {answer}")
    print(f"{len(both)} rows, {newer} of them too new for this nova, {wrong} wrong")
    return wrong


def ask(guestctl, text):
    """What guestctl makes of a document: {"refused": ...} or its properties."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8", delete=False) as f:
        f.write(text)
    run = subprocess.run([guestctl, "image", "show", f.name, "--json"], capture_output=True, text=True)
    os.unlink(f.name)
    if run.returncode == 3:
        return {"refused": run.stderr}
    if run.returncode:
        sys.exit(f"{text}\n{guestctl} exits {run.returncode}: {run.stderr}")
    return json.loads(run.stdout)["properties"]


def compare_random(guestctl, given, answers):
    wrong = refused = 0
    both = list(zip(lines(given), lines(answers), strict=True))
    for text, answer in both:
        nova, ours = json.loads(answer), ask(guestctl, text)
        refused += "refused" in nova
        if ("refused" in nova) != ("refused" in ours) or ("refused" not in nova and nova != ours):
            wrong += 1
            print(f"{text}\n  nova: {nova}\n  ours: {ours}")
    print(f"{len(both)} sets of properties, {refused} refused by nova, {wrong} read differently")
    return wrong


if __name__ == "__main__":
    verbs = {"table": print_table, "rows": compare_rows, "random": compare_random}
    if len(sys.argv) < 3 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    sys.exit(1 if verbs[sys.argv[1]](*sys.argv[2:]) else 0)
