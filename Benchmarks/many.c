/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Many handshakes at once: both ends of each by handshake_async, in one process with one main loop. How many come
 * through within the time, how fast, and how many threads the process has at most.
 */
#include "bench.h"

#define PAIRS 400

typedef struct
{
  int pending;
  int succeeded;
  gboolean time_is_over;
  guint most_threads;
  double last;
  GCancellable *cancellable;
} Crowd;

static void
on_handshake_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Crowd *crowd = data;

  crowd->pending--;
  if (g_dtls_connection_handshake_finish (G_DTLS_CONNECTION (source), result, NULL))
    {
      crowd->succeeded++;
      crowd->last = wall_time ();
    }
}

static gboolean
on_sample (gpointer data)
{
  Crowd *crowd = data;

  crowd->most_threads = MAX (crowd->most_threads, thread_count ());
  return G_SOURCE_CONTINUE;
}

static gboolean
on_time_over (gpointer data)
{
  Crowd *crowd = data;

  crowd->time_is_over = TRUE;
  g_cancellable_cancel (crowd->cancellable);
  return G_SOURCE_CONTINUE;
}

void
many_gio (const Bench *bench)
{
  g_autoptr (GError) error = NULL;
  g_autofree LoopbackPair *pairs = g_new0 (LoopbackPair, PAIRS);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Crowd crowd = { .pending = 2 * PAIRS, .cancellable = cancellable };
  double start;

  for (int i = 0; i < PAIRS; i++)
    if (!loopback_pair_init (&pairs[i], &bench->credentials, &error))
      die ("connection: %s", error->message);

  g_timeout_add (5, on_sample, &crowd);
  /* Enough for a provider that crawls to show how far it gets. */
  g_timeout_add (bench->seconds * 1000 * 10, on_time_over, &crowd);
  start = wall_time ();
  crowd.last = start;
  for (int i = 0; i < PAIRS; i++)
    {
      g_dtls_connection_handshake_async (G_DTLS_CONNECTION (pairs[i].server), G_PRIORITY_DEFAULT, cancellable,
                                         on_handshake_done, &crowd);
      g_dtls_connection_handshake_async (G_DTLS_CONNECTION (pairs[i].client), G_PRIORITY_DEFAULT, cancellable,
                                         on_handshake_done, &crowd);
    }
  while (crowd.pending > 0)
    {
      g_main_context_iteration (NULL, TRUE);
      /* Even a provider that does not obey its cancellable cannot hold us up for good. */
      if (crowd.time_is_over && wall_time () > start + bench->seconds * 1e6 * 12)
        break;
    }
  report ("many-completed", crowd.succeeded / 2.0);
  report ("many-rate", crowd.succeeded > 0 ? crowd.succeeded / 2.0 / (crowd.last - start) * 1e6 : 0);
  report ("many-threads", crowd.most_threads);
  /* Not freed: some providers then wait for peers, one connection after the other. */
  exit (0);
}

void
many_libssl (const Bench *bench)
{
  g_autofree LibsslPair *pairs = g_new0 (LibsslPair, PAIRS);
  g_autofree gboolean *done = g_new0 (gboolean, PAIRS);
  double start;
  int completed = 0;

  for (int i = 0; i < PAIRS; i++)
    libssl_pair_init_over_udp (&pairs[i], &bench->contexts);
  start = wall_time ();
  while (completed < PAIRS)
    for (int i = 0; i < PAIRS; i++)
      if (!done[i] && (done[i] = libssl_pair_step (&pairs[i])))
        completed++;
  report ("many-completed", completed);
  report ("many-rate", completed / (wall_time () - start) * 1e6);
  report ("many-threads", thread_count ());
  for (int i = 0; i < PAIRS; i++)
    libssl_pair_clear (&pairs[i]);
}
