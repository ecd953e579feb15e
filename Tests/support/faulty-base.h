/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A GDatagramBased over a socket that behaves as badly as a network and a kernel may: it loses, repeats and swaps
 * datagrams, refuses to take them for a while, and reports errors. What it does follows from a seed.
 */
#pragma once

#include <gio/gio.h>

#define FAULTY_TYPE_BASE (faulty_base_get_type ())
G_DECLARE_FINAL_TYPE (FaultyBase, faulty_base, FAULTY, BASE, GObject)

/* What happens to how many of a thousand calls. */
typedef struct
{
  int lost, repeated, swapped;
  /* Sending answers WOULD_BLOCK, sending or receiving answers an error, the kind a connected UDP socket has. */
  int refused, failed;
} FaultRates;

GDatagramBased *faulty_base_new (GSocket *socket, const FaultRates *rates, guint32 seed);

/* From now on; nothing of what is to happen to earlier datagrams changes. */
void faulty_base_set_rates (FaultyBase *base, const FaultRates *rates);
