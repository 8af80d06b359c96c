#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One boot through a boot loader: until dom0 says what it got. Called by loaders.sh.
loader_boot.py CONSOLE LINE PAGES QEMU-OPTION...: keeps the console in the file CONSOLE; the line that Xen prints must be LINE,
word by word, and dom0's pages and maximum PAGES. Prints what was seen, then what is wrong; fails when something is.
loader_boot.py --kernel: the options of dom0's kernel.
loader_boot.py --line CONSOLE: the line that Xen printed.
loader_boot.py --host RECORDED LINE: the recorded host, as one that runs with this line."""
import json
import re
import sys
import time

import boots

SECONDS = 180  # a loader reads the kernel with the firmware's help, a boot takes twice as long


def line_of(console):
    for text in console:
        found = re.search(r"\(XEN\) (?:\[[^]]*\] )?Command line: (.*)", text)
        if found:
            return " ".join(found.group(1).split())
    return None


def judge(wanted, pages, console):
    line, facts = line_of(console), boots.facts_of(console)
    faults = []
    if line is None:
        faults.append("Xen did not begin")
    elif line != wanted:
        faults += [f"line wanted: {wanted}", f"line seen:   {line}"]
    if facts is None:
        faults.append("dom0 did not start")
    for name in ("tot_pages", "max_pages"):
        if facts and facts[name] != pages:
            faults.append(f"{name}: {pages} wanted, {facts[name]} seen")
    return faults


def main():
    if sys.argv[1] == "--kernel":
        print(boots.KERNEL)
        return 0
    if sys.argv[1] == "--line":
        print(line_of(open(sys.argv[2], encoding="utf-8")))
        return 0
    if sys.argv[1] == "--host":
        host = json.load(open(sys.argv[2], encoding="utf-8"))
        host["xen"]["command_line"] = sys.argv[3]
        print(json.dumps(host, indent=2))
        return 0
    path, wanted, pages = sys.argv[1:4]
    started = time.monotonic()
    console = boots.run("1", "1024", *sys.argv[4:], seconds=SECONDS)
    seconds = time.monotonic() - started
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(text + "\n" for text in console)
    facts = boots.facts_of(console)
    print(f"{facts['tot_pages']} pages, maximum {facts['max_pages']} ({seconds:.1f} s)" if facts else f"no dom0 ({seconds:.1f} s)")
    print(f"# Xen's line: {line_of(console)}")
    faults = judge(" ".join(wanted.split()), int(pages), console)
    for fault in faults:
        print(f"# {fault}")
    for text in console[-15:] if faults else ():
        print("# |", re.sub(r"\x1b\[[0-9;=]*[A-Za-z]", "", text)[:200])
    return 1 if faults else 0


sys.exit(main())
