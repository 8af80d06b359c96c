/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry point: each fuzz-X.c has one. replay.c calls it with the files of corpus/X. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
