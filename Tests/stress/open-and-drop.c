/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Opens and drops thousands of connections, in every way in which they end, and looks whether descriptors, threads and
 * memory stay what they were.
 *   open-and-drop --connections N
 */
#include "../support/loopback.h"
#include "../support/process-figures.h"
#include "../support/watchdog.h"

#include <stdlib.h>

#define PATIENCE 120
/* What may remain in all, in KiB: allocators keep a page here and there. A leak of 100 bytes a connection is 1 MiB. */
#define MEMORY_TOLERANCE 512

static int connections = 10000;
static gboolean ignores_memory;

static GOptionEntry options[] = {
  { "connections", 0, 0, G_OPTION_ARG_INT, &connections, "How many, both ends counted (10,000)", "N" },
  { "ignore-memory", 0, 0, G_OPTION_ARG_NONE, &ignores_memory, "Somebody else looks, such as valgrind", NULL },
  { NULL }
};

static LoopbackCredentials credentials;
static long alive;

static void
on_finalized (gpointer unused, GObject *connection)
{
  alive--;
}

static void
shake_hands (LoopbackPair *pair)
{
  g_autoptr (GError) error = NULL;

  loopback_pair_handshake (pair, PATIENCE, &error);
  g_assert_no_error (error);
}

static void
exchange (LoopbackPair *pair)
{
  g_autoptr (GError) error = NULL;
  char buffer[16];
  gsize size;

  datagram_send (pair->client, "hello", 5, -1, &error);
  g_assert_no_error (error);
  datagram_receive (pair->server, buffer, sizeof buffer, &size, -1, &error);
  g_assert_no_error (error);
}

static void
end_politely (LoopbackPair *pair)
{
  shake_hands (pair);
  exchange (pair);
  g_dtls_connection_close (G_DTLS_CONNECTION (pair->client), NULL, NULL);
  g_dtls_connection_close (G_DTLS_CONNECTION (pair->server), NULL, NULL);
}

static void
end_without_a_word (LoopbackPair *pair)
{
  shake_hands (pair);
  exchange (pair);
}

/* The client's flight is on its way, and nobody waits for the answer. */
static void
end_half_open (LoopbackPair *pair)
{
  datagram_send (pair->client, "x", 1, 0, NULL);
  datagram_send (pair->server, "x", 1, 0, NULL);
}

static void
end_unused (LoopbackPair *pair)
{
}

static void
on_cancelled (GObject *connection, GAsyncResult *result, gpointer is_done)
{
  g_dtls_connection_handshake_finish (G_DTLS_CONNECTION (connection), result, NULL);
  *(gboolean *) is_done = TRUE;
}

static void
end_cancelled (LoopbackPair *pair)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean is_done = FALSE;

  g_dtls_connection_handshake_async (G_DTLS_CONNECTION (pair->client), G_PRIORITY_DEFAULT, cancellable, on_cancelled,
                                     &is_done);
  g_cancellable_cancel (cancellable);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);
}

/* The server refuses a client without a certificate. */
static void
end_refused (LoopbackPair *pair)
{
  g_object_set (pair->server, "authentication-mode", G_TLS_AUTHENTICATION_REQUIRED, NULL);
  g_assert_false (loopback_pair_handshake (pair, PATIENCE, NULL));
}

static void (*const ends[]) (LoopbackPair *) = {
  end_politely, end_without_a_word, end_half_open, end_unused, end_cancelled, end_refused,
};

static void
open_and_drop (int count)
{
  for (int i = 0; i < count; i++)
    {
      LoopbackPair pair;
      g_autoptr (GError) error = NULL;

      watchdog_enter ("opening and dropping", PATIENCE);
      loopback_pair_init (&pair, &credentials, &error);
      g_assert_no_error (error);
      alive += 2;
      g_object_weak_ref (G_OBJECT (pair.client), on_finalized, NULL);
      g_object_weak_ref (G_OBJECT (pair.server), on_finalized, NULL);
      ends[i % G_N_ELEMENTS (ends)](&pair);
      loopback_pair_clear (&pair);
      /* What waits for this context holds references. */
      while (alive > 0)
        g_main_context_iteration (NULL, FALSE);
      watchdog_leave ();
    }
}

/* The worker may still be letting go of the last ones. */
static ProcessFigures
settled_figures (void)
{
  g_usleep (G_USEC_PER_SEC / 2);
  return process_figures ();
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  ProcessFigures before, after;
  gboolean is_flat;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  watchdog_start ("open-and-drop");
  loopback_credentials_init_from_environment (&credentials);
  g_assert_true (provider_is_as_asked ());

  /* Once for what is made at first use, and is kept for good. */
  open_and_drop (MAX (60, connections / 20));
  before = settled_figures ();
  open_and_drop (connections / 2);
  after = settled_figures ();
  g_print ("%d connections: descriptors %d, then %d; threads %d, then %d; heap %ld KiB, then %ld; resident %ld KiB, "
           "then %ld\n",
           connections, before.descriptors, after.descriptors, before.threads, after.threads, before.heap_kib,
           after.heap_kib, before.resident_kib, after.resident_kib);
  is_flat = after.descriptors <= before.descriptors && after.threads <= before.threads
            && (ignores_memory
                || (after.heap_kib <= before.heap_kib + MEMORY_TOLERANCE
                    && after.resident_kib <= before.resident_kib + 4 * MEMORY_TOLERANCE));
  loopback_credentials_clear (&credentials);
  g_print ("%s\n", is_flat ? "1 passed, 0 failed" : "not flat\n0 passed, 1 failed");
  return is_flat ? 0 : 1;
}
