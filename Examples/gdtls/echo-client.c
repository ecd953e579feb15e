/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The shortest DTLS client with the functions of <gdtls-swift/gdtls-swift.h>: says something, prints the answer.
 *   echo-client AUTHORITIES.pem NAME PORT MESSAGE
 * Build: gcc echo-client.c $(pkg-config --cflags --libs gdtls-swift gio-2.0)
 */
#include <gdtls-swift/gdtls-swift.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE (10 * G_USEC_PER_SEC)

static gboolean
talk (const char *authorities, const char *name, guint16 port, const char *message, GError **error)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, error);
  /* Whom the server's certificate has to be about. */
  g_autoptr (GSocketConnectable) identity = g_network_address_new (name, port);
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GDtlsSwiftClientConnection) client = NULL;
  g_autoptr (GBytes) answer = NULL;

  if (!socket || !g_socket_connect (socket, address, NULL, error))
    return FALSE;
  database = gdtls_swift_file_database_new (authorities, error);
  if (!database)
    return FALSE;
  client = gdtls_swift_client_connection_new (G_DATAGRAM_BASED (socket), identity, error);
  if (!client)
    return FALSE;
  g_dtls_connection_set_database (G_DTLS_CONNECTION (client), database);

  /* The first operation makes the handshake, which verifies the server. */
  if (gdtls_swift_connection_send (GDTLS_SWIFT_CONNECTION (client), (const guint8 *) message, strlen (message), PATIENCE,
                                   NULL, error) < 0)
    return FALSE;
  answer = gdtls_swift_connection_receive (GDTLS_SWIFT_CONNECTION (client), PATIENCE, NULL, error);
  if (!answer)
    {
      if (error && !*error)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "the server has closed the connection");
      return FALSE;
    }
  g_print ("%.*s\n", (int) g_bytes_get_size (answer), (const char *) g_bytes_get_data (answer, NULL));
  return g_dtls_connection_close (G_DTLS_CONNECTION (client), NULL, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 5)
    {
      g_printerr ("usage: echo-client AUTHORITIES.pem NAME PORT MESSAGE\n");
      return 2;
    }
  if (!talk (argv[1], argv[2], atoi (argv[3]), argv[4], &error))
    {
      g_printerr ("echo-client: %s\n", error->message);
      return 1;
    }
  return 0;
}
