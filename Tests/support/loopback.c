/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "loopback.h"

void
loopback_credentials_init (LoopbackCredentials *credentials, const char *directory)
{
  g_autofree char *server = g_build_filename (directory, "server-p256.pem", NULL);
  g_autofree char *client = g_build_filename (directory, "client-p256.pem", NULL);
  g_autofree char *authorities = g_build_filename (directory, "ca.pem", NULL);
  g_autoptr (GError) error = NULL;

  credentials->server_certificate = g_tls_certificate_new_from_file (server, &error);
  g_assert_no_error (error);
  credentials->client_certificate = g_tls_certificate_new_from_file (client, &error);
  g_assert_no_error (error);
  credentials->authorities = g_tls_file_database_new (authorities, &error);
  g_assert_no_error (error);
  credentials->identity = g_network_address_new ("localhost", 4433);
}

void
loopback_credentials_init_from_environment (LoopbackCredentials *credentials)
{
  const char *directory = g_getenv ("TEST_CERTIFICATES");

  if (!directory)
    g_error ("TEST_CERTIFICATES is not set: give it a folder made by make-certificates.sh");
  loopback_credentials_init (credentials, directory);
}

void
loopback_credentials_clear (LoopbackCredentials *credentials)
{
  g_clear_object (&credentials->server_certificate);
  g_clear_object (&credentials->client_certificate);
  g_clear_object (&credentials->authorities);
  g_clear_object (&credentials->identity);
}

GSocket *
loopback_socket (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, any_port, FALSE, &error);
  g_assert_no_error (error);
  return socket;
}

void
loopback_connect (GSocket *one, GSocket *other)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address_of_one = g_socket_get_local_address (one, &error);
  g_autoptr (GSocketAddress) address_of_other = g_socket_get_local_address (other, &error);

  g_assert_no_error (error);
  g_socket_connect (one, address_of_other, NULL, &error);
  g_assert_no_error (error);
  g_socket_connect (other, address_of_one, NULL, &error);
  g_assert_no_error (error);
}

gboolean
loopback_pair_init (LoopbackPair *pair, const LoopbackCredentials *credentials, GError **error)
{
  *pair = (LoopbackPair){ .client_socket = loopback_socket (), .server_socket = loopback_socket () };
  loopback_connect (pair->client_socket, pair->server_socket);
  pair->client
      = g_dtls_client_connection_new (G_DATAGRAM_BASED (pair->client_socket), credentials->identity, error);
  if (!pair->client)
    return FALSE;
  g_dtls_connection_set_database (G_DTLS_CONNECTION (pair->client), credentials->authorities);
  pair->server = g_dtls_server_connection_new (G_DATAGRAM_BASED (pair->server_socket),
                                               credentials->server_certificate, error);
  return pair->server != NULL;
}

void
loopback_pair_clear (LoopbackPair *pair)
{
  g_clear_object (&pair->client);
  g_clear_object (&pair->server);
  g_clear_object (&pair->client_socket);
  g_clear_object (&pair->server_socket);
}

typedef struct
{
  int pending;
  gboolean time_is_over;
  GCancellable *cancellable;
  GError *error;
} Handshakes;

static void
on_handshake_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Handshakes *handshakes = data;
  GError **error = handshakes->error ? NULL : &handshakes->error;

  handshakes->pending--;
  /* The other end may never hear of this failure. */
  if (!g_dtls_connection_handshake_finish (G_DTLS_CONNECTION (source), result, error))
    g_cancellable_cancel (handshakes->cancellable);
}

static gboolean
on_time_over (gpointer data)
{
  Handshakes *handshakes = data;

  handshakes->time_is_over = TRUE;
  g_cancellable_cancel (handshakes->cancellable);
  return G_SOURCE_CONTINUE;
}

gboolean
loopback_pair_handshake (LoopbackPair *pair, guint seconds, GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Handshakes handshakes = { .pending = 2, .cancellable = cancellable };
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr (GSource) timer = g_timeout_source_new_seconds (seconds);

  g_source_set_callback (timer, on_time_over, &handshakes, NULL);
  g_source_attach (timer, context);
  g_dtls_connection_handshake_async (G_DTLS_CONNECTION (pair->server), G_PRIORITY_DEFAULT, cancellable,
                                     on_handshake_done, &handshakes);
  g_dtls_connection_handshake_async (G_DTLS_CONNECTION (pair->client), G_PRIORITY_DEFAULT, cancellable,
                                     on_handshake_done, &handshakes);
  while (handshakes.pending > 0)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timer);

  if (!handshakes.error)
    return TRUE;
  if (handshakes.time_is_over)
    {
      g_clear_error (&handshakes.error);
      g_set_error (&handshakes.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no handshake within %u s", seconds);
    }
  g_propagate_error (error, handshakes.error);
  return FALSE;
}

gboolean
datagram_send (GDatagramBased *socket, const void *data, gsize size, gint64 timeout, GError **error)
{
  GOutputVector vector = { data, size };
  GOutputMessage message = { .vectors = &vector, .num_vectors = 1 };

  return g_datagram_based_send_messages (socket, &message, 1, 0, timeout, NULL, error) == 1;
}

gboolean
datagram_receive (GDatagramBased *socket, void *buffer, gsize size, gsize *received, gint64 timeout, GError **error)
{
  GInputVector vector = { buffer, size };
  GInputMessage message = { .vectors = &vector, .num_vectors = 1 };

  *received = 0;
  if (g_datagram_based_receive_messages (socket, &message, 1, 0, timeout, NULL, error) < 1)
    return FALSE;
  *received = message.bytes_received;
  return TRUE;
}

gboolean
provider_is_as_asked (void)
{
  GType in_use = G_OBJECT_TYPE (g_tls_backend_get_default ());
  GIOExtensionPoint *point = g_io_extension_point_lookup (G_TLS_BACKEND_EXTENSION_POINT_NAME);
  const char *name = g_getenv ("GIO_USE_TLS");
  GIOExtension *asked = point && name ? g_io_extension_point_get_extension_by_name (point, name) : NULL;

  return asked && g_io_extension_get_type (asked) == in_use;
}
