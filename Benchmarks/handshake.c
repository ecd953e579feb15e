/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CPU time of a full handshake, both ends together: new connections each time, certificates read once before.
 */
#include "bench.h"

#define MOST 2000
#define WARM_UP 3

static void
report_rate (const char *cpu_metric, double cpu, double wall, int n)
{
  g_autofree char *rate_metric = g_strdup_printf ("%s-rate", cpu_metric);

  report (cpu_metric, cpu / n);
  report (rate_metric, n / wall * 1e6);
}

/* --- GIO: both ends by handshake_async on one main context ------------------------------------------------------ */

static void
one_asynchronously (const Bench *bench)
{
  g_autoptr (GError) error = NULL;
  LoopbackPair pair;

  if (!loopback_pair_init (&pair, &bench->credentials, &error) || !loopback_pair_handshake (&pair, 20, &error))
    die ("handshake: %s", error->message);
  loopback_pair_clear (&pair);
}

/* --- GIO: each end by a blocking call in a thread of its own ---------------------------------------------------- */

static gpointer
serve (gpointer queues)
{
  GAsyncQueue **queue = queues;
  GDtlsConnection *server;

  /* The loop's own end is a message that is no connection. */
  while (G_IS_DTLS_CONNECTION (server = g_async_queue_pop (queue[0])))
    {
      g_autoptr (GError) error = NULL;

      if (!g_dtls_connection_handshake (server, NULL, &error))
        die ("server's handshake: %s", error->message);
      g_async_queue_push (queue[1], server);
    }
  return NULL;
}

static void
one_blocking (const Bench *bench, GAsyncQueue **queue)
{
  g_autoptr (GError) error = NULL;
  LoopbackPair pair;

  if (!loopback_pair_init (&pair, &bench->credentials, &error))
    die ("connection: %s", error->message);
  g_async_queue_push (queue[0], pair.server);
  if (!g_dtls_connection_handshake (G_DTLS_CONNECTION (pair.client), NULL, &error))
    die ("client's handshake: %s", error->message);
  g_async_queue_pop (queue[1]);
  loopback_pair_clear (&pair);
}

void
handshake_gio (const Bench *bench)
{
  GAsyncQueue *queue[2] = { g_async_queue_new (), g_async_queue_new () };
  GThread *server;
  double cpu, wall, end;
  int n;

  for (int i = 0; i < WARM_UP; i++)
    one_asynchronously (bench);
  cpu = cpu_time ();
  wall = wall_time ();
  end = wall + bench->seconds * 1e6;
  for (n = 0; n < MOST && wall_time () < end; n++)
    one_asynchronously (bench);
  report_rate ("handshake-async", cpu_time () - cpu, wall_time () - wall, n);

  server = g_thread_new ("server", serve, queue);
  one_blocking (bench, queue);
  cpu = cpu_time ();
  wall = wall_time ();
  end = wall + bench->seconds * 1e6;
  for (n = 0; n < MOST && wall_time () < end; n++)
    one_blocking (bench, queue);
  report_rate ("handshake-blocking", cpu_time () - cpu, wall_time () - wall, n);
  g_async_queue_push (queue[0], bench->credentials.identity);
  g_thread_join (server);
}

/* --- libssl ----------------------------------------------------------------------------------------------------- */

static void
measure_libssl (const Bench *bench, const char *metric,
                void (*init) (LibsslPair *pair, const LibsslContexts *contexts))
{
  double cpu = 0, wall = 0, end = 0;
  int n;

  for (n = -WARM_UP; n < MOST; n++)
    {
      LibsslPair pair;

      if (n == 0)
        {
          cpu = cpu_time ();
          wall = wall_time ();
          end = wall + bench->seconds * 1e6;
        }
      if (n > 0 && wall_time () > end)
        break;
      init (&pair, &bench->contexts);
      libssl_pair_handshake (&pair);
      libssl_pair_clear (&pair);
    }
  report_rate (metric, cpu_time () - cpu, wall_time () - wall, n);
}

void
handshake_libssl (const Bench *bench)
{
  measure_libssl (bench, "handshake-memory", libssl_pair_init_in_memory);
  measure_libssl (bench, "handshake-udp", libssl_pair_init_over_udp);
}
