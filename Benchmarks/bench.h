/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The benchmarks. Each has two forms: on libssl alone, and through GIO on whichever provider GIO_USE_TLS names.
 */
#pragma once

#include "../Tests/support/loopback.h"
#include "libssl-pair.h"
#include "measure.h"

typedef struct
{
  const char *certificates;
  /* Roughly how long each measurement may take. */
  double seconds;
  /* Of GIO. */
  LoopbackCredentials credentials;
  /* Of libssl. */
  LibsslContexts contexts;
} Bench;

/* CPU time of full handshakes, one after the other. */
void handshake_gio (const Bench *bench);
void handshake_libssl (const Bench *bench);

/* CPU time of each datagram, sent and received. */
void datagrams_gio (const Bench *bench);
void datagrams_libssl (const Bench *bench);

/* Round-trip time between two threads with one datagram under way. */
void round_trip_gio (const Bench *bench);
void round_trip_libssl (const Bench *bench);

/* Many handshakes at once, on one main loop. */
void many_gio (const Bench *bench);
void many_libssl (const Bench *bench);

/* Verifications of a certificate, by one thread and by several. */
void verify_gio (const Bench *bench);
void verify_libssl (const Bench *bench);

/* Memory of idle connections. */
void memory_gio (const Bench *bench);
void memory_libssl (const Bench *bench);
