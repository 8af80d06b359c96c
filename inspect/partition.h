/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/passport.h"
#include "inspect/disk.h"

/* Fill table and partitions of the passport from the disk's first sectors: GPT, MBR with logical partitions, or one volume with
 * no table. What is damaged makes the table "unknown", with a note. False with *refusal, a string constant, when it is such as no
 * partitioning program makes and as leads programs that read it astray. */
bool partition_read(Disk *disk, Passport *passport, const char **refusal);
