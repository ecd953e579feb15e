/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a provider with threads of its own must survive: exit while they are at work, and fork. Each case works in a
 * process of its own making.
 */
#include "../support/loopback.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of a child that runs `body`, or −1 if it died. */
static int
status_of_child (void (*body) (void))
{
  pid_t child = fork ();
  int status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      /* Whatever hangs, nobody has to wait for. */
      alarm (60);
      body ();
      exit (EXIT_SUCCESS);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}

static gpointer
shake_hands (gpointer connection)
{
  return GINT_TO_POINTER (g_dtls_connection_handshake (connection, NULL, NULL));
}

/* A handshake in the background, one that blocks, and a datagram. */
static void
converse (void)
{
  g_autoptr (GError) error = NULL;
  LoopbackCredentials credentials;
  LoopbackPair pair;
  GThread *server;
  char buffer[16];
  gsize received;

  loopback_credentials_init_from_environment (&credentials);
  g_assert_true (loopback_pair_init (&pair, &credentials, &error));
  g_assert_true (loopback_pair_handshake (&pair, 30, &error));
  loopback_pair_clear (&pair);

  g_assert_true (loopback_pair_init (&pair, &credentials, &error));
  server = g_thread_new ("server", shake_hands, pair.server);
  g_assert_true (g_dtls_connection_handshake (G_DTLS_CONNECTION (pair.client), NULL, &error));
  g_assert_true (GPOINTER_TO_INT (g_thread_join (server)));
  g_assert_true (datagram_send (pair.client, "hello", 5, -1, &error));
  g_assert_true (datagram_receive (pair.server, buffer, sizeof buffer, &received, 30 * G_USEC_PER_SEC, &error));
  g_assert_cmpmem (buffer, received, "hello", 5);
  loopback_pair_clear (&pair);
  loopback_credentials_clear (&credentials);
}

static void
test_fork_before_the_first_connection (void)
{
  g_assert_cmpint (status_of_child (converse), ==, EXIT_SUCCESS);
}

static void
test_fork_after_conversations (void)
{
  converse ();
  g_assert_cmpint (status_of_child (converse), ==, EXIT_SUCCESS);
  converse ();
}

static LoopbackPair inherited;

static void
converse_through_the_inherited (void)
{
  g_autoptr (GError) error = NULL;
  char buffer[16];
  gsize received;

  g_assert_true (datagram_send (inherited.client, "hello", 5, -1, &error));
  g_assert_true (
      datagram_receive (inherited.server, buffer, sizeof buffer, &received, 30 * G_USEC_PER_SEC, &error));
  g_assert_cmpmem (buffer, received, "hello", 5);
}

/* Leaves the conversation to a child, as daemon(3) does; the child begins once this process, which reads the same sockets,
 * is gone. */
static void
converse_as_a_daemon (void)
{
  g_autoptr (GError) error = NULL;
  LoopbackCredentials credentials;
  int alive[2];
  char byte;

  loopback_credentials_init_from_environment (&credentials);
  g_assert_true (loopback_pair_init (&inherited, &credentials, &error));
  g_assert_true (loopback_pair_handshake (&inherited, 30, &error));
  g_assert_cmpint (pipe (alive), ==, 0);
  switch (fork ())
    {
    case -1:
      g_assert_not_reached ();
    case 0:
      alarm (60);
      close (alive[1]);
      g_assert_cmpint (read (alive[0], &byte, 1), ==, 0);
      converse_through_the_inherited ();
      loopback_pair_clear (&inherited);
      exit (EXIT_SUCCESS);
    default:
      _exit (EXIT_SUCCESS);
    }
}

static void
test_fork_with_a_connection (void)
{
  int status;

  /* The daemon is inherited from its parent, to learn what became of it. */
  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1), ==, 0);
  g_assert_cmpint (status_of_child (converse_as_a_daemon), ==, EXIT_SUCCESS);
  g_assert_cmpint (wait (&status), >, 0);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, EXIT_SUCCESS);
}

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer data)
{
  g_dtls_connection_handshake_finish (G_DTLS_CONNECTION (source), result, NULL);
}

/* Microseconds from the beginning of the handshakes to exit. */
static gulong delay;

static void
leave_handshakes_behind (void)
{
  LoopbackCredentials credentials;
  static LoopbackPair pairs[24];

  loopback_credentials_init_from_environment (&credentials);
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_assert_true (loopback_pair_init (&pairs[i], &credentials, NULL));
      g_dtls_connection_handshake_async (G_DTLS_CONNECTION (pairs[i].server), 0, NULL, on_handshake, NULL);
      g_dtls_connection_handshake_async (G_DTLS_CONNECTION (pairs[i].client), 0, NULL, on_handshake, NULL);
    }
  /* Not to wait for anything: to come at another moment of the work, whichever that is. */
  g_usleep (delay);
}

static void
test_exit_during_handshakes (void)
{
  for (delay = 0; delay < 60000; delay += 3000)
    g_assert_cmpint (status_of_child (leave_handshakes_behind), ==, EXIT_SUCCESS);
}

static void
leave_handshakes_to_openssl (void)
{
  void *crypto = dlopen ("libcrypto.so.3", RTLD_NOW);
  int (*init) (guint64 options, const void *settings) = NULL;

  /* As a program does that uses OpenSSL itself, and so has it clean up in exit. */
  if (crypto)
    *(void **) &init = dlsym (crypto, "OPENSSL_init_crypto");
  if (init)
    g_assert_cmpint (init (0, NULL), ==, 1);
  leave_handshakes_behind ();
}

static void
test_exit_of_a_program_that_uses_openssl (void)
{
  for (delay = 0; delay < 60000; delay += 3000)
    g_assert_cmpint (status_of_child (leave_handshakes_to_openssl), ==, EXIT_SUCCESS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (provider_is_as_asked ());
  g_test_add_func ("/processes/fork-before-the-first-connection", test_fork_before_the_first_connection);
  g_test_add_func ("/processes/fork-after-conversations", test_fork_after_conversations);
  g_test_add_func ("/processes/fork-with-a-connection", test_fork_with_a_connection);
  g_test_add_func ("/processes/exit-during-handshakes", test_exit_during_handshakes);
  g_test_add_func ("/processes/exit-of-a-program-that-uses-openssl", test_exit_of_a_program_that_uses_openssl);
  return g_test_run ();
}
