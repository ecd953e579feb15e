/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A whole DTLS conversation in one process where GIO has no TLS backend: the library that the program is linked with is
 * all there is. GIO's own constructors make the connections, the library's own functions move the data.
 */
#include <gdtls-swift/gdtls-swift.h>

#include <stdlib.h>
#include <sys/socket.h>

#define LIMIT (60 * G_USEC_PER_SEC)

static void
fail_if (const char *what, const GError *error)
{
  if (!error)
    return;
  g_printerr ("%s: %s\n", what, error->message);
  exit (1);
}

static GSocket *
socket_of (int fd)
{
  GError *error = NULL;
  GSocket *socket = g_socket_new_from_fd (fd, &error);

  fail_if ("socket", error);
  return socket;
}

/* Sends back one datagram, and waits for the client's goodbye. */
static gpointer
serve (gpointer connection)
{
  GError *error = NULL;
  g_autoptr (GBytes) request = gdtls_swift_connection_receive (connection, LIMIT, NULL, &error);
  g_autoptr (GBytes) goodbye = NULL;
  const guint8 *data;
  gsize size;

  fail_if ("server", error);
  data = g_bytes_get_data (request, &size);
  gdtls_swift_connection_send (connection, data, size, LIMIT, NULL, &error);
  fail_if ("server", error);
  goodbye = gdtls_swift_connection_receive (connection, LIMIT, NULL, &error);
  fail_if ("server", error);
  g_dtls_connection_close (connection, NULL, &error);
  fail_if ("server", error);
  return GINT_TO_POINTER (goodbye == NULL);
}

int
main (int argc, char **argv)
{
  static const guint8 hello[] = "hello";
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GTlsDatabase) authorities = NULL;
  g_autoptr (GSocketConnectable) identity = g_network_address_new ("localhost", 4433);
  g_autoptr (GSocket) near = NULL, far = NULL;
  g_autoptr (GDatagramBased) client = NULL, server = NULL;
  g_autoptr (GBytes) answer = NULL;
  int pair[2];
  GThread *thread;

  if (argc != 3 || socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
    return 2;
  near = socket_of (pair[0]);
  far = socket_of (pair[1]);
  certificate = gdtls_swift_certificate_new_from_file (argv[1], &error);
  fail_if ("certificate", error);
  authorities = gdtls_swift_file_database_new (argv[2], &error);
  fail_if ("authorities", error);
  client = g_dtls_client_connection_new (G_DATAGRAM_BASED (near), identity, &error);
  fail_if ("client", error);
  server = g_dtls_server_connection_new (G_DATAGRAM_BASED (far), certificate, &error);
  fail_if ("server", error);
  g_dtls_connection_set_database (G_DTLS_CONNECTION (client), authorities);

  thread = g_thread_new ("server", serve, server);
  gdtls_swift_connection_send (GDTLS_SWIFT_CONNECTION (client), hello, sizeof hello - 1, LIMIT, NULL, &error);
  fail_if ("client", error);
  answer = gdtls_swift_connection_receive (GDTLS_SWIFT_CONNECTION (client), LIMIT, NULL, &error);
  fail_if ("client", error);
  g_print ("GIO has %s; the answer is \"%.*s\"\n", G_OBJECT_TYPE_NAME (g_tls_backend_get_default ()),
           (int) g_bytes_get_size (answer), (const char *) g_bytes_get_data (answer, NULL));
  g_dtls_connection_close (G_DTLS_CONNECTION (client), NULL, &error);
  fail_if ("client", error);
  return g_thread_join (thread) && g_bytes_get_size (answer) == 5 ? 0 : 1;
}
