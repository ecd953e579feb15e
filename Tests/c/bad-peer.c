/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Peers that speak no DTLS, that send rubbish in between, or that vanish: time limits hold, errors are set, and what
 * is only noise changes nothing.
 */
#include "../support/loopback.h"

#define SECOND G_USEC_PER_SEC
#define PATIENCE 20

typedef struct
{
  LoopbackCredentials credentials;
  LoopbackPair pair;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  loopback_credentials_init_from_environment (&fixture->credentials);
  loopback_pair_init (&fixture->pair, &fixture->credentials, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  loopback_pair_clear (&fixture->pair);
  loopback_credentials_clear (&fixture->credentials);
}

static void
shake_hands (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  loopback_pair_handshake (&fixture->pair, PATIENCE, &error);
  g_assert_no_error (error);
}

static void
assert_data_passes (GDatagramBased *from, GDatagramBased *to, const char *text)
{
  g_autoptr (GError) error = NULL;
  char buffer[64];
  gsize received;

  datagram_send (from, text, strlen (text), SECOND, &error);
  g_assert_no_error (error);
  datagram_receive (to, buffer, sizeof buffer, &received, 5 * SECOND, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (buffer, received, text, strlen (text));
}

static void
assert_data_passes_both_ways (Fixture *fixture)
{
  assert_data_passes (fixture->pair.client, fixture->pair.server, "from the client");
  assert_data_passes (fixture->pair.server, fixture->pair.client, "from the server");
}

static void
assert_receive_fails (GDatagramBased *connection, gint64 timeout, GIOErrorEnum expected)
{
  g_autoptr (GError) error = NULL;
  char buffer[64];
  gsize received;
  gint64 start = g_get_monotonic_time (), elapsed;

  g_assert_false (datagram_receive (connection, buffer, sizeof buffer, &received, timeout, &error));
  elapsed = g_get_monotonic_time () - start;
  g_assert_error (error, G_IO_ERROR, (int) expected);
  /* A loaded machine may be late, but never early. */
  g_assert_cmpint (elapsed, >=, timeout - 1000);
  g_assert_cmpint (elapsed, <, timeout + 3 * SECOND);
}

/* Everything that cannot be a DTLS record, and some things that nearly are. */
static void
send_noise (GSocket *socket)
{
  static const guint8 handshake_header[] = { 22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12 };
  static const guint8 far_ahead[] = { 22, 254, 253, 0, 0, 0, 0, 0, 255, 255, 0, 0, 3, 1, 2, 3 };
  static const guint8 data_in_clear[] = { 23, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 4, 'o', 'o', 'p', 's' };
  static const guint8 unknown_type[] = { 99, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0 };
  static const guint8 forged[] = { 23, 254, 253, 0, 1, 0, 0, 0, 0, 0, 99, 0, 32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
                                   12,  13,  14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                   32 };
  guint8 bytes[1200];
  GRand *rand = g_rand_new_with_seed (20);

  g_socket_send (socket, "", 0, NULL, NULL);
  g_socket_send (socket, "GET / HTTP/1.1\r\n\r\n", 18, NULL, NULL);
  g_socket_send (socket, (const char *) handshake_header, sizeof handshake_header, NULL, NULL);
  g_socket_send (socket, (const char *) far_ahead, sizeof far_ahead, NULL, NULL);
  g_socket_send (socket, (const char *) data_in_clear, sizeof data_in_clear, NULL, NULL);
  g_socket_send (socket, (const char *) unknown_type, sizeof unknown_type, NULL, NULL);
  g_socket_send (socket, (const char *) forged, sizeof forged, NULL, NULL);
  for (int i = 0; i < 20; i++)
    {
      gsize size = g_rand_int_range (rand, 1, sizeof bytes);

      for (gsize j = 0; j < size; j++)
        bytes[j] = g_rand_int (rand);
      g_socket_send (socket, (const char *) bytes, size, NULL, NULL);
    }
  g_rand_free (rand);
}

static void
test_noise_before_handshake (Fixture *fixture, gconstpointer unused)
{
  send_noise (fixture->pair.client_socket);
  send_noise (fixture->pair.server_socket);
  shake_hands (fixture);
  assert_data_passes_both_ways (fixture);
}

static void
test_noise_after_handshake (Fixture *fixture, gconstpointer unused)
{
  shake_hands (fixture);
  for (int i = 0; i < 5; i++)
    {
      send_noise (fixture->pair.client_socket);
      send_noise (fixture->pair.server_socket);
      assert_data_passes_both_ways (fixture);
    }
}

static void
test_empty_datagrams (Fixture *fixture, gconstpointer unused)
{
  g_socket_send (fixture->pair.client_socket, "", 0, NULL, NULL);
  g_socket_send (fixture->pair.server_socket, "", 0, NULL, NULL);
  shake_hands (fixture);
  g_socket_send (fixture->pair.client_socket, "", 0, NULL, NULL);
  g_socket_send (fixture->pair.server_socket, "", 0, NULL, NULL);
  assert_data_passes_both_ways (fixture);
}

/* An echo service sends us our own ClientHello. */
static void
test_peer_speaks_no_dtls (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  char datagram[2048];
  gint64 start = g_get_monotonic_time ();

  g_assert_false (datagram_send (fixture->pair.client, "x", 1, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_error (&error);
  send_noise (fixture->pair.server_socket);
  while (g_get_monotonic_time () < start + 3 * SECOND)
    {
      gssize size;

      if (!g_socket_condition_timed_wait (fixture->pair.server_socket, G_IO_IN, SECOND / 2, NULL, NULL))
        continue;
      size = g_socket_receive (fixture->pair.server_socket, datagram, sizeof datagram, NULL, NULL);
      if (size > 0)
        g_socket_send (fixture->pair.server_socket, datagram, size, NULL, NULL);
    }
  g_assert_false (datagram_send (fixture->pair.client, "x", 1, SECOND / 2, &error));
  g_assert_nonnull (error);
  g_assert_false (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK));
}

static void
test_peer_never_answers (Fixture *fixture, gconstpointer unused)
{
  assert_receive_fails (fixture->pair.client, SECOND / 2, G_IO_ERROR_TIMED_OUT);
}

/* A time limit that passed during an implicit handshake has ended that call and nothing else. */
static void
test_late_peer_is_still_welcome (Fixture *fixture, gconstpointer unused)
{
  assert_receive_fails (fixture->pair.client, SECOND / 2, G_IO_ERROR_TIMED_OUT);
  shake_hands (fixture);
  assert_data_passes_both_ways (fixture);
}

static void
test_peer_vanishes_after_handshake (Fixture *fixture, gconstpointer unused)
{
  shake_hands (fixture);
  assert_data_passes_both_ways (fixture);
  assert_receive_fails (fixture->pair.client, 0, G_IO_ERROR_WOULD_BLOCK);
  assert_receive_fails (fixture->pair.client, SECOND / 2, G_IO_ERROR_TIMED_OUT);
  assert_receive_fails (fixture->pair.client, SECOND / 2, G_IO_ERROR_TIMED_OUT);
  /* A time limit is no failure of the connection. */
  assert_data_passes_both_ways (fixture);
}

/* The peer's socket is gone, so the kernel answers for it with ICMP errors: closing must not need the peer. */
static void
test_peer_socket_closes (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  gint64 start;

  shake_hands (fixture);
  g_socket_close (fixture->pair.server_socket, NULL);
  datagram_send (fixture->pair.client, "x", 1, SECOND, NULL);
  datagram_send (fixture->pair.client, "x", 1, SECOND, NULL);
  start = g_get_monotonic_time ();
  g_dtls_connection_close (G_DTLS_CONNECTION (fixture->pair.client), NULL, NULL);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * SECOND);
  g_assert_true (g_dtls_connection_close (G_DTLS_CONNECTION (fixture->pair.client), NULL, &error));
  g_assert_no_error (error);
}

static gboolean
on_cancel_time (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GObject *source, GAsyncResult *result, gpointer done)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (g_dtls_connection_handshake_finish (G_DTLS_CONNECTION (source), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *) done = TRUE;
}

static void
test_handshake_is_cancelled (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean done = FALSE;
  gint64 start = g_get_monotonic_time ();

  g_timeout_add (300, on_cancel_time, cancellable);
  g_dtls_connection_handshake_async (G_DTLS_CONNECTION (fixture->pair.client), G_PRIORITY_DEFAULT, cancellable,
                                     on_cancelled, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * SECOND);
}

static void
test_unfinished_handshake_is_dropped (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  gpointer weak = fixture->pair.client;

  g_object_add_weak_pointer (G_OBJECT (fixture->pair.client), &weak);
  g_assert_false (datagram_send (fixture->pair.client, "x", 1, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_clear_object (&fixture->pair.client);
  for (int i = 0; i < 500 && weak; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (10000);
    }
  g_assert_null (weak);
}

static void
test_goodbye_is_an_end_not_an_error (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  char buffer[64];
  gsize received;

  shake_hands (fixture);
  assert_data_passes_both_ways (fixture);
  g_dtls_connection_close (G_DTLS_CONNECTION (fixture->pair.client), NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 3; i++)
    {
      g_assert_false (datagram_receive (fixture->pair.server, buffer, sizeof buffer, &received, 5 * SECOND, &error));
      g_assert_no_error (error);
    }
  g_assert_false (datagram_send (fixture->pair.client, "x", 1, SECOND, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/bad-peer/noise-before-handshake", test_noise_before_handshake },
    { "/bad-peer/noise-after-handshake", test_noise_after_handshake },
    { "/bad-peer/empty-datagrams", test_empty_datagrams },
    { "/bad-peer/peer-speaks-no-dtls", test_peer_speaks_no_dtls },
    { "/bad-peer/peer-never-answers", test_peer_never_answers },
    { "/bad-peer/late-peer-is-still-welcome", test_late_peer_is_still_welcome },
    { "/bad-peer/peer-vanishes-after-handshake", test_peer_vanishes_after_handshake },
    { "/bad-peer/peer-socket-closes", test_peer_socket_closes },
    { "/bad-peer/handshake-is-cancelled", test_handshake_is_cancelled },
    { "/bad-peer/unfinished-handshake-is-dropped", test_unfinished_handshake_is_dropped },
    { "/bad-peer/goodbye-is-an-end-not-an-error", test_goodbye_is_an_end_not_an_error },
  };

  g_test_init (&argc, &argv, NULL);
  g_assert_true (provider_is_as_asked ());
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
