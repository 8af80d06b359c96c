/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keys that were made for these tests alone; nobody has their other halves. */
#define KEY_A "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bzkfuVqJguXqz2XboWLXNY0HvY5SFwfIXu6DGFPL+"
#define KEY_B "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGMBR1WeHPJOUsQrItJZWMHlJqCL04+X6Us7amFa5Ct4IIh46Snargida4UL+EZQhEw+8wznljst2FdnnAcPuxk="
