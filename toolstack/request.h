/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/guest-file.h"
#include "common/guest.h"
#include "common/image/meta.h"
#include "toolstack/backend-pick.h"

/* What the user asks for, from FILE | NAME | DISK and the options, which win over the file:
 * - a path that ends in .guest is a guest's file;
 * - a NAME without a slash that is defined is that guest, one in the image store is that image;
 * - any other file is a disk image, and the guest is described by the options alone.
 * A file is never taken for a guest's file by what is in it: a disk image is not trusted, and may say so.
 * NULL argument: --image, with --name. NOT_FOUND names the nearest defined guest. */
Request *request_make(const Options *options, const char *argument, GError **error);

/* True when argument is the name of a defined guest. */
bool request_is_defined(const Options *options, const char *argument);

/* Names of the defined guests, sorted. char*, never NULL. */
GPtrArray *request_defined(const Paths *paths, GError **error);

/* A request all the way to what would be done: files looked at, decided, planned. Nothing is changed. */
typedef struct Prepared {
    Guest *guest;
    Plan *plan;
} Prepared;

void prepared_clear(Prepared *prepared);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Prepared, prepared_clear)
bool request_prepare(Request *request, const BackendPick *pick, const Options *options, Prepared *prepared, GError **error);
