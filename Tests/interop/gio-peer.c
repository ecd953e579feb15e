/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One end of an interoperation test: shakes hands through GIO's DTLS, exchanges one text each way, closes.
 * Says what happened in one line, "ok NAME=VALUE..." or "error CODE message", and by its exit status.
 */
#include "../support/loopback.h"

#include <unistd.h>

#define MAX_DATAGRAM 16384

static int connect_port, listen_port = -1;
static char *certificate_file, *ca_file, *identity_name = "localhost", *authentication = "none";
static char *text_to_send, *text_to_expect, *close_order = "first";
static char **protocols;
static int seconds = 15;
static gboolean check, repeats;

static GOptionEntry options[] = {
  { "connect", 0, 0, G_OPTION_ARG_INT, &connect_port, "Be a client of this port of 127.0.0.1", "PORT" },
  { "listen", 0, 0, G_OPTION_ARG_INT, &listen_port, "Be a server on this port of 127.0.0.1, 0 for any", "PORT" },
  { "cert", 0, 0, G_OPTION_ARG_FILENAME, &certificate_file, "Our certificate and key", "FILE" },
  { "ca", 0, 0, G_OPTION_ARG_FILENAME, &ca_file, "Whom to trust", "FILE" },
  { "identity", 0, 0, G_OPTION_ARG_STRING, &identity_name, "Server's name", "NAME" },
  { "authentication", 0, 0, G_OPTION_ARG_STRING, &authentication, "Server: none, requested or required", "MODE" },
  { "alpn", 0, 0, G_OPTION_ARG_STRING_ARRAY, &protocols, "Application protocol; may be repeated", "NAME" },
  { "send", 0, 0, G_OPTION_ARG_STRING, &text_to_send, "Client: before --expect; server: after it", "TEXT" },
  { "expect", 0, 0, G_OPTION_ARG_STRING, &text_to_expect, "Text that must come", "TEXT" },
  { "close", 0, 0, G_OPTION_ARG_STRING, &close_order, "first, or last: after the peer's goodbye", "ORDER" },
  { "repeat", 0, 0, G_OPTION_ARG_NONE, &repeats,
    "For networks that lose: a client sends until the reply comes, a server answers until the client is gone", NULL },
  { "timeout", 0, 0, G_OPTION_ARG_INT, &seconds, "Time limit of each step", "SECONDS" },
  { "check", 0, 0, G_OPTION_ARG_NONE, &check, "Only name the provider and see whether it is the one asked for", NULL },
  { NULL }
};

/* Nothing here may outlive the limit, whatever the provider does. */
static void
limit_all_time (void)
{
  alarm (4 * seconds);
}

static gboolean
expect (GDatagramBased *connection, GError **error)
{
  g_autofree char *buffer = g_malloc (MAX_DATAGRAM + 1);
  gsize size;

  if (!text_to_expect)
    return TRUE;
  if (!datagram_receive (connection, buffer, MAX_DATAGRAM, &size, seconds * G_USEC_PER_SEC, error))
    {
      if (error && !*error)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "peer closed where \"%s\" was expected", text_to_expect);
      return FALSE;
    }
  buffer[size] = '\0';
  if (g_str_equal (g_strchomp (buffer), text_to_expect))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "\"%s\" came, not \"%s\"", buffer, text_to_expect);
  return FALSE;
}

static gboolean
say (GDatagramBased *connection, GError **error)
{
  g_autofree char *line = NULL;

  if (!text_to_send)
    return TRUE;
  line = g_strconcat (text_to_send, "\n", NULL);
  return datagram_send (connection, line, strlen (line), seconds * G_USEC_PER_SEC, error);
}

static gboolean
await_goodbye (GDatagramBased *connection, GError **error)
{
  g_autofree char *buffer = g_malloc (MAX_DATAGRAM);
  gsize size;
  GError *trouble = NULL;

  while (datagram_receive (connection, buffer, MAX_DATAGRAM, &size, seconds * G_USEC_PER_SEC, &trouble))
    continue;
  if (!trouble)
    return TRUE;
  g_propagate_prefixed_error (error, trouble, "waiting for the peer's goodbye: ");
  return FALSE;
}

/* How long a client waits before it says the same again, and a server for a client that says nothing more. */
#define REPEAT_TIME (300 * G_USEC_PER_SEC / 1000)
#define SILENCE (5 * G_USEC_PER_SEC)

/* TRUE as long as there may be more: *HAS_COME tells whether the expected text came this time. */
static gboolean
listen_for_text (GDatagramBased *connection, gint64 timeout, gboolean *has_come, GError **error)
{
  char buffer[MAX_DATAGRAM];
  gsize size;
  g_autoptr (GError) trouble = NULL;

  *has_come = FALSE;
  if (datagram_receive (connection, buffer, sizeof buffer, &size, timeout, &trouble))
    {
      if (size == 0)
        g_print ("empty\n");
      *has_come = size == strlen (text_to_expect) && memcmp (buffer, text_to_expect, size) == 0;
      return TRUE;
    }
  if (!trouble)
    return FALSE;
  if (g_error_matches (trouble, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&trouble));
  return FALSE;
}

static gboolean
say_until_answered (GDatagramBased *connection, GError **error)
{
  gboolean has_come = FALSE;

  while (!has_come)
    if (!datagram_send (connection, text_to_send, strlen (text_to_send), seconds * G_USEC_PER_SEC, error)
        || !listen_for_text (connection, REPEAT_TIME, &has_come, error))
      {
        if (error && !*error)
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "the server closed instead of answering");
        return FALSE;
      }
  return TRUE;
}

static gboolean
answer_until_silence (GDatagramBased *connection, GError **error)
{
  gint64 last = 0;
  gboolean has_come;

  while (listen_for_text (connection, REPEAT_TIME, &has_come, error))
    {
      if (has_come)
        {
          last = g_get_monotonic_time ();
          if (!datagram_send (connection, text_to_send, strlen (text_to_send), seconds * G_USEC_PER_SEC, error))
            return FALSE;
        }
      if (last > 0 && g_get_monotonic_time () > last + SILENCE)
        break;
    }
  if (last == 0 && error && !*error)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "the client closed without a word");
  return last > 0 && !*error;
}

static gboolean
judge_certificate (GDtlsConnection *connection, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer data)
{
  return errors == 0;
}

static gboolean
configure (GDtlsConnection *connection, GError **error)
{
  g_signal_connect (connection, "accept-certificate", G_CALLBACK (judge_certificate), NULL);
  if (protocols)
    g_dtls_connection_set_advertised_protocols (connection, (const char *const *) protocols);
  if (ca_file)
    {
      g_autoptr (GTlsDatabase) database = g_tls_file_database_new (ca_file, error);
      if (!database)
        return FALSE;
      g_dtls_connection_set_database (connection, database);
    }
  return TRUE;
}

static GDatagramBased *
new_client (GTlsCertificate *certificate, GError **error)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", connect_port);
  g_autoptr (GSocketConnectable) identity = g_network_address_new (identity_name, connect_port);
  g_autoptr (GSocket) socket = loopback_socket ();
  GDatagramBased *connection;

  if (!g_socket_connect (socket, address, NULL, error))
    return NULL;
  connection = g_dtls_client_connection_new (G_DATAGRAM_BASED (socket), identity, error);
  if (connection && certificate)
    g_dtls_connection_set_certificate (G_DTLS_CONNECTION (connection), certificate);
  return connection;
}

static GDatagramBased *
new_server (GTlsCertificate *certificate, GError **error)
{
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string ("127.0.0.1", listen_port);
  g_autoptr (GSocketAddress) bound = NULL, client = NULL;
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, error);
  GInputVector nothing = { NULL, 0 };
  int flags = G_SOCKET_MSG_PEEK;
  GDatagramBased *connection;

  if (!socket || !g_socket_bind (socket, local, TRUE, error))
    return NULL;
  bound = g_socket_get_local_address (socket, NULL);
  g_print ("port %d\n", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  if (!g_socket_condition_timed_wait (socket, G_IO_IN, seconds * G_USEC_PER_SEC, NULL, error)
      || g_socket_receive_message (socket, &client, &nothing, 1, NULL, NULL, &flags, NULL, error) < 0
      || !g_socket_connect (socket, client, NULL, error))
    return NULL;
  connection = g_dtls_server_connection_new (G_DATAGRAM_BASED (socket), certificate, error);
  if (connection)
    {
      gpointer modes = g_type_class_ref (G_TYPE_TLS_AUTHENTICATION_MODE);
      GEnumValue *mode = g_enum_get_value_by_nick (modes, authentication);

      if (!mode)
        g_error ("no such --authentication: %s", authentication);
      g_object_set (connection, "authentication-mode", mode->value, NULL);
      g_type_class_unref (modes);
    }
  return connection;
}

static void
print_outcome (GDtlsConnection *connection)
{
  g_autofree char *cipher = g_dtls_connection_get_ciphersuite_name (connection);
  const char *protocol = g_dtls_connection_get_negotiated_protocol (connection);
  GTlsCertificate *certificate = g_dtls_connection_get_peer_certificate (connection);
  g_autofree char *subject = certificate ? g_tls_certificate_get_subject_name (certificate) : NULL;
  g_autofree char *errors = g_flags_to_string (G_TYPE_TLS_CERTIFICATE_FLAGS,
                                               g_dtls_connection_get_peer_certificate_errors (connection));

  g_print ("session version=%d cipher=%s alpn=%s subject=%s errors=%s\n",
           g_dtls_connection_get_protocol_version (connection), cipher, protocol ? protocol : "none",
           subject ? subject : "none", errors);
}

static gboolean
run (GError **error)
{
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GDatagramBased) connection = NULL;
  gboolean is_client = connect_port > 0;

  if (certificate_file && !(certificate = g_tls_certificate_new_from_file (certificate_file, error)))
    return FALSE;
  connection = is_client ? new_client (certificate, error) : new_server (certificate, error);
  if (!connection || !configure (G_DTLS_CONNECTION (connection), error)
      || !g_dtls_connection_handshake (G_DTLS_CONNECTION (connection), NULL, error))
    return FALSE;
  print_outcome (G_DTLS_CONNECTION (connection));
  if (repeats)
    return (is_client ? say_until_answered (connection, error) : answer_until_silence (connection, error))
           && g_dtls_connection_close (G_DTLS_CONNECTION (connection), NULL, error);
  if (is_client && !say (connection, error))
    return FALSE;
  if (!expect (connection, error) || (!is_client && !say (connection, error)))
    return FALSE;
  if (g_str_equal (close_order, "last") && !await_goodbye (connection, error))
    return FALSE;
  return g_dtls_connection_close (G_DTLS_CONNECTION (connection), NULL, error);
}

static char *
error_name (const GError *error)
{
  if (error->domain == G_TLS_ERROR)
    return g_enum_to_string (G_TYPE_TLS_ERROR, error->code);
  if (error->domain == G_IO_ERROR)
    return g_enum_to_string (G_TYPE_IO_ERROR_ENUM, error->code);
  return g_strdup_printf ("%s-%d", g_quark_to_string (error->domain), error->code);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || (!check && (connect_port > 0) == (listen_port >= 0)))
    {
      g_printerr ("gio-peer: %s\n", error ? error->message : "either --connect or --listen");
      return 2;
    }
  if (check)
    g_print ("%s\n", G_OBJECT_TYPE_NAME (g_tls_backend_get_default ()));
  if (!provider_is_as_asked ())
    {
      g_printerr ("gio-peer: GIO did not take the provider of GIO_USE_TLS\n");
      return 2;
    }
  if (check)
    return 0;
  limit_all_time ();
  if (!run (&error))
    {
      g_autofree char *name = error_name (error);
      g_print ("error %s %s\n", name, error->message);
      return 1;
    }
  g_print ("ok\n");
  return 0;
}
