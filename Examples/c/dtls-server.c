/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A DTLS echo server that knows <gio/gio.h> alone: whichever provider GIO has (GIO_USE_TLS chooses) runs it unchanged.
 * It serves one client after the other, with blocking calls. GIO's own types want a socket for each client, so the
 * first datagram is looked at (not taken), its sender connected to, and the handshake begun on that socket.
 */
#include <gio/gio.h>
#include <stdlib.h>

#define MAX_DATAGRAM 16384

static char *address = "127.0.0.1";
static int port = 4433;
static char *certificate_file;
static char *ca_file;
static char **protocols;
static int idle_seconds = 60;
static gboolean once;

static GOptionEntry options[] = {
  { "address", 0, 0, G_OPTION_ARG_STRING, &address, "IP address to listen on (127.0.0.1)", "ADDRESS" },
  { "port", 'p', 0, G_OPTION_ARG_INT, &port, "UDP port to listen on, 0 for any free one (4433)", "PORT" },
  { "cert", 0, 0, G_OPTION_ARG_FILENAME, &certificate_file, "PEM file with the certificate and its key", "FILE" },
  { "ca", 0, 0, G_OPTION_ARG_FILENAME, &ca_file, "Ask clients for a certificate by these authorities", "FILE" },
  { "alpn", 0, 0, G_OPTION_ARG_STRING_ARRAY, &protocols, "Application protocol to speak; may be repeated", "NAME" },
  { "idle", 0, 0, G_OPTION_ARG_INT, &idle_seconds, "Give a silent client up after this time (60)", "SECONDS" },
  { "once", 0, 0, G_OPTION_ARG_NONE, &once, "Leave after the first client", NULL },
  { NULL }
};

static GSocket *
open_socket (GError **error)
{
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocket) socket = NULL;

  if (!local)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s is no IP address", address);
      return NULL;
    }
  socket = g_socket_new (g_socket_address_get_family (local), G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, error);
  if (!socket || !g_socket_bind (socket, local, TRUE, error))
    return NULL;
  bound = g_socket_get_local_address (socket, error);
  if (!bound)
    return NULL;
  port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_print ("listening on %s port %d\n", address, port);
  return g_steal_pointer (&socket);
}

/* Waits for a client's first datagram and connects the socket to its sender; the datagram stays for the handshake. */
static gboolean
await_client (GSocket *socket, GError **error)
{
  g_autoptr (GSocketAddress) client = NULL;
  char byte;
  GInputVector space = { &byte, 1 };
  int flags = G_SOCKET_MSG_PEEK;

  if (g_socket_receive_message (socket, &client, &space, 1, NULL, NULL, &flags, NULL, error) < 0)
    return FALSE;
  return g_socket_connect (socket, client, NULL, error);
}

static void
print_session (GDtlsConnection *connection, GSocket *socket)
{
  g_autoptr (GSocketAddress) remote = g_socket_get_remote_address (socket, NULL);
  g_autofree char *peer = remote ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (remote)) : NULL;
  g_autofree char *cipher = g_dtls_connection_get_ciphersuite_name (connection);
  const char *protocol = g_dtls_connection_get_negotiated_protocol (connection);
  GTlsCertificate *certificate = g_dtls_connection_get_peer_certificate (connection);
  g_autofree char *subject = certificate ? g_tls_certificate_get_subject_name (certificate) : NULL;

  g_print ("client %s: cipher %s, protocol %s, certificate %s\n", peer ? peer : "unknown", cipher ? cipher : "unknown",
           protocol ? protocol : "none", subject ? subject : "none");
}

/* A server is asked about each client certificate, good or bad: this one accepts the good ones. */
static gboolean
judge_certificate (GDtlsConnection *connection, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer data)
{
  return errors == 0;
}

/* Returns how many datagrams were echoed before the client closed, or −1. */
static int
echo (GDatagramBased *connection, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (MAX_DATAGRAM);
  gint64 timeout = idle_seconds * (gint64) G_USEC_PER_SEC;

  for (int echoed = 0;; echoed++)
    {
      GInputVector space = { buffer, MAX_DATAGRAM };
      GInputMessage received = { .vectors = &space, .num_vectors = 1 };
      GOutputVector data = { buffer, 0 };
      GOutputMessage sent = { .vectors = &data, .num_vectors = 1 };
      int n = g_datagram_based_receive_messages (connection, &received, 1, 0, timeout, NULL, error);

      if (n <= 0)
        return n < 0 ? -1 : echoed;
      /* OpenSSL before 3.2 cannot send an empty one. */
      if (received.bytes_received == 0)
        continue;
      data.size = received.bytes_received;
      if (g_datagram_based_send_messages (connection, &sent, 1, 0, timeout, NULL, error) < 0)
        return -1;
    }
}

static gboolean
serve (GSocket *socket, GTlsCertificate *certificate, GTlsDatabase *authorities, GError **error)
{
  g_autoptr (GDatagramBased) connection
      = g_dtls_server_connection_new (G_DATAGRAM_BASED (socket), certificate, error);
  int echoed;

  if (!connection)
    return FALSE;
  if (protocols)
    g_dtls_connection_set_advertised_protocols (G_DTLS_CONNECTION (connection), (const char *const *) protocols);
  if (authorities)
    {
      g_dtls_connection_set_database (G_DTLS_CONNECTION (connection), authorities);
      g_object_set (connection, "authentication-mode", G_TLS_AUTHENTICATION_REQUIRED, NULL);
      g_signal_connect (connection, "accept-certificate", G_CALLBACK (judge_certificate), NULL);
    }
  if (!g_dtls_connection_handshake (G_DTLS_CONNECTION (connection), NULL, error))
    return FALSE;
  print_session (G_DTLS_CONNECTION (connection), socket);
  echoed = echo (connection, error);
  if (echoed < 0)
    return FALSE;
  g_print ("client has closed, %d datagrams echoed\n", echoed);
  return g_dtls_connection_close (G_DTLS_CONNECTION (connection), NULL, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- echo datagrams over DTLS");
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GTlsDatabase) authorities = NULL;
  g_autoptr (GError) error = NULL;
  gboolean served;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1 || !certificate_file || port < 0
      || port > G_MAXUINT16 || idle_seconds < 1)
    {
      g_printerr ("dtls-server: %s; --help shows how\n", error ? error->message : "wrong arguments, or no --cert");
      return 2;
    }

  /* Read once, shared by all connections. */
  certificate = g_tls_certificate_new_from_file (certificate_file, &error);
  if (certificate && ca_file)
    {
      /* GTlsFileDatabase takes absolute paths alone. */
      g_autofree char *path = g_canonicalize_filename (ca_file, NULL);

      authorities = g_tls_file_database_new (path, &error);
    }
  if (error)
    {
      g_printerr ("dtls-server: %s\n", error->message);
      return 1;
    }

  do
    {
      g_autoptr (GSocket) socket = open_socket (&error);

      served = socket && await_client (socket, &error) && serve (socket, certificate, authorities, &error);
      if (error)
        g_printerr ("dtls-server: %s\n", error->message);
      if (!socket)
        break;
      g_clear_error (&error);
    }
  while (!once);
  return served ? 0 : 1;
}
