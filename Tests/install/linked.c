/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A program that is linked with the library, built by what `pkg-config --cflags --libs gdtls-swift gio-2.0` says:
 *   linked CERTIFICATES
 * It needs no GIO module and no environment variable. CERTIFICATES is a folder made by make-certificates.sh.
 */
#include <gdtls-swift/gdtls-swift.h>

#define PATIENCE (30 * G_USEC_PER_SEC)

static const char *certificates;

/* What C sees of the classes that may be derived from is what there is. */
static void
struct_sizes_are_true (void)
{
  const struct
  {
    GType type;
    gsize instance, class;
  } expected[] = {
    { GDTLS_SWIFT_TYPE_CONNECTION, sizeof (GDtlsSwiftConnection), sizeof (GDtlsSwiftConnectionClass) },
    { GDTLS_SWIFT_TYPE_CLIENT_CONNECTION, sizeof (GDtlsSwiftClientConnection),
      sizeof (GDtlsSwiftClientConnectionClass) },
    { GDTLS_SWIFT_TYPE_SERVER_CONNECTION, sizeof (GDtlsSwiftServerConnection),
      sizeof (GDtlsSwiftServerConnectionClass) },
    { GDTLS_SWIFT_TYPE_DATABASE, sizeof (GDtlsSwiftDatabase), sizeof (GDtlsSwiftDatabaseClass) },
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      GTypeQuery query;

      g_type_query (expected[i].type, &query);
      g_assert_cmpuint (query.instance_size, ==, expected[i].instance);
      g_assert_cmpuint (query.class_size, ==, expected[i].class);
    }
}

static void
version_is_the_header_s (void)
{
  g_autofree char *version = g_strdup_printf ("%d.%d.%d", GDTLS_SWIFT_MAJOR_VERSION, GDTLS_SWIFT_MINOR_VERSION,
                                              GDTLS_SWIFT_MICRO_VERSION);

  g_assert_cmpstr (gdtls_swift_version (), ==, version);
  g_assert_true (GDTLS_SWIFT_CHECK_VERSION (1, 0, 0));
  g_assert_false (GDTLS_SWIFT_CHECK_VERSION (1, 99, 0));
  g_assert_true (gdtls_swift_check_version (1, 0, 0));
  g_assert_true (gdtls_swift_check_version (GDTLS_SWIFT_MAJOR_VERSION, GDTLS_SWIFT_MINOR_VERSION,
                                            GDTLS_SWIFT_MICRO_VERSION));
  g_assert_false (gdtls_swift_check_version (1, 99, 0));
  g_assert_false (gdtls_swift_check_version (0, 0, 0));
  g_assert_false (gdtls_swift_check_version (2, 0, 0));
}

static GTlsDatabase *
authorities (void)
{
  g_autofree char *file = g_build_filename (certificates, "ca.pem", NULL);
  g_autoptr (GError) error = NULL;
  GTlsDatabase *database = gdtls_swift_file_database_new (file, &error);

  g_assert_no_error (error);
  return database;
}

typedef struct
{
  GSocket *sockets[2];
  GDatagramBased *client, *server;
} Pair;

/* By GIO's constructors alone: they are this library's here. */
static void
pair_init (Pair *pair)
{
  g_autofree char *file = g_build_filename (certificates, "server-p256.pem", NULL);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketConnectable) identity = g_network_address_new ("localhost", 4433);
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GError) error = NULL;
  int i;

  certificate = gdtls_swift_certificate_new_from_file (file, &error);
  g_assert_no_error (error);
  for (i = 0; i < 2; i++)
    {
      pair->sockets[i] = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &error);
      g_assert_no_error (error);
      g_socket_bind (pair->sockets[i], any_port, FALSE, &error);
      g_assert_no_error (error);
    }
  for (i = 0; i < 2; i++)
    {
      g_autoptr (GSocketAddress) address = g_socket_get_local_address (pair->sockets[!i], &error);

      g_assert_no_error (error);
      g_socket_connect (pair->sockets[i], address, NULL, &error);
      g_assert_no_error (error);
    }
  pair->client = g_dtls_client_connection_new (G_DATAGRAM_BASED (pair->sockets[0]), identity, &error);
  g_assert_no_error (error);
  pair->server = g_dtls_server_connection_new (G_DATAGRAM_BASED (pair->sockets[1]), certificate, &error);
  g_assert_no_error (error);
}

static void
pair_clear (Pair *pair)
{
  g_object_unref (pair->client);
  g_object_unref (pair->server);
  g_object_unref (pair->sockets[0]);
  g_object_unref (pair->sockets[1]);
}

static gpointer
serve (gpointer data)
{
  Pair *pair = data;
  g_autoptr (GError) error = NULL;
  GBytes *datagram;

  /* Echoes until the client says goodbye. */
  while ((datagram = gdtls_swift_connection_receive (GDTLS_SWIFT_CONNECTION (pair->server), PATIENCE, NULL, &error)))
    {
      GOutputVector vector = { g_bytes_get_data (datagram, NULL), g_bytes_get_size (datagram) };
      GOutputMessage message = { .vectors = &vector, .num_vectors = 1 };

      g_datagram_based_send_messages (pair->server, &message, 1, 0, PATIENCE, NULL, &error);
      g_assert_no_error (error);
      g_bytes_unref (datagram);
    }
  g_assert_no_error (error);
  g_dtls_connection_close (G_DTLS_CONNECTION (pair->server), NULL, &error);
  g_assert_no_error (error);
  return NULL;
}

static gpointer
be_refused (gpointer data)
{
  Pair *pair = data;
  g_autoptr (GError) error = NULL;

  g_assert_false (g_dtls_connection_handshake (G_DTLS_CONNECTION (pair->server), NULL, &error));
  g_assert_nonnull (error);
  return NULL;
}

static void
whole_conversation (void)
{
  static const guint8 text[] = "hello";
  g_autoptr (GTlsDatabase) database = authorities ();
  g_autoptr (GBytes) echo = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *suite = NULL;
  GDtlsConnection *client;
  GThread *server;
  Pair pair;

  pair_init (&pair);
  g_assert_cmpstr (G_OBJECT_TYPE_NAME (pair.client), ==, "GDtlsSwiftClientConnection");
  g_assert_cmpstr (G_OBJECT_TYPE_NAME (pair.server), ==, "GDtlsSwiftServerConnection");
  client = G_DTLS_CONNECTION (pair.client);
  g_dtls_connection_set_database (client, database);
  g_assert_true (g_dtls_connection_get_database (client) == database);
  server = g_thread_new ("server", serve, &pair);

  g_dtls_connection_handshake (client, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_dtls_connection_get_protocol_version (client), ==, G_TLS_PROTOCOL_VERSION_DTLS_1_2);
  g_assert_cmpint (g_dtls_connection_get_peer_certificate_errors (client), ==, 0);
  suite = g_dtls_connection_get_ciphersuite_name (client);
  g_assert_nonnull (suite);
  g_assert_cmpint (gdtls_swift_connection_send (GDTLS_SWIFT_CONNECTION (client), text, sizeof text, PATIENCE, NULL,
                                                &error),
                   ==, sizeof text);
  g_assert_no_error (error);
  echo = gdtls_swift_connection_receive (GDTLS_SWIFT_CONNECTION (client), PATIENCE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (echo, NULL), g_bytes_get_size (echo), text, sizeof text);
  g_dtls_connection_close (client, NULL, &error);
  g_assert_no_error (error);

  g_thread_join (server);
  pair_clear (&pair);
}

/* GIO's own functions make databases of whatever backend it has, which judge certificates of their own class alone. */
static void
database_of_gio_s_backend_will_do (void)
{
  static const struct
  {
    const char *name, *file;
    GTlsCertificateFlags expected;
  } cases[] = {
    { "localhost", "ca.pem", G_TLS_CERTIFICATE_NO_FLAGS },
    { "elsewhere.example", "ca.pem", G_TLS_CERTIFICATE_BAD_IDENTITY },
    { "localhost", "stranger-p256.pem", G_TLS_CERTIFICATE_UNKNOWN_CA },
  };
  gsize i;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("GIO has no TLS backend here that has databases of its own");
      return;
    }
  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *relative = g_build_filename (certificates, cases[i].file, NULL);
      g_autofree char *file = g_canonicalize_filename (relative, NULL);
      g_autoptr (GSocketConnectable) identity = g_network_address_new (cases[i].name, 4433);
      g_autoptr (GError) error = NULL, refusal = NULL;
      g_autoptr (GTlsDatabase) database = g_tls_file_database_new (file, &error);
      GDtlsConnection *client;
      GThread *server;
      Pair pair;

      g_assert_no_error (error);
      g_assert_false (GDTLS_SWIFT_IS_DATABASE (database));
      pair_init (&pair);
      client = G_DTLS_CONNECTION (pair.client);
      g_object_set (client, "server-identity", identity, "database", database, NULL);
      server = g_thread_new ("server", cases[i].expected ? be_refused : serve, &pair);
      g_dtls_connection_handshake (client, NULL, &refusal);
      g_assert_cmpint (g_dtls_connection_get_peer_certificate_errors (client), ==, cases[i].expected);
      if (cases[i].expected)
        g_assert_error (refusal, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
      else
        g_assert_no_error (refusal);
      g_dtls_connection_close (client, NULL, NULL);
      g_thread_join (server);
      pair_clear (&pair);
    }
}

/* Ours, whatever the default backend is, until the program sets another. */
static void
default_database_is_the_library_s (void)
{
  g_autoptr (GTlsDatabase) ours = gdtls_swift_database_get_default ();
  g_autoptr (GTlsDatabase) chosen = authorities ();
  GTlsBackend *backend = g_tls_backend_get_default ();
  GDtlsConnection *client;
  Pair pair;

  pair_init (&pair);
  client = G_DTLS_CONNECTION (pair.client);
  g_assert_true (GDTLS_SWIFT_IS_DATABASE (ours));
  g_assert_true (g_dtls_connection_get_database (client) == ours);

  g_tls_backend_set_default_database (backend, chosen);
  g_assert_true (g_dtls_connection_get_database (client) == chosen);
  g_tls_backend_set_default_database (backend, NULL);
  g_assert_true (g_dtls_connection_get_database (client) == ours);

  /* That the program has asked for the backend's own is no choice of another. */
  g_clear_object (&chosen);
  chosen = g_tls_backend_get_default_database (backend);
  g_assert_true (g_dtls_connection_get_database (client) == ours);
  pair_clear (&pair);
}

static void
expect_critical (const char *domain, const char *text)
{
  g_test_expect_message (domain, G_LOG_LEVEL_CRITICAL, text);
}

/* A mistake of the program is a critical and no crash, as with libgio. */
static void
wrong_arguments_are_criticals (void)
{
  g_autoptr (GCancellable) other = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Pair pair;

  pair_init (&pair);
  expect_critical ("GLib-GIO", "*g_dtls_connection_close: assertion*G_IS_DTLS_CONNECTION*");
  g_assert_false (g_dtls_connection_close (NULL, NULL, &error));
  expect_critical ("GLib-GIO", "*g_dtls_connection_handshake: assertion*G_IS_DTLS_CONNECTION*");
  g_assert_false (g_dtls_connection_handshake ((GDtlsConnection *) other, NULL, &error));
  expect_critical ("GLib-GIO", "*g_dtls_connection_set_certificate: assertion*G_IS_TLS_CERTIFICATE*");
  g_dtls_connection_set_certificate (G_DTLS_CONNECTION (pair.client), NULL);
  expect_critical ("GLib-GIO", "*g_dtls_client_connection_get_accepted_cas: assertion*G_IS_DTLS_CLIENT_CONNECTION*");
  g_assert_null (g_dtls_client_connection_get_accepted_cas ((GDtlsClientConnection *) pair.server));
  expect_critical ("GLib-GIO", "*g_dtls_client_connection_new: assertion*G_IS_DATAGRAM_BASED*");
  g_assert_null (g_dtls_client_connection_new ((GDatagramBased *) other, NULL, &error));
  expect_critical ("GDtlsSwift", "*gdtls_swift_connection_receive: assertion*GDTLS_SWIFT_IS_CONNECTION*");
  g_assert_null (gdtls_swift_connection_receive ((GDtlsSwiftConnection *) other, 0, NULL, &error));
  expect_critical ("GDtlsSwift", "*gdtls_swift_connection_send: assertion*data != NULL*");
  g_assert_cmpint (gdtls_swift_connection_send (GDTLS_SWIFT_CONNECTION (pair.client), NULL, 1, 0, NULL, &error), ==, -1);
  expect_critical ("GDtlsSwift", "*gdtls_swift_connection_send: assertion*G_IS_CANCELLABLE*");
  g_assert_cmpint (gdtls_swift_connection_send (GDTLS_SWIFT_CONNECTION (pair.client), NULL, 0, 0,
                                                (GCancellable *) pair.client, &error),
                   ==, -1);
  expect_critical ("GDtlsSwift", "*gdtls_swift_connection_get_mtu: assertion*GDTLS_SWIFT_IS_CONNECTION*");
  g_assert_cmpuint (gdtls_swift_connection_get_mtu (NULL), ==, 0);
  expect_critical ("GDtlsSwift", "*gdtls_swift_server_connection_new: assertion*G_IS_TLS_CERTIFICATE*");
  g_assert_null (gdtls_swift_server_connection_new (G_DATAGRAM_BASED (pair.sockets[0]), (GTlsCertificate *) other,
                                                    &error));
  expect_critical ("GDtlsSwift", "*gdtls_swift_certificate_new_from_file: assertion*file != NULL*");
  g_assert_null (gdtls_swift_certificate_new_from_file (NULL, &error));
  g_test_assert_expected_messages ();
  g_assert_no_error (error);

  /* No socket at all is no such mistake: as with libgio, an error. */
  g_assert_null (gdtls_swift_client_connection_new (NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  pair_clear (&pair);
}

/* A class of C's own, below ours. */
typedef struct
{
  GDtlsSwiftClientConnection parent_instance;
  int asked;
} Derived;

typedef struct
{
  GDtlsSwiftClientConnectionClass parent_class;
} DerivedClass;

static gboolean
accept_certificate (GDtlsConnection *connection, GTlsCertificate *certificate, GTlsCertificateFlags flags)
{
  Derived *me = (Derived *) connection;

  g_assert_true (flags & G_TLS_CERTIFICATE_UNKNOWN_CA);
  me->asked++;
  return TRUE;
}

static void
derived_override (GDtlsConnectionInterface *interface)
{
  interface->accept_certificate = accept_certificate;
}

static GType derived_get_type (void);

G_DEFINE_TYPE_WITH_CODE (Derived, derived, GDTLS_SWIFT_TYPE_CLIENT_CONNECTION,
                         G_IMPLEMENT_INTERFACE (G_TYPE_DTLS_CONNECTION, derived_override))

static void
derived_init (Derived *me)
{
}

static void
derived_class_init (DerivedClass *class)
{
}

static void
c_may_derive (void)
{
  g_autoptr (GSocketConnectable) identity = g_network_address_new ("localhost", 4433);
  g_autoptr (GError) error = NULL;
  GThread *server;
  Derived *client;
  Pair pair;

  pair_init (&pair);
  g_object_unref (pair.client);
  client = g_initable_new (derived_get_type (), NULL, &error, "base-socket", pair.sockets[0], "server-identity", identity,
                           NULL);
  g_assert_no_error (error);
  pair.client = G_DATAGRAM_BASED (client);
  server = g_thread_new ("server", serve, &pair);
  g_dtls_connection_handshake (G_DTLS_CONNECTION (client), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (client->asked, ==, 1);
  g_dtls_connection_close (G_DTLS_CONNECTION (client), NULL, &error);
  g_assert_no_error (error);
  g_thread_join (server);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc != 2)
    g_error ("usage: %s CERTIFICATES", argv[0]);
  certificates = argv[1];
  g_test_add_func ("/linked/whole-conversation", whole_conversation);
  g_test_add_func ("/linked/database-of-gio-s-backend-will-do", database_of_gio_s_backend_will_do);
  g_test_add_func ("/linked/default-database-is-the-library-s", default_database_is_the_library_s);
  g_test_add_func ("/linked/wrong-arguments-are-criticals", wrong_arguments_are_criticals);
  g_test_add_func ("/linked/c-may-derive", c_may_derive);
  g_test_add_func ("/linked/struct-sizes-are-true", struct_sizes_are_true);
  g_test_add_func ("/linked/version-is-the-header-s", version_is_the_header_s);
  return g_test_run ();
}
