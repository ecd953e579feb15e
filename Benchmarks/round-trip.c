/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Round-trip time with one datagram under way: the client in this thread, an echoing server in another, both with
 * blocking calls.
 */
#include "bench.h"

#define SIZE 64
#define MOST 20000
#define WARM_UP 50

static void
report_samples (GArray *samples)
{
  report ("round-trip-median", percentile (samples, 50));
  report ("round-trip-p99", percentile (samples, 99));
}

/* --- GIO -------------------------------------------------------------------------------------------------------- */

static gpointer
echo_gio (gpointer server)
{
  guint8 buffer[2 * SIZE];
  gsize size;

  while (datagram_receive (server, buffer, sizeof buffer, &size, -1, NULL))
    datagram_send (server, buffer, size, -1, NULL);
  return NULL;
}

void
round_trip_gio (const Bench *bench)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (double));
  guint8 buffer[SIZE] = { 0 };
  double end;
  LoopbackPair pair;
  GThread *server;
  gsize size;

  if (!loopback_pair_init (&pair, &bench->credentials, &error) || !loopback_pair_handshake (&pair, 20, &error))
    die ("handshake: %s", error->message);
  server = g_thread_new ("echo", echo_gio, pair.server);
  end = wall_time () + bench->seconds * 1e6;
  for (int i = -WARM_UP; i < MOST && wall_time () < end; i++)
    {
      double start = wall_time (), took;

      if (!datagram_send (pair.client, buffer, SIZE, 2 * G_USEC_PER_SEC, &error)
          || !datagram_receive (pair.client, buffer, SIZE, &size, 2 * G_USEC_PER_SEC, &error))
        die ("round trip: %s", error ? error->message : "end of connection");
      took = wall_time () - start;
      if (i >= 0)
        g_array_append_val (samples, took);
    }
  report_samples (samples);
  g_dtls_connection_close (G_DTLS_CONNECTION (pair.client), NULL, NULL);
  g_thread_join (server);
  loopback_pair_clear (&pair);
}

/* --- libssl ----------------------------------------------------------------------------------------------------- */

static gpointer
echo_libssl (gpointer server)
{
  guint8 buffer[2 * SIZE];
  int size;

  while ((size = SSL_read (server, buffer, sizeof buffer)) > 0)
    SSL_write (server, buffer, size);
  return NULL;
}

void
round_trip_libssl (const Bench *bench)
{
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (double));
  guint8 buffer[SIZE] = { 0 };
  double end;
  LibsslPair pair;
  GThread *server;

  libssl_pair_init_over_udp (&pair, &bench->contexts);
  libssl_pair_handshake (&pair);
  libssl_pair_set_blocking (&pair, TRUE);
  server = g_thread_new ("echo", echo_libssl, pair.server);
  end = wall_time () + bench->seconds * 1e6;
  for (int i = -WARM_UP; i < MOST && wall_time () < end; i++)
    {
      double start = wall_time (), took;

      if (SSL_write (pair.client, buffer, SIZE) != SIZE || SSL_read (pair.client, buffer, SIZE) != SIZE)
        die ("libssl: round trip failed");
      took = wall_time () - start;
      if (i >= 0)
        g_array_append_val (samples, took);
    }
  report_samples (samples);
  SSL_shutdown (pair.client);
  g_thread_join (server);
  libssl_pair_set_blocking (&pair, FALSE);
  libssl_pair_clear (&pair);
}
