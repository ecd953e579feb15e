/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The C snippets of README.md and docs/, each in what it takes for granted, talk to each other:
 *   snippets FOLDER
 * FOLDER has server.pem, a certificate with its key for localhost, and ca.pem, its authority. Each snippet is a file that
 * run.sh has taken out of its page.
 */
#include <gdtls-swift/gdtls-swift.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE (30 * G_USEC_PER_SEC)

#include "verifying-peers-1.c"
#include "writing-a-server-2.c"

static GDatagramBased *
make_client (GSocket *socket, GSocketConnectable *identity, GTlsDatabase *authorities, GOutputMessage *messages, guint n)
{
  g_autoptr (GError) error = NULL;
  GCancellable *cancellable = NULL;
  gint64 timeout = PATIENCE;
#include "README-1.c"
  g_assert_no_error (error);
  return connection;
}

static gboolean
send_by_gio (GDatagramBased *connection, gconstpointer data, gsize size, gint64 timeout, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
#include "from-gio-1.c"
  return TRUE;
}

static gboolean
send_directly (GDtlsSwiftConnection *connection, const guint8 *data, gsize size, gint64 timeout, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
#include "from-gio-2.c"
  return TRUE;
}

static gboolean
serve (GSocket *socket, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
#include "writing-a-server-1.c"
  /* Sends everything back until the client says goodbye. */
  for (;;)
    {
      g_autoptr (GBytes) datagram
          = gdtls_swift_connection_receive (GDTLS_SWIFT_CONNECTION (server), PATIENCE, cancellable, &error);

      if (!datagram)
        return !error;
      if (!send_directly (GDTLS_SWIFT_CONNECTION (server), g_bytes_get_data (datagram, NULL), g_bytes_get_size (datagram),
                          PATIENCE, cancellable))
        return FALSE;
    }
}

static gpointer
serve_in_thread (gpointer socket)
{
  return GINT_TO_POINTER (serve (socket, NULL));
}

/* Two UDP sockets that are connected to each other. */
static void
make_sockets (GSocket *sockets[2])
{
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);

      sockets[i] = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
      g_assert_true (g_socket_bind (sockets[i], any, FALSE, NULL));
    }
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GSocketAddress) other = g_socket_get_local_address (sockets[1 - i], NULL);

      g_assert_true (g_socket_connect (sockets[i], other, NULL, NULL));
    }
}

static void
expect (GDatagramBased *connection, const char *words)
{
  g_autoptr (GBytes) datagram
      = gdtls_swift_connection_receive (GDTLS_SWIFT_CONNECTION (connection), PATIENCE, NULL, NULL);

  g_assert_nonnull (datagram);
  g_assert_cmpmem (g_bytes_get_data (datagram, NULL), g_bytes_get_size (datagram), words, strlen (words));
}

static GDatagramBased *
make_pinning_client (GSocket *socket, GTlsCertificate *pinned)
{
  g_autoptr (GError) error = NULL;
  GDatagramBased *connection = g_dtls_client_connection_new (G_DATAGRAM_BASED (socket), NULL, &error);

  g_assert_no_error (error);
  g_dtls_connection_set_database (G_DTLS_CONNECTION (connection), NULL);
  g_signal_connect (connection, "accept-certificate", G_CALLBACK (is_the_one), pinned);
  g_dtls_connection_handshake (G_DTLS_CONNECTION (connection), NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static void
talk (GTlsDatabase *authorities, GTlsCertificate *pinned)
{
  g_autoptr (GSocketConnectable) identity = g_network_address_new ("localhost", 4433);
  g_autoptr (GDatagramBased) client = NULL;
  g_autoptr (GThread) server = NULL;
  GOutputVector vector = { "hello", 5 };
  GOutputMessage message = { NULL, &vector, 1, 0, NULL, 0 };
  GSocket *sockets[2];

  make_sockets (sockets);
  server = g_thread_new ("server", serve_in_thread, sockets[1]);
  if (pinned)
    client = make_pinning_client (sockets[0], pinned);
  else
    {
      client = make_client (sockets[0], identity, authorities, &message, 1);
      expect (client, "hello");
    }
  g_assert_true (send_by_gio (client, "by GIO", 6, PATIENCE, NULL));
  expect (client, "by GIO");
  g_assert_true (send_directly (GDTLS_SWIFT_CONNECTION (client), (const guint8 *) "directly", 8, PATIENCE, NULL));
  expect (client, "directly");
  g_assert_true (g_dtls_connection_close (G_DTLS_CONNECTION (client), NULL, NULL));
  g_assert_true (GPOINTER_TO_INT (g_thread_join (g_steal_pointer (&server))));
  g_object_unref (sockets[0]);
  g_object_unref (sockets[1]);
}

int
main (int argc, char **argv)
{
  g_autoptr (GTlsDatabase) authorities = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;

  if (argc != 2 || chdir (argv[1]) != 0)
    return 2;
  authorities = gdtls_swift_file_database_new ("ca.pem", NULL);
  certificate = gdtls_swift_certificate_new_from_file ("server.pem", NULL);
  g_assert_true (authorities && certificate);
  talk (authorities, NULL);
  talk (NULL, certificate);
  g_assert_true (accept_client (NULL, certificate, 0, NULL));
  g_assert_false (accept_client (NULL, certificate, G_TLS_CERTIFICATE_EXPIRED, NULL));
  return 0;
}
