/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Threads that do everything at random to connections they share: send, receive, wait, cancel, shut down, close, let
 * go. Forged datagrams come in between, base sockets fail, and, where the provider is a debug build of ours, so do its
 * calls of OpenSSL. What has to hold: nothing crashes, every call comes back with an answer that GIO allows, and in the
 * end every connection is gone.
 *   life-cycle --seconds N --seed S
 */
#include "../support/faulty-base.h"
#include "../support/loopback.h"
#include "../support/watchdog.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

#define MILLISECOND (G_USEC_PER_SEC / 1000)
#define THREADS_PER_ROUND 6
#define OPERATIONS_PER_THREAD 30

/* No call may take so many seconds, even on a slow machine: every wait here ends by its limit or by the canceller. */
static int patience = 120;
static int seconds = 10, seed = -1, rounds_at_most = G_MAXINT;
static gboolean is_verbose;

static GOptionEntry options[] = {
  { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "How long (10)", "N" },
  { "rounds", 0, 0, G_OPTION_ARG_INT, &rounds_at_most, "How many rounds at most", "N" },
  { "patience", 0, 0, G_OPTION_ARG_INT, &patience, "How long a call may take, in seconds (120)", "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "To repeat a run", "S" },
  { "verbose", 0, 0, G_OPTION_ARG_NONE, &is_verbose, "A line for each round", NULL },
  { NULL }
};

/* Debug builds of the provider: the call of OpenSSL after so many more fails, whichever thread makes it. */
static void (*inject_failure) (gint64 calls);

static LoopbackCredentials credentials;
static _Atomic long operations, finalized;
/* How often each kind of call succeeded and failed. */
static struct
{
  const char *what;
  _Atomic long failed, succeeded;
} answers[] = { { .what = "send" }, { .what = "receive" }, { .what = "condition_wait" }, { .what = "handshake" }, { .what = "handshake_async" },
                { .what = "shutdown" }, { .what = "close_async" } };

/* What the threads of a round share. */
typedef struct
{
  GSocket *sockets[2];
  GDatagramBased *connections[2];
  /* Cancelled and made anew by the canceller, all the time. */
  pthread_mutex_t lock;
  GCancellable *cancellable;
  _Atomic gboolean is_over;
} Round;

typedef struct
{
  Round *round;
  GDatagramBased *connection;
  GSocket *socket;
  GRand *rand;
  GMainContext *context;
  int pending;
} Actor;

static gboolean
chance (GRand *rand, int percent)
{
  return g_rand_int_range (rand, 0, 100) < percent;
}

static GCancellable *
present_cancellable (Round *round)
{
  GCancellable *cancellable;

  pthread_mutex_lock (&round->lock);
  cancellable = g_object_ref (round->cancellable);
  pthread_mutex_unlock (&round->lock);
  return cancellable;
}

/* GIO's postconditions: an error exactly where there is no success, and only the errors that the arguments allow. */
static void
judge (const char *what, gboolean is_success, const GError *error, gint64 timeout, GCancellable *cancellable)
{
  operations++;
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    if (g_str_equal (answers[i].what, what))
      (*(is_success ? &answers[i].succeeded : &answers[i].failed))++;
  if (is_success != (error == NULL))
    g_error ("%s: %s", what, error ? error->message : "failed without an error");
  if (!error)
    return;
  if (!error->message || !*error->message)
    g_error ("%s: an error without a message", what);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) && timeout != 0)
    g_error ("%s: WOULD_BLOCK from a call that may wait", what);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) && timeout < 0)
    g_error ("%s: TIMED_OUT from a call without a time limit", what);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !g_cancellable_is_cancelled (cancellable))
    g_error ("%s: CANCELLED, which nobody did", what);
}

static gint64
any_timeout (GRand *rand)
{
  static const gint64 timeouts[] = { 0, 0, 1, MILLISECOND, 20 * MILLISECOND, -1 };

  return timeouts[g_rand_int_range (rand, 0, G_N_ELEMENTS (timeouts))];
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static void
act_send (Actor *actor, GCancellable *cancellable)
{
  static char bytes[2000];
  GOutputVector vectors[2] = { { bytes, g_rand_int_range (actor->rand, 0, 700) }, { bytes, 100 } };
  GOutputMessage messages[4];
  gint64 timeout = any_timeout (actor->rand);
  int count = g_rand_int_range (actor->rand, 1, 5), sent;
  g_autoptr (GError) error = NULL;

  if (chance (actor->rand, 3))
    vectors[0].size = sizeof bytes; /* too large for a datagram */
  for (int i = 0; i < count; i++)
    messages[i] = (GOutputMessage){ .vectors = vectors, .num_vectors = g_rand_int_range (actor->rand, 1, 3) };
  sent = g_datagram_based_send_messages (actor->connection, messages, count, 0, timeout, cancellable, &error);
  g_assert_cmpint (sent, <=, count);
  judge ("send", sent >= 0, error, timeout, cancellable);
}

static void
act_receive (Actor *actor, GCancellable *cancellable)
{
  char bytes[4][900];
  GInputVector vectors[4];
  GInputMessage messages[4];
  gint64 timeout = any_timeout (actor->rand);
  int count = g_rand_int_range (actor->rand, 1, 5), received;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < count; i++)
    {
      vectors[i] = (GInputVector){ bytes[i], sizeof bytes[i] };
      messages[i] = (GInputMessage){ .vectors = &vectors[i], .num_vectors = 1 };
    }
  received = g_datagram_based_receive_messages (actor->connection, messages, count, 0, timeout, cancellable, &error);
  g_assert_cmpint (received, <=, count);
  judge ("receive", received >= 0, error, timeout, cancellable);
}

static void
act_wait (Actor *actor, GCancellable *cancellable)
{
  GIOCondition condition = chance (actor->rand, 70) ? G_IO_IN : G_IO_OUT;
  gint64 timeout = any_timeout (actor->rand);
  g_autoptr (GError) error = NULL;
  gboolean holds
      = g_datagram_based_condition_wait (actor->connection, condition, timeout, cancellable, &error);

  /* Here, and only here, a limit of 0 ends with TIMED_OUT. */
  judge ("condition_wait", holds, error, timeout, cancellable);
  g_datagram_based_condition_check (actor->connection, G_IO_IN | G_IO_OUT);
}

static void
act_handshake (Actor *actor, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = g_dtls_connection_handshake (G_DTLS_CONNECTION (actor->connection), cancellable, &error);

  judge ("handshake", is_done, error, 1, cancellable);
}

static void
act_shutdown (Actor *actor, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done
      = chance (actor->rand, 30)
            ? g_dtls_connection_close (G_DTLS_CONNECTION (actor->connection), cancellable, &error)
            : g_dtls_connection_shutdown (G_DTLS_CONNECTION (actor->connection), chance (actor->rand, 40),
                                          chance (actor->rand, 40), cancellable, &error);

  judge ("shutdown", is_done, error, -1, cancellable);
}

static void
on_handshake_done (GObject *connection, GAsyncResult *result, gpointer data)
{
  Actor *actor = data;
  g_autoptr (GError) error = NULL;
  GCancellable *cancellable = g_task_get_cancellable (G_TASK (result));
  gboolean is_done = g_dtls_connection_handshake_finish (G_DTLS_CONNECTION (connection), result, &error);

  judge ("handshake_async", is_done, error, 1, cancellable);
  actor->pending--;
}

static void
on_closed (GObject *connection, GAsyncResult *result, gpointer data)
{
  Actor *actor = data;
  g_autoptr (GError) error = NULL;
  GCancellable *cancellable = g_task_get_cancellable (G_TASK (result));
  gboolean is_done = g_dtls_connection_close_finish (G_DTLS_CONNECTION (connection), result, &error);

  judge ("close_async", is_done, error, -1, cancellable);
  actor->pending--;
}

static void
act_async (Actor *actor, GCancellable *cancellable)
{
  actor->pending++;
  if (chance (actor->rand, 80))
    g_dtls_connection_handshake_async (G_DTLS_CONNECTION (actor->connection), G_PRIORITY_DEFAULT, cancellable,
                                       on_handshake_done, actor);
  else
    g_dtls_connection_close_async (G_DTLS_CONNECTION (actor->connection), G_PRIORITY_DEFAULT, cancellable, on_closed,
                                   actor);
}

static gboolean
on_ready (GDatagramBased *connection, GIOCondition condition, gpointer data)
{
  char bytes[900];
  gsize size;

  datagram_receive (connection, bytes, sizeof bytes, &size, 0, NULL);
  operations++;
  return chance (((Actor *) data)->rand, 80);
}

static gboolean
on_time (gpointer is_over)
{
  *(gboolean *) is_over = TRUE;
  return G_SOURCE_REMOVE;
}

/* Iterates the thread's context for a while. */
static void
iterate (Actor *actor, int milliseconds)
{
  gboolean is_over = FALSE;
  g_autoptr (GSource) timer = g_timeout_source_new (milliseconds);

  g_source_set_callback (timer, on_time, &is_over, NULL);
  g_source_attach (timer, actor->context);
  while (!is_over)
    g_main_context_iteration (actor->context, TRUE);
}

static void
act_source (Actor *actor, GCancellable *cancellable)
{
  g_autoptr (GSource) source = g_datagram_based_create_source (
      actor->connection, chance (actor->rand, 70) ? G_IO_IN : G_IO_IN | G_IO_OUT, cancellable);

  g_source_set_callback (source, G_SOURCE_FUNC (on_ready), actor, NULL);
  g_source_attach (source, actor->context);
  iterate (actor, g_rand_int_range (actor->rand, 0, 15));
  g_source_destroy (source);
}

static void
act_look (Actor *actor, GCancellable *cancellable)
{
  g_autoptr (GTlsCertificate) certificate = NULL, peer = NULL;
  g_autoptr (GDatagramBased) base = NULL;
  g_autofree char *suite = NULL, *protocol = NULL;
  GTlsCertificateFlags errors;
  GTlsProtocolVersion version;
  GList *authorities;

  g_object_get (actor->connection, "certificate", &certificate, "peer-certificate", &peer, "peer-certificate-errors",
                &errors, "base-socket", &base, "ciphersuite-name", &suite, "protocol-version", &version,
                "negotiated-protocol", &protocol, NULL);
  if (chance (actor->rand, 30) && G_IS_DTLS_CLIENT_CONNECTION (actor->connection))
    {
      authorities = g_dtls_client_connection_get_accepted_cas (G_DTLS_CLIENT_CONNECTION (actor->connection));
      g_list_free_full (authorities, (GDestroyNotify) g_byte_array_unref);
      g_dtls_connection_set_certificate (G_DTLS_CONNECTION (actor->connection), credentials.client_certificate);
    }
  operations++;
}

/* Somebody else on the network, who sends what cannot be genuine but nearly is. */
static void
act_forge (Actor *actor, GCancellable *cancellable)
{
  guint8 bytes[200] = { 0, 254, 253, 0, g_rand_int_range (actor->rand, 0, 3), 0, 0, 0, 0, 0, 9, 0, 150 };
  gsize size = g_rand_int_range (actor->rand, 0, sizeof bytes);

  bytes[0] = g_rand_int_range (actor->rand, 19, 25);
  for (gsize i = 13; i < size; i++)
    bytes[i] = g_rand_int (actor->rand);
  if (bytes[0] == 22 && bytes[4] == 0 && size > 13)
    bytes[13] |= 0x80; /* no handshake message: that could take the place of a genuine one */
  g_socket_send_with_blocking (actor->socket, (char *) bytes, size, FALSE, NULL, NULL);
  operations++;
}

static void
act_pause (Actor *actor, GCancellable *cancellable)
{
  g_usleep (g_rand_int_range (actor->rand, 0, 3 * MILLISECOND));
}

static const struct
{
  const char *name;
  int share;
  void (*act) (Actor *, GCancellable *);
} acts[] = {
  { "send", 25, act_send },     { "receive", 25, act_receive }, { "wait", 10, act_wait },
  { "handshake", 8, act_handshake }, { "async", 8, act_async }, { "source", 8, act_source },
  { "look", 6, act_look },      { "forge", 5, act_forge },      { "pause", 3, act_pause },
  { "shutdown", 2, act_shutdown },
};

static gpointer
run_actor (gpointer data)
{
  Actor *actor = data;

  g_main_context_push_thread_default (actor->context);
  for (int i = 0; i < OPERATIONS_PER_THREAD; i++)
    {
      g_autoptr (GCancellable) cancellable = present_cancellable (actor->round);
      int number = g_rand_int_range (actor->rand, 0, 100);
      gsize act = 0;

      while (number >= acts[act].share)
        number -= acts[act++].share;
      WATCHED (acts[act].name, patience, acts[act].act (actor, cancellable));
      while (g_main_context_iteration (actor->context, FALSE))
        continue;
    }
  /* Some let go while their asynchronous operations are still under way. */
  watchdog_enter ("asynchronous operations", patience);
  if (chance (actor->rand, 50))
    g_clear_object (&actor->connection);
  while (actor->pending > 0)
    g_main_context_iteration (actor->context, TRUE);
  watchdog_leave ();
  g_main_context_pop_thread_default (actor->context);
  g_clear_object (&actor->connection);
  return NULL;
}

static gpointer
run_canceller (gpointer data)
{
  Round *round = data;

  while (!round->is_over)
    {
      GCancellable *old;

      g_usleep (30 * MILLISECOND);
      pthread_mutex_lock (&round->lock);
      old = round->cancellable;
      round->cancellable = g_cancellable_new ();
      pthread_mutex_unlock (&round->lock);
      WATCHED ("cancel", patience, g_cancellable_cancel (old));
      g_object_unref (old);
    }
  return NULL;
}

/* --- rounds ------------------------------------------------------------------------------------------------------- */

/* The application's say, in whatever thread it is asked; it calls its own connection too. */
static gboolean
on_accept_certificate (GDtlsConnection *connection, GTlsCertificate *peer, GTlsCertificateFlags errors, gpointer data)
{
  guint choice = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  char bytes[10];
  gsize size;

  if (choice & 1)
    g_usleep (5 * MILLISECOND);
  if (choice & 2)
    {
      gboolean has_received
          = datagram_receive (G_DATAGRAM_BASED (connection), bytes, sizeof bytes, &size, 0, &error);
      if (!has_received && !error)
        operations++;
    }
  return (choice & 12) != 0;
}

static GDatagramBased *
make_base (GSocket *socket, GRand *rand)
{
  FaultRates rates = { .lost = 100, .repeated = 50, .swapped = 50, .refused = 50, .failed = 20 };

  return chance (rand, 50) ? g_object_ref (G_DATAGRAM_BASED (socket)) : faulty_base_new (socket, &rates, g_rand_int (rand));
}

static void
on_finalized (gpointer data, GObject *connection)
{
  finalized++;
}

static void
round_init (Round *round, GRand *rand)
{
  g_autoptr (GError) error = NULL;
  GDatagramBased *bases[2];

  pthread_mutex_init (&round->lock, NULL);
  round->cancellable = g_cancellable_new ();
  round->is_over = FALSE;
  for (int i = 0; i < 2; i++)
    round->sockets[i] = loopback_socket ();
  loopback_connect (round->sockets[0], round->sockets[1]);
  for (int i = 0; i < 2; i++)
    bases[i] = make_base (round->sockets[i], rand);
  round->connections[0] = g_dtls_client_connection_new (bases[0], credentials.identity, &error);
  g_assert_no_error (error);
  round->connections[1] = g_dtls_server_connection_new (bases[1], credentials.server_certificate, &error);
  g_assert_no_error (error);
  if (chance (rand, 70))
    g_dtls_connection_set_database (G_DTLS_CONNECTION (round->connections[0]), credentials.authorities);
  if (chance (rand, 30))
    g_object_set (round->connections[1], "authentication-mode", G_TLS_AUTHENTICATION_REQUESTED, NULL);
  for (int i = 0; i < 2; i++)
    {
      g_signal_connect (round->connections[i], "accept-certificate", G_CALLBACK (on_accept_certificate),
                        GUINT_TO_POINTER (g_rand_int_range (rand, 0, 16)));
      g_object_weak_ref (G_OBJECT (round->connections[i]), on_finalized, NULL);
      g_object_unref (bases[i]);
    }
}

static void
round_run (GRand *rand)
{
  Round round;
  Actor actors[THREADS_PER_ROUND];
  GThread *threads[THREADS_PER_ROUND], *canceller;
  long gone = finalized;

  round_init (&round, rand);
  for (int i = 0; i < THREADS_PER_ROUND; i++)
    actors[i] = (Actor){
      .round = &round,
      .connection = g_object_ref (round.connections[i % 2]),
      .socket = g_object_ref (round.sockets[i % 2]),
      .rand = g_rand_new_with_seed (g_rand_int (rand)),
      .context = g_main_context_new (),
    };
  if (inject_failure && chance (rand, 50))
    inject_failure (g_rand_int_range (rand, 0, 200));
  /* The threads' own references are the last ones. */
  for (int i = 0; i < 2; i++)
    g_clear_object (&round.connections[i]);
  for (int i = 0; i < THREADS_PER_ROUND; i++)
    threads[i] = g_thread_new ("actor", run_actor, &actors[i]);
  canceller = g_thread_new ("canceller", run_canceller, &round);
  for (int i = 0; i < THREADS_PER_ROUND; i++)
    g_thread_join (threads[i]);
  round.is_over = TRUE;
  g_thread_join (canceller);
  for (int i = 0; i < THREADS_PER_ROUND; i++)
    {
      g_rand_free (actors[i].rand);
      g_main_context_unref (actors[i].context);
      g_object_unref (actors[i].socket);
    }
  if (inject_failure)
    inject_failure (-1);
  watchdog_enter ("waiting for the connections to go", patience);
  while (finalized < gone + 2)
    g_usleep (MILLISECOND);
  watchdog_leave ();
  g_object_unref (round.cancellable);
  for (int i = 0; i < 2; i++)
    g_object_unref (round.sockets[i]);
  pthread_mutex_destroy (&round.lock);
}

static void
find_injection (void)
{
  void *library = dlopen ("libgdtls-swift.so.0", RTLD_NOW | RTLD_NOLOAD);

  if (library)
    *(void **) &inject_failure = dlsym (library, "gdtls_swift_debug_inject_failure");
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *title = NULL;
  GRand *rand;
  gint64 end;
  int rounds = 0;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (seed < 0)
    seed = g_random_int_range (0, G_MAXINT);
  rand = g_rand_new_with_seed (seed);
  title = g_strdup_printf ("life-cycle --seed %d", seed);
  g_print ("%s\n", title);
  watchdog_start (title);
  loopback_credentials_init_from_environment (&credentials);
  g_assert_true (provider_is_as_asked ());
  find_injection ();

  for (end = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
       g_get_monotonic_time () < end && rounds < rounds_at_most; rounds++)
    {
      round_run (rand);
      if (is_verbose)
        g_print ("round %d: %ld operations\n", rounds, (long) operations);
    }
  g_print ("%d rounds, %ld operations, OpenSSL %s; succeeded and failed as they may:", rounds, (long) operations,
           inject_failure ? "was made to fail" : "was left alone");
  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    g_print (" %s %ld+%ld", answers[i].what, (long) answers[i].succeeded, (long) answers[i].failed);
  g_print ("\n");
  loopback_credentials_clear (&credentials);
  g_rand_free (rand);
  g_print ("1 passed, 0 failed\n");
  return 0;
}
