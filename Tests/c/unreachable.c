/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The peer's port is closed for a while, so that the kernel reports ICMP errors on the connected UDP socket: noise in a
 * handshake, and afterwards an error of a call or two, but never the end. Between the two ends stands a relay, whose
 * port on the victim's side can be closed and opened again.
 */
#include "../support/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND G_USEC_PER_SEC
#define PATIENCE 30

typedef struct
{
  /* The two sides' descriptors, the victim's first; only the thread uses them. */
  int sides[2];
  /* The victim's side has this port, and this peer. */
  guint16 port, victim_port;
  _Atomic gboolean is_open, shall_be_open, is_over;
  /* The port closes by itself once so many datagrams have reached the victim; 0: never. */
  _Atomic int closes_after;
  GThread *thread;
} Relay;

typedef struct
{
  LoopbackCredentials credentials;
  LoopbackPair pair;
  Relay relay;
  GDatagramBased *victim, *other;
} Fixture;

static guint16
port_of (GSocket *socket)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (socket, NULL);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

/* A descriptor on a port, 0 for any, connected to another one. */
static int
connected_descriptor (guint16 port, guint16 peer)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int descriptor = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  address.sin_port = htons (port);
  g_assert_cmpint (bind (descriptor, (struct sockaddr *) &address, sizeof address), ==, 0);
  address.sin_port = htons (peer);
  g_assert_cmpint (connect (descriptor, (struct sockaddr *) &address, sizeof address), ==, 0);
  return descriptor;
}

static void
open_or_close (Relay *relay)
{
  if (relay->shall_be_open && !relay->is_open)
    relay->sides[0] = connected_descriptor (relay->port, relay->victim_port);
  else if (!relay->shall_be_open && relay->is_open)
    {
      close (relay->sides[0]);
      relay->sides[0] = -1;
    }
  relay->is_open = relay->shall_be_open;
}

static gpointer
run_relay (gpointer data)
{
  Relay *relay = data;
  char datagram[65536];

  while (!relay->is_over)
    {
      /* A negative descriptor is passed over. */
      struct pollfd records[2] = { { .fd = relay->sides[0], .events = POLLIN }, { .fd = relay->sides[1], .events = POLLIN } };

      poll (records, 2, 10);
      for (int side = 0; side < 2; side++)
        {
          ssize_t size;

          while (relay->sides[side] >= 0 && (size = recv (relay->sides[side], datagram, sizeof datagram, 0)) >= 0)
            if (relay->sides[1 - side] >= 0)
              {
                gboolean is_last = side == 1 && relay->closes_after > 0 && --relay->closes_after == 0;

                send (relay->sides[1 - side], datagram, size, 0);
                if (is_last)
                  relay->shall_be_open = FALSE;
                open_or_close (relay);
              }
        }
      open_or_close (relay);
    }
  return NULL;
}

static void
switch_relay (Relay *relay, gboolean is_open)
{
  relay->shall_be_open = is_open;
  while (relay->is_open != is_open)
    g_usleep (1000);
}

static void
connect_socket (GSocket *socket, guint16 port)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GError) error = NULL;

  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
}

static guint16
own_port (int descriptor)
{
  struct sockaddr_in address;
  socklen_t size = sizeof address;

  g_assert_cmpint (getsockname (descriptor, (struct sockaddr *) &address, &size), ==, 0);
  return ntohs (address.sin_port);
}

static void
set_up (Fixture *fixture, gconstpointer victim_is_server)
{
  LoopbackPair *pair = &fixture->pair;
  Relay *relay = &fixture->relay;
  GSocket *victim, *other;
  g_autoptr (GError) error = NULL;

  loopback_credentials_init_from_environment (&fixture->credentials);
  loopback_pair_init (pair, &fixture->credentials, &error);
  g_assert_no_error (error);
  victim = victim_is_server ? pair->server_socket : pair->client_socket;
  other = victim_is_server ? pair->client_socket : pair->server_socket;
  fixture->victim = victim_is_server ? pair->server : pair->client;
  fixture->other = victim_is_server ? pair->client : pair->server;

  relay->victim_port = port_of (victim);
  relay->sides[0] = connected_descriptor (0, relay->victim_port);
  relay->port = own_port (relay->sides[0]);
  relay->sides[1] = connected_descriptor (0, port_of (other));
  connect_socket (victim, relay->port);
  connect_socket (other, own_port (relay->sides[1]));
  relay->is_open = relay->shall_be_open = TRUE;
  relay->thread = g_thread_new ("relay", run_relay, relay);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  loopback_pair_clear (&fixture->pair);
  loopback_credentials_clear (&fixture->credentials);
  fixture->relay.is_over = TRUE;
  g_thread_join (fixture->relay.thread);
  for (int side = 0; side < 2; side++)
    if (fixture->relay.sides[side] >= 0)
      close (fixture->relay.sides[side]);
}

static void
shake_hands (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  loopback_pair_handshake (&fixture->pair, PATIENCE, &error);
  g_assert_no_error (error);
}

static gboolean
is_of_icmp (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE);
}

/* Sends until something arrives: right after the port is open again, one call may still tell of the past. */
static void
assert_data_passes (GDatagramBased *from, GDatagramBased *to, const char *text)
{
  gint64 end = g_get_monotonic_time () + PATIENCE * SECOND;
  char buffer[64];
  gsize received;

  while (g_get_monotonic_time () < end)
    {
      g_autoptr (GError) sending = NULL, receiving = NULL;

      if (!datagram_send (from, text, strlen (text), SECOND, &sending))
        g_assert_true (is_of_icmp (sending));
      if (datagram_receive (to, buffer, sizeof buffer, &received, SECOND / 2, &receiving))
        {
          g_assert_cmpmem (buffer, received, text, strlen (text));
          return;
        }
      if (!g_error_matches (receiving, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        g_assert_true (is_of_icmp (receiving));
    }
  g_error ("no data arrives any more");
}

/* A thread of its own, because the victim may be driven by the thread or by the worker. */
static gpointer
open_after_a_while (gpointer relay)
{
  /* Long enough for some retransmissions, each of which is refused. */
  g_usleep (3 * SECOND / 2);
  switch_relay (relay, TRUE);
  return NULL;
}

/* Nobody listens where the victim sends its first flight, and all its repetitions for a while. */
static void
test_handshake_begins_in_vain (Fixture *fixture, gconstpointer unused)
{
  GThread *thread;

  switch_relay (&fixture->relay, FALSE);
  thread = g_thread_new ("opener", open_after_a_while, &fixture->relay);
  shake_hands (fixture);
  g_thread_join (thread);
  assert_data_passes (fixture->victim, fixture->other, "from the victim");
  assert_data_passes (fixture->other, fixture->victim, "to the victim");
}

static gpointer
shake_hands_blocking (gpointer connection)
{
  GError *error = NULL;

  g_dtls_connection_handshake (connection, NULL, &error);
  return error;
}

/* The same for a handshake that a blocking call drives. */
static void
test_blocking_handshake_begins_in_vain (Fixture *fixture, gconstpointer unused)
{
  GThread *threads[3];

  switch_relay (&fixture->relay, FALSE);
  threads[0] = g_thread_new ("opener", open_after_a_while, &fixture->relay);
  threads[1] = g_thread_new ("victim", shake_hands_blocking, fixture->victim);
  threads[2] = g_thread_new ("other", shake_hands_blocking, fixture->other);
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = g_thread_join (threads[i]);
      g_assert_no_error (error);
    }
  assert_data_passes (fixture->victim, fixture->other, "from the victim");
}

/* The victim has heard from its peer already when the port goes: after each datagram there is, one after the other. */
static void
interrupt_handshake (Fixture *fixture, int closes_after)
{
  GThread *thread;

  fixture->relay.closes_after = closes_after;
  thread = g_thread_new ("opener", open_after_a_while, &fixture->relay);
  shake_hands (fixture);
  g_thread_join (thread);
  assert_data_passes (fixture->victim, fixture->other, "from the victim");
}

static void
test_handshake_is_interrupted_early (Fixture *fixture, gconstpointer unused)
{
  interrupt_handshake (fixture, 1);
}

/* A server sends its last flight in vain, and its application is idle from then on. */
static void
test_handshake_is_interrupted_late (Fixture *fixture, gconstpointer unused)
{
  interrupt_handshake (fixture, 2);
}

static void
test_association_outlives_it (Fixture *fixture, gconstpointer unused)
{
  char buffer[64];
  gsize received;
  int refused = 0;

  shake_hands (fixture);
  assert_data_passes (fixture->victim, fixture->other, "before");
  assert_data_passes (fixture->other, fixture->victim, "before");
  switch_relay (&fixture->relay, FALSE);
  for (int i = 0; i < 6; i++)
    {
      g_autoptr (GError) sending = NULL, receiving = NULL;

      if (!datagram_send (fixture->victim, "lost", 4, SECOND, &sending))
        {
          g_assert_true (is_of_icmp (sending));
          refused++;
        }
      g_assert_false (datagram_receive (fixture->victim, buffer, sizeof buffer, &received, SECOND / 20, &receiving));
      if (!g_error_matches (receiving, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        {
          g_assert_true (is_of_icmp (receiving));
          refused++;
        }
    }
  /* The application hears of it. */
  g_assert_cmpint (refused, >, 0);
  switch_relay (&fixture->relay, TRUE);
  assert_data_passes (fixture->victim, fixture->other, "after");
  assert_data_passes (fixture->other, fixture->victim, "after");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "handshake-begins-in-vain", test_handshake_begins_in_vain },
    { "blocking-handshake-begins-in-vain", test_blocking_handshake_begins_in_vain },
    { "handshake-is-interrupted-early", test_handshake_is_interrupted_early },
    { "handshake-is-interrupted-late", test_handshake_is_interrupted_late },
    { "association-outlives-it", test_association_outlives_it },
  };

  g_test_init (&argc, &argv, NULL);
  g_assert_true (provider_is_as_asked ());
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    for (int is_server = 0; is_server < 2; is_server++)
      {
        g_autofree char *path
            = g_strdup_printf ("/unreachable/%s/%s", is_server ? "client" : "server", tests[i].name);
        g_test_add (path, Fixture, GINT_TO_POINTER (is_server), set_up, tests[i].test, tear_down);
      }
  return g_test_run ();
}
