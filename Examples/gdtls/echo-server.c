/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A DTLS echo server in one thread, with the functions of <gdtls-swift/gdtls-swift.h>: any number of clients, each
 * with a socket and a connection of its own, all driven by one main loop.
 *   echo-server CERTIFICATE.pem PORT
 * Build: gcc echo-server.c $(pkg-config --cflags --libs gdtls-swift gio-2.0)
 */
#include <gdtls-swift/gdtls-swift.h>
#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct
{
  GMainLoop *loop;
  GTlsCertificate *certificate;
  GSocketAddress *address;
  GSocket *listening;
} Server;

static gboolean listen_for_client (Server *server, GError **error);

static void
report (GDtlsConnection *connection, const char *what)
{
  g_autoptr (GDatagramBased) base = NULL;
  g_autoptr (GSocketAddress) remote = NULL;
  g_autofree char *peer = NULL;

  g_object_get (connection, "base-socket", &base, NULL);
  remote = g_socket_get_remote_address (G_SOCKET (base), NULL);
  peer = remote ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (remote)) : NULL;
  g_print ("%s: %s\n", peer ? peer : "a client", what);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_dtls_connection_close_finish (G_DTLS_CONNECTION (source), result, NULL);
  report (G_DTLS_CONNECTION (source), "closed");
  /* The last reference: what has begun in on_client() ends here. */
  g_object_unref (source);
}

static void
end (GObject *connection, GError *error)
{
  if (error)
    report (G_DTLS_CONNECTION (connection), error->message);
  g_clear_error (&error);
  g_dtls_connection_close_async (G_DTLS_CONNECTION (connection), G_PRIORITY_DEFAULT, NULL, on_closed, NULL);
}

static void on_received (GObject *source, GAsyncResult *result, gpointer data);

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  GDtlsSwiftConnection *connection = GDTLS_SWIFT_CONNECTION (source);
  GError *error = NULL;

  if (gdtls_swift_connection_send_finish (connection, result, &error) < 0)
    end (source, error);
  else
    gdtls_swift_connection_receive_async (connection, G_PRIORITY_DEFAULT, NULL, on_received, NULL);
}

static void
on_received (GObject *source, GAsyncResult *result, gpointer data)
{
  GDtlsSwiftConnection *connection = GDTLS_SWIFT_CONNECTION (source);
  GError *error = NULL;
  g_autoptr (GBytes) datagram = gdtls_swift_connection_receive_finish (connection, result, &error);
  gsize size;
  const guint8 *bytes;

  if (!datagram)
    {
      /* An error, or the client's goodbye. */
      end (source, error);
      return;
    }
  bytes = g_bytes_get_data (datagram, &size);
  if (size > 0)
    gdtls_swift_connection_send_async (connection, bytes, size, G_PRIORITY_DEFAULT, NULL, on_sent, NULL);
  else
    /* OpenSSL before 3.2 cannot send an empty one. */
    gdtls_swift_connection_receive_async (connection, G_PRIORITY_DEFAULT, NULL, on_received, NULL);
}

/* The first datagram of a client: connect the socket to it, serve it there, and listen with another socket. */
static gboolean
on_client (GSocket *socket, GIOCondition condition, gpointer data)
{
  Server *server = data;
  g_autoptr (GSocketAddress) client = NULL;
  g_autoptr (GError) error = NULL;
  GDtlsSwiftServerConnection *connection = NULL;
  char byte;
  GInputVector space = { &byte, 1 };
  int flags = G_SOCKET_MSG_PEEK;

  if (g_socket_receive_message (socket, &client, &space, 1, NULL, NULL, &flags, NULL, &error) >= 0
      && g_socket_connect (socket, client, NULL, &error))
    connection = gdtls_swift_server_connection_new (G_DATAGRAM_BASED (socket), server->certificate, &error);
  if (connection)
    {
      report (G_DTLS_CONNECTION (connection), "is here");
      /* The handshake is made on the way. */
      gdtls_swift_connection_receive_async (GDTLS_SWIFT_CONNECTION (connection), G_PRIORITY_DEFAULT, NULL, on_received,
                                            NULL);
    }
  else
    g_printerr ("echo-server: %s\n", error->message);
  g_clear_error (&error);
  if (!listen_for_client (server, &error))
    {
      g_printerr ("echo-server: %s\n", error->message);
      g_main_loop_quit (server->loop);
    }
  return G_SOURCE_REMOVE;
}

static gboolean
listen_for_client (Server *server, GError **error)
{
  g_autoptr (GSource) source = NULL;

  g_clear_object (&server->listening);
  server->listening = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, error);
  if (!server->listening || !g_socket_bind (server->listening, server->address, TRUE, error))
    return FALSE;
  source = g_socket_create_source (server->listening, G_IO_IN, NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (on_client), server, NULL);
  g_source_attach (source, NULL);
  return TRUE;
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Server server = { 0 };

  if (argc != 3)
    {
      g_printerr ("usage: echo-server CERTIFICATE.pem PORT (0 for any)\n");
      return 2;
    }
  server.loop = g_main_loop_new (NULL, FALSE);
  server.certificate = gdtls_swift_certificate_new_from_file (argv[1], &error);
  server.address = g_inet_socket_address_new_from_string ("127.0.0.1", atoi (argv[2]));
  if (server.certificate && listen_for_client (&server, &error))
    {
      /* A port of 0 has become a real one, which the sockets to come share. */
      g_object_unref (server.address);
      server.address = g_socket_get_local_address (server.listening, &error);
    }
  if (error)
    {
      g_printerr ("echo-server: %s\n", error->message);
      return 1;
    }
  g_print ("listening on 127.0.0.1 port %d\n",
           g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (server.address)));
  fflush (stdout);
  g_unix_signal_add (SIGINT, on_signal, server.loop);
  g_unix_signal_add (SIGTERM, on_signal, server.loop);
  g_main_loop_run (server.loop);

  g_clear_object (&server.listening);
  g_clear_object (&server.address);
  g_clear_object (&server.certificate);
  g_main_loop_unref (server.loop);
  return 0;
}
