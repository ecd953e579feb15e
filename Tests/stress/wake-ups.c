/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Several threads wait on one connection, each in its own way, and none has a time limit: for the handshake, for the
 * next datagram, for the end. One of them takes each datagram, whoever is fastest; if ever none wakes up for it, the
 * watchdog tells. Nothing is lost on the loopback interface, so that every wait has its event.
 *   wake-ups --seconds N
 */
#include "../support/loopback.h"
#include "../support/watchdog.h"

#include <pthread.h>
#include <stdatomic.h>

#define PATIENCE 120
#define DATAGRAMS 300
/* So few at a time fit any socket's buffer. */
#define IN_FLIGHT 4

static int seconds = 10;

static GOptionEntry options[] = {
  { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "How long (10)", "N" },
  { NULL }
};

static LoopbackCredentials credentials;

typedef struct
{
  LoopbackPair pair;
  /* How many datagrams the server's threads have taken. */
  pthread_mutex_t lock;
  pthread_cond_t has_taken;
  int taken;
} Round;

static void
note_taken (Round *round)
{
  pthread_mutex_lock (&round->lock);
  round->taken++;
  pthread_cond_signal (&round->has_taken);
  pthread_mutex_unlock (&round->lock);
}

typedef enum
{
  DATAGRAM,
  NOTHING_YET,
  THE_END
} Receipt;

static Receipt
receive (Round *round, gint64 timeout)
{
  g_autoptr (GError) error = NULL;
  char buffer[16];
  gsize size;

  if (datagram_receive (round->pair.server, buffer, sizeof buffer, &size, timeout, &error))
    {
      note_taken (round);
      return DATAGRAM;
    }
  if (!error)
    return THE_END;
  if (timeout != 0 || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    g_error ("receive: %s", error->message);
  return NOTHING_YET;
}

/* --- ways to wait ------------------------------------------------------------------------------------------------- */

static gpointer
receive_blocking (gpointer data)
{
  WATCHED ("receive without a limit", PATIENCE, while (receive (data, -1) != THE_END) continue);
  return NULL;
}

static gpointer
wait_then_receive (gpointer data)
{
  Round *round = data;
  Receipt receipt;

  watchdog_enter ("condition_wait without a limit", PATIENCE);
  do
    {
      g_autoptr (GError) error = NULL;

      g_datagram_based_condition_wait (round->pair.server, G_IO_IN, -1, NULL, &error);
      g_assert_no_error (error);
      receipt = receive (round, 0);
    }
  while (receipt != THE_END);
  watchdog_leave ();
  return NULL;
}

typedef struct
{
  Round *round;
  gboolean is_over;
} Listener;

static gboolean
on_ready (GDatagramBased *connection, GIOCondition condition, gpointer data)
{
  Listener *listener = data;

  listener->is_over = receive (listener->round, 0) == THE_END;
  return !listener->is_over;
}

static gpointer
listen_with_source (gpointer data)
{
  Listener listener = { .round = data };
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) source = g_datagram_based_create_source (listener.round->pair.server, G_IO_IN, NULL);

  g_main_context_push_thread_default (context);
  g_source_set_callback (source, G_SOURCE_FUNC (on_ready), &listener, NULL);
  g_source_attach (source, context);
  WATCHED ("a source's context", PATIENCE, while (!listener.is_over) g_main_context_iteration (context, TRUE));
  g_main_context_pop_thread_default (context);
  return NULL;
}

static gpointer
shake_hands_blocking (gpointer data)
{
  g_autoptr (GError) error = NULL;

  WATCHED ("handshake", PATIENCE, g_dtls_connection_handshake (G_DTLS_CONNECTION (data), NULL, &error));
  g_assert_no_error (error);
  return NULL;
}

static void
on_handshake_done (GObject *connection, GAsyncResult *result, gpointer is_done)
{
  g_autoptr (GError) error = NULL;

  g_dtls_connection_handshake_finish (G_DTLS_CONNECTION (connection), result, &error);
  g_assert_no_error (error);
  *(gboolean *) is_done = TRUE;
}

static gpointer
shake_hands_async (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  gboolean is_done = FALSE;

  g_main_context_push_thread_default (context);
  g_dtls_connection_handshake_async (G_DTLS_CONNECTION (data), G_PRIORITY_DEFAULT, NULL, on_handshake_done, &is_done);
  WATCHED ("handshake_async", PATIENCE, while (!is_done) g_main_context_iteration (context, TRUE));
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* --- rounds ------------------------------------------------------------------------------------------------------- */

static void
send_all (Round *round)
{
  for (int i = 0; i < DATAGRAMS; i++)
    {
      g_autoptr (GError) error = NULL;

      WATCHED ("send without a limit", PATIENCE, datagram_send (round->pair.client, "hello", 5, -1, &error));
      g_assert_no_error (error);
      watchdog_enter ("waiting for a thread to take a datagram", PATIENCE);
      pthread_mutex_lock (&round->lock);
      while (round->taken < i + 1 - IN_FLIGHT || (i == DATAGRAMS - 1 && round->taken < DATAGRAMS))
        pthread_cond_wait (&round->has_taken, &round->lock);
      pthread_mutex_unlock (&round->lock);
      watchdog_leave ();
    }
}

static void
start (int count, GThreadFunc function, gpointer data, GPtrArray *threads)
{
  for (int i = 0; i < count; i++)
    g_ptr_array_add (threads, g_thread_new ("waiter", function, data));
}

static void
join (GPtrArray *threads)
{
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (threads->pdata[i]);
  g_ptr_array_unref (threads);
}

static void
run_round (void)
{
  Round round = { .lock = PTHREAD_MUTEX_INITIALIZER, .has_taken = PTHREAD_COND_INITIALIZER };
  g_autoptr (GError) error = NULL;
  GPtrArray *receivers = g_ptr_array_new (), *shakers = g_ptr_array_new ();

  loopback_pair_init (&round.pair, &credentials, &error);
  g_assert_no_error (error);
  start (2, receive_blocking, &round, receivers);
  start (2, wait_then_receive, &round, receivers);
  start (2, listen_with_source, &round, receivers);
  start (2, shake_hands_blocking, round.pair.client, shakers);
  start (2, shake_hands_blocking, round.pair.server, shakers);
  start (2, shake_hands_async, round.pair.client, shakers);
  start (2, shake_hands_async, round.pair.server, shakers);
  send_all (&round);
  join (shakers);
  WATCHED ("close", PATIENCE, g_dtls_connection_close (G_DTLS_CONNECTION (round.pair.client), NULL, &error));
  g_assert_no_error (error);
  join (receivers);
  loopback_pair_clear (&round.pair);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 end;
  int rounds = 0;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  watchdog_start ("wake-ups");
  loopback_credentials_init_from_environment (&credentials);
  g_assert_true (provider_is_as_asked ());
  for (end = g_get_monotonic_time () + seconds * G_USEC_PER_SEC; g_get_monotonic_time () < end; rounds++)
    run_round ();
  loopback_credentials_clear (&credentials);
  g_print ("%d rounds of %d datagrams: everybody woke up\n1 passed, 0 failed\n", rounds, DATAGRAMS);
  return 0;
}
