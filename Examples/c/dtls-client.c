/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A DTLS client that knows <gio/gio.h> alone: whichever provider GIO has (GIO_USE_TLS chooses) runs it unchanged.
 * It checks the server's certificate and name, sends a few datagrams to a server that echoes them, measures the
 * round trips and closes. The handshake is asynchronous here, so that it can have a time limit; dtls-server.c shows
 * the blocking way.
 */
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DATAGRAM 16384

static char *host = "127.0.0.1";
static int port = 4433;
static char *identity_name;
static char *ca_file;
static char *certificate_file;
static char **protocols;
static int count = 10;
static int size = 64;
static int timeout_seconds = 10;

static GOptionEntry options[] = {
  { "host", 0, 0, G_OPTION_ARG_STRING, &host, "Server to connect to (127.0.0.1)", "HOST" },
  { "port", 'p', 0, G_OPTION_ARG_INT, &port, "Its UDP port (4433)", "PORT" },
  { "identity", 0, 0, G_OPTION_ARG_STRING, &identity_name, "Name its certificate must bear (HOST)", "NAME" },
  { "ca", 0, 0, G_OPTION_ARG_FILENAME, &ca_file, "PEM file of trusted authorities (the system's)", "FILE" },
  { "cert", 0, 0, G_OPTION_ARG_FILENAME, &certificate_file, "PEM file with our own certificate and key", "FILE" },
  { "alpn", 0, 0, G_OPTION_ARG_STRING_ARRAY, &protocols, "Application protocol to offer; may be repeated", "NAME" },
  { "count", 'n', 0, G_OPTION_ARG_INT, &count, "Datagrams to send (10)", "N" },
  { "size", 's', 0, G_OPTION_ARG_INT, &size, "Bytes in each (64)", "BYTES" },
  { "timeout", 0, 0, G_OPTION_ARG_INT, &timeout_seconds, "Time limit of the handshake and of each reply (10)", "SECONDS" },
  { NULL }
};

/* Sends one datagram and receives one. Returns the size of what came back, 0 when the server has closed, −1 on error. */
static gssize
exchange (GDatagramBased *connection, GOutputVector *request, guint8 *reply, GError **error)
{
  gint64 timeout = timeout_seconds * (gint64) G_USEC_PER_SEC;
  GOutputMessage sent = { .vectors = request, .num_vectors = 1 };
  GInputVector space = { reply, MAX_DATAGRAM };
  GInputMessage received = { .vectors = &space, .num_vectors = 1 };
  int n;

  if (request && g_datagram_based_send_messages (connection, &sent, 1, 0, timeout, NULL, error) < 1)
    return -1;
  n = g_datagram_based_receive_messages (connection, &received, 1, 0, timeout, NULL, error);
  return n < 1 ? n : (gssize) received.bytes_received;
}

static GSocket *
open_socket (GSocketConnectable *server, GError **error)
{
  g_autoptr (GSocketAddressEnumerator) addresses = g_socket_connectable_enumerate (server);
  g_autoptr (GSocketAddress) address = g_socket_address_enumerator_next (addresses, NULL, error);
  g_autoptr (GSocket) socket = NULL;

  if (!address)
    return NULL;
  socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, error);
  if (!socket || !g_socket_connect (socket, address, NULL, error))
    return NULL;
  return g_steal_pointer (&socket);
}

/* Called only if something is wrong with the certificate. Answering TRUE would accept it all the same. */
static gboolean
refuse_certificate (GDtlsConnection *connection, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer data)
{
  g_autofree char *subject = g_tls_certificate_get_subject_name (certificate);
  g_autofree char *why = g_flags_to_string (G_TYPE_TLS_CERTIFICATE_FLAGS, errors);

  g_printerr ("dtls-client: refusing the certificate of %s: %s\n", subject, why);
  return FALSE;
}

typedef struct
{
  GMainLoop *loop;
  GError *error;
} Handshake;

static void
on_handshake_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Handshake *handshake = data;

  g_dtls_connection_handshake_finish (G_DTLS_CONNECTION (source), result, &handshake->error);
  g_main_loop_quit (handshake->loop);
}

static gboolean
on_time_over (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
shake_hands (GDtlsConnection *connection, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) time_limit = g_cancellable_new ();
  guint timer = g_timeout_add_seconds (timeout_seconds, on_time_over, time_limit);
  Handshake handshake = { loop, NULL };

  g_dtls_connection_handshake_async (connection, G_PRIORITY_DEFAULT, time_limit, on_handshake_done, &handshake);
  g_main_loop_run (loop);
  if (!g_cancellable_is_cancelled (time_limit))
    g_source_remove (timer);
  if (!handshake.error)
    return TRUE;
  if (g_error_matches (handshake.error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&handshake.error);
      g_set_error (&handshake.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer within %d s", timeout_seconds);
    }
  g_propagate_error (error, handshake.error);
  return FALSE;
}

static void
print_session (GDtlsConnection *connection, GSocket *socket)
{
  g_autoptr (GSocketAddress) address = g_socket_get_remote_address (socket, NULL);
  g_autofree char *peer = address ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : NULL;
  g_autofree char *cipher = g_dtls_connection_get_ciphersuite_name (connection);
  g_autofree char *version
      = g_enum_to_string (G_TYPE_TLS_PROTOCOL_VERSION, g_dtls_connection_get_protocol_version (connection));
  const char *protocol = g_dtls_connection_get_negotiated_protocol (connection);
  GTlsCertificate *certificate = g_dtls_connection_get_peer_certificate (connection);
  g_autofree char *subject = certificate ? g_tls_certificate_get_subject_name (certificate) : NULL;
  GTlsCertificateFlags errors = g_dtls_connection_get_peer_certificate_errors (connection);
  g_autofree char *verdict = g_flags_to_string (G_TYPE_TLS_CERTIFICATE_FLAGS, errors);

  g_print ("provider      %s\n", G_OBJECT_TYPE_NAME (connection));
  g_print ("peer          %s\n", peer ? peer : "unknown");
  g_print ("version       %s\n", version);
  g_print ("cipher        %s\n", cipher ? cipher : "unknown");
  g_print ("protocol      %s\n", protocol ? protocol : "none agreed on");
  g_print ("certificate   %s\n", subject ? subject : "none");
  g_print ("verification  %s\n", errors ? verdict : "passed");
}

static gboolean
measure_round_trips (GDatagramBased *connection, GError **error)
{
  g_autofree guint8 *payload = g_malloc0 (size);
  g_autofree guint8 *reply = g_malloc (MAX_DATAGRAM);
  GOutputVector request = { payload, size };
  double total = 0, shortest = G_MAXDOUBLE;

  for (int i = 0; i < count; i++)
    {
      gint64 start;
      gssize n;
      double milliseconds;

      memset (payload, 'a' + i % 26, size);
      start = g_get_monotonic_time ();
      n = exchange (connection, &request, reply, error);
      if (n < 0)
        return FALSE;
      if (n != size || memcmp (payload, reply, size) != 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "datagram %d came back changed", i + 1);
          return FALSE;
        }
      milliseconds = (g_get_monotonic_time () - start) / 1000.0;
      total += milliseconds;
      shortest = MIN (shortest, milliseconds);
    }
  if (count > 0)
    g_print ("round trip    %.3f ms at least, %.3f ms on average, %d datagrams of %d bytes\n", shortest, total / count,
             count, size);
  return TRUE;
}

/* Closes our direction first, so that the server's own goodbye can still be seen. */
static gboolean
say_goodbye (GDtlsConnection *connection, GError **error)
{
  g_autofree guint8 *rest = g_malloc (MAX_DATAGRAM);
  gssize n;

  if (!g_dtls_connection_shutdown (connection, FALSE, TRUE, NULL, error))
    return FALSE;
  do
    n = exchange (G_DATAGRAM_BASED (connection), NULL, rest, error);
  while (n > 0);
  if (n < 0)
    return FALSE;
  g_print ("closed        by both sides\n");
  return g_dtls_connection_close (connection, NULL, error);
}

static gboolean
talk (GError **error)
{
  g_autoptr (GSocketConnectable) server = g_network_address_new (host, port);
  g_autoptr (GSocketConnectable) identity = g_network_address_new (identity_name ? identity_name : host, port);
  g_autoptr (GSocket) socket = open_socket (server, error);
  g_autoptr (GDatagramBased) connection = NULL;

  if (!socket)
    return FALSE;
  connection = g_dtls_client_connection_new (G_DATAGRAM_BASED (socket), identity, error);
  if (!connection)
    return FALSE;
  g_signal_connect (connection, "accept-certificate", G_CALLBACK (refuse_certificate), NULL);
  if (ca_file)
    {
      /* GTlsFileDatabase takes absolute paths alone. */
      g_autofree char *path = g_canonicalize_filename (ca_file, NULL);
      g_autoptr (GTlsDatabase) database = g_tls_file_database_new (path, error);
      if (!database)
        return FALSE;
      g_dtls_connection_set_database (G_DTLS_CONNECTION (connection), database);
    }
  if (certificate_file)
    {
      g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (certificate_file, error);
      if (!certificate)
        return FALSE;
      g_dtls_connection_set_certificate (G_DTLS_CONNECTION (connection), certificate);
    }
  if (protocols)
    g_dtls_connection_set_advertised_protocols (G_DTLS_CONNECTION (connection), (const char *const *) protocols);

  if (!shake_hands (G_DTLS_CONNECTION (connection), error))
    return FALSE;
  print_session (G_DTLS_CONNECTION (connection), socket);
  return measure_round_trips (connection, error) && say_goodbye (G_DTLS_CONNECTION (connection), error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- talk to a DTLS echo server");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1 || port < 1 || port > G_MAXUINT16
      || count < 0 || size < 1 || size > MAX_DATAGRAM || timeout_seconds < 1)
    {
      g_printerr ("dtls-client: %s; --help shows how\n", error ? error->message : "wrong arguments");
      return 2;
    }
  if (!talk (&error))
    {
      g_printerr ("dtls-client: %s\n", error->message);
      return 1;
    }
  return 0;
}
