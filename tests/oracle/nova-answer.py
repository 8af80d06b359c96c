#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What nova's own parser makes of image properties: one JSON object per line in, one answer per line out.

An answer is an object of canonical strings under current names, written as guestctl writes them, or
{"refused": nova's message}. Needs python3-nova (Debian), or a nova tree in PYTHONPATH."""
import json
import sys
import warnings

warnings.simplefilter("ignore")
from nova import objects  # noqa: E402

objects.register_all()
from nova.objects import image_meta  # noqa: E402


def ranges(numbers):
    """{0, 1, 3} is "0-1,3"."""
    parts = []
    for n in sorted(numbers):
        if parts and parts[-1][1] == n - 1:
            parts[-1][1] = n
        else:
            parts.append([n, n])
    return ",".join(f"{a}-{b}" if a != b else f"{a}" for a, b in parts)


def strings(field, value):
    """One field of nova's object as {name: text}."""
    if field == "hw_numa_cpus":
        return {f"{field}.{i}": ranges(cpus) for i, cpus in enumerate(value)}
    if field == "hw_numa_mem":
        return {f"{field}.{i}": str(mib) for i, mib in enumerate(value)}
    if field == "traits_required":
        return {f"trait:{name}": "required" for name in value}
    if field == "img_hv_requested_version":
        return {field: value.replace(" ", "").replace("\t", "")}
    if isinstance(value, bool):
        return {field: "true" if value else "false"}
    if isinstance(value, list):
        return {field: json.dumps(value, separators=(",", ":"), ensure_ascii=False)}
    return {field: str(value)}


def answer(properties):
    try:
        parsed = image_meta.ImageMetaProps.from_dict(properties)
    except Exception as e:  # nova raises ValueError, Invalid, TypeError: each is a refusal
        return {"refused": str(e)}
    result = {}
    for field in parsed.fields:
        if parsed.obj_attr_is_set(field):
            result.update(strings(field, getattr(parsed, field)))
    return result


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), sort_keys=True, ensure_ascii=False), flush=True)
