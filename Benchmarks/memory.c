/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Memory of an established connection that has carried one datagram each way and is idle: the mean of both ends.
 */
#include "bench.h"

#define PAIRS 100
#define WARM_UP 5

static void
report_growth (gsize heap, gsize rss, int pairs)
{
  /* Heap is what is held; resident memory adds what the allocator keeps, and shows in whole pages. */
  report ("memory-heap", ((double) heap_in_use () - heap) / (2 * pairs) / 1024);
  report ("memory-resident", ((double) resident () - rss) / (2 * pairs) / 1024);
}

/* --- GIO -------------------------------------------------------------------------------------------------------- */

static void
pass (GDatagramBased *from, GDatagramBased *to)
{
  g_autoptr (GError) error = NULL;
  char buffer[16];
  gsize size;

  if (!datagram_send (from, "x", 1, G_USEC_PER_SEC, &error)
      || !datagram_receive (to, buffer, sizeof buffer, &size, G_USEC_PER_SEC, &error))
    die ("data: %s", error ? error->message : "end of connection");
}

static void
establish (const Bench *bench, LoopbackPair *pair)
{
  g_autoptr (GError) error = NULL;

  if (!loopback_pair_init (pair, &bench->credentials, &error) || !loopback_pair_handshake (pair, 20, &error))
    die ("handshake: %s", error->message);
  pass (pair->client, pair->server);
  pass (pair->server, pair->client);
}

void
memory_gio (const Bench *bench)
{
  g_autofree LoopbackPair *pairs = g_new0 (LoopbackPair, PAIRS);
  double end = wall_time () + bench->seconds * 1e6 * 5;
  gsize heap, rss;
  int n;

  for (int i = 0; i < WARM_UP; i++)
    {
      establish (bench, &pairs[0]);
      loopback_pair_clear (&pairs[0]);
    }
  heap = heap_in_use ();
  rss = resident ();
  for (n = 0; n < PAIRS && wall_time () < end; n++)
    establish (bench, &pairs[n]);
  report_growth (heap, rss, n);
}

/* --- libssl ----------------------------------------------------------------------------------------------------- */

static void
establish_libssl (const Bench *bench, LibsslPair *pair)
{
  char buffer[16];

  libssl_pair_init_over_udp (pair, &bench->contexts);
  libssl_pair_handshake (pair);
  if (SSL_write (pair->client, "x", 1) != 1 || SSL_read (pair->server, buffer, sizeof buffer) != 1
      || SSL_write (pair->server, "x", 1) != 1 || SSL_read (pair->client, buffer, sizeof buffer) != 1)
    die ("libssl: data did not pass");
}

void
memory_libssl (const Bench *bench)
{
  g_autofree LibsslPair *pairs = g_new0 (LibsslPair, PAIRS);
  gsize heap, rss;

  for (int i = 0; i < WARM_UP; i++)
    {
      establish_libssl (bench, &pairs[0]);
      libssl_pair_clear (&pairs[0]);
    }
  heap = heap_in_use ();
  rss = resident ();
  for (int i = 0; i < PAIRS; i++)
    establish_libssl (bench, &pairs[i]);
  report_growth (heap, rss, PAIRS);
}
