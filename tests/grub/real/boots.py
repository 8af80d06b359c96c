#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boot Xen under QEMU's emulation with each line of a file, read what it gave dom0 from the console (dom0-facts.c), and
compare that with guestctl's prediction for the same line. TAP on standard output. Called by run.sh."""
import json
import os
import re
import signal
import subprocess
import sys
import time

# Before the line under test, and part of it: a console, and nothing that emulation pays for.
FIXED = "console=com1 com1=115200,8n1 bootscrub=0 spec-ctrl=no xpti=no"
# The initcalls are those that take longest of what dom0-facts needs not; without them a boot takes a tenth less.
KERNEL = ("console=hvc0 quiet mitigations=off rodata=off init_on_alloc=0 lsm= ipv6.disable=1 swiotlb=512 panic=-1 initcall_blacklist="
          "crypto_algapi_init,load_system_certificate_list,init_kprobe_trace,crypto_kdf108_init,init_acpi_pm_clocksource,"
          "cubictcp_register,trace_eval_init,cmos_init,serial8250_init,i8042_init,init_evm")
# Xen names the reason of a panic after "Panic on CPU", and then says this.
DEADS = ("Reboot in", "Manual reset", "Hardware Dom0 crashed", "Hardware Dom0 halted", "DOM0-FACTS failed",
         # What waits for somebody at the keyboard: GRUB, xen.efi, and the two kinds of firmware.
         "Press any key", "No configuration file found", "No bootable device", '"UiApp" from')
SECONDS = 90
MIB = 256  # pages


def comma(text):
    """A comma ends an item of QEMU's -initrd."""
    return text.replace(",", ",,")


def run(cpus, mib, *options, seconds=SECONDS):
    """What the console said until dom0's facts were there, the machine died, or the time was up."""
    command = ["qemu-system-x86_64", "-accel", "tcg,thread=single", "-machine", "q35", "-cpu", "qemu64,+svm,+npt,+rdrand",
               "-smp", cpus, "-m", mib, "-display", "none", "-monitor", "none", "-no-reboot", "-nodefaults", "-serial", "stdio",
               *options]
    console = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as qemu:
        def late(number, frame):
            console.append("no end in time")
            qemu.kill()
        signal.signal(signal.SIGALRM, late)
        signal.alarm(seconds)
        for raw in qemu.stdout:
            console.append(raw.decode(errors="replace").strip())
            if console[-1].startswith("DOM0-FACTS ") or any(dead in console[-1] for dead in DEADS):
                break
        signal.alarm(0)
        qemu.kill()
    return console


def boot(xen, initrd, cpus, mib, line):
    return run(cpus, mib, "-kernel", f"{xen}/xen.elf", "-append", line,
               "-initrd", f"{comma(xen)}/vmlinux {comma(KERNEL)},{comma(initrd)}")


def facts_of(console):
    for text in console:
        if text.startswith("DOM0-FACTS tot_pages"):
            return {name: int(value) for name, value in re.findall(r"(\w+)=(-?\d+)", text)}
    return None


def memory_of(console):
    for text in console:
        found = re.search(r"System RAM: \d+MB \((\d+)kB\)", text)
        if found:
            return int(found.group(1))
    return None


def predict(guestctl, recorded, work, cpus, memory_kib, line):
    host = json.load(open(recorded, encoding="utf-8"))
    host.update(cpus=int(cpus), memory_kib=memory_kib)
    path = os.path.join(work, "host.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(host, file)
    done = subprocess.run([guestctl, "grub", "simulate", "--json", "--host", path, "--", line], capture_output=True, check=True)
    return json.loads(done.stdout)


def near(said, seen, estimated):
    return abs(said - seen) <= (4 * MIB if estimated else 0)


def complaints_said(prediction):
    """Names that Xen should call unknown, and names whose value it should call invalid."""
    said = {"unknown": set(), "invalid": set()}
    for reason in prediction["reasons"]:
        if reason["because"].startswith("Xen ignores it"):
            said["unknown"].add(reason["field"])
        elif reason["because"].startswith("Xen refuses it"):
            said["invalid"].add(reason["field"])
    return said


def complaints_seen(console):
    seen = {"unknown": set(), "invalid": set()}
    for text in console:
        found = re.match(r'DOM0-COMPLAINT parameter "(no-)?(.*?)" (unknown|has invalid)', text)
        if found and found.group(2) != "no":  # for "no-NAME" alone Xen has overwritten the name with the value, "no"
            seen["unknown" if found.group(3) == "unknown" else "invalid"].add(found.group(2))
    return seen


def compare(prediction, facts, console):
    """What differs, as text."""
    memory = prediction["memory_kib"] // 4
    limit = 0xffffffff if prediction["max_kib"] is None else prediction["max_kib"] // 4
    faults = []
    if prediction["starts"] == "no":
        faults.append("it started")
    if not near(memory, facts["tot_pages"], prediction["memory_estimated"]):
        faults.append(f"memory: {memory} pages said, {facts['tot_pages']} seen")
    if not near(limit, facts["max_pages"], prediction["max_estimated"]):
        faults.append(f"maximum: {limit} pages said, {facts['max_pages']} seen")
    for name in ("vcpus", "cpus"):
        if prediction[name] != facts[name]:
            faults.append(f"{name}: {prediction[name]} said, {facts[name]} seen")
    if facts["cpus"] > 1 and prediction["pinned"] != (facts["affinity"] == 1):
        faults.append(f"pinned: {prediction['pinned']} said, vcpu 0 runs on {facts['affinity']} CPUs")
    # The kernel itself and its table of pages are not in MemTotal.
    kept = memory * 4 - facts["memtotal_kib"]
    if not -16 * 1024 <= kept <= 128 * 1024 + memory * 4 // 16:
        faults.append(f"MemTotal: {facts['memtotal_kib']} KiB of {memory * 4} KiB")
    if complaints_said(prediction) != complaints_seen(console):
        faults.append(f"complaints: {complaints_said(prediction)} said, {complaints_seen(console)} seen")
    return faults


def judge(wanted, prediction, console):
    facts = facts_of(console)
    if wanted == "up":
        return compare(prediction, facts, console) if facts else ["it did not start"]
    if not any(wanted in text for text in console):
        return [f"the console does not say \"{wanted}\""]
    return ["it was said to start"] if prediction["starts"] == "yes" else []


def read_lines(path, part):
    for text in open(path, encoding="utf-8"):
        found = re.match(r"(\d+) (\d+) ([^|]*?) \|(.*)", text)
        if found and part in text:
            line = re.sub(r"\{(\d+):([^}]*)\}", lambda long: int(long.group(1)) * long.group(2), found.group(4).strip())
            yield found.group(1), found.group(2), found.group(3), line


def main():
    guestctl, xen, work, path, recorded = sys.argv[1:6]
    cases = list(read_lines(path, sys.argv[6] if len(sys.argv) > 6 else ""))
    print(f"1..{len(cases)}")
    failed = 0
    for number, (cpus, mib, wanted, line) in enumerate(cases, 1):
        started = time.monotonic()
        full = f"{FIXED} {line}".strip()
        console = boot(xen, f"{work}/initrd", cpus, mib, full)
        memory_kib = memory_of(console)
        prediction = predict(guestctl, recorded, work, cpus, memory_kib, full) if memory_kib else None
        faults = judge(wanted, prediction, console) if prediction else ["Xen did not begin"]
        facts = facts_of(console)
        seen = f"{facts['tot_pages']} pages, maximum {facts['max_pages']}, {facts['vcpus']} vcpus" if facts else wanted
        name = line.replace("#", "") or "(nothing)"
        print(f"{'not ok' if faults else 'ok'} {number} - {name[:100]}: {seen} ({time.monotonic() - started:.1f} s)", flush=True)
        for fault in faults:
            print(f"# {fault}")
        if faults:
            failed += 1
            for text in console[-15:]:
                print(f"# | {text}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
