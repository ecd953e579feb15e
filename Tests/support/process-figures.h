/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What this process holds of the system.
 */
#pragma once

#include <glib.h>

typedef struct
{
  int descriptors;
  int threads;
  /* Resident memory, and what malloc has given out, in KiB. */
  long resident_kib;
  long heap_kib;
} ProcessFigures;

/* The figures of now, after malloc has given back to the system what it can. */
ProcessFigures process_figures (void);
