/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What an application may hand us by mistake must come back as an error, never as a crash or a critical; but for what
 * GIO has no error for.
 */
#include "../support/loopback.h"

#include <glib/gstdio.h>

static void
test_client_without_socket (void)
{
  g_autoptr (GError) error = NULL;
  GType type = g_tls_backend_get_dtls_client_connection_type (g_tls_backend_get_default ());
  g_autoptr (GObject) connection = g_initable_new (type, NULL, &error, NULL);

  g_assert_null (connection);
  g_assert_nonnull (error);
}

static void
test_server_without_socket (void)
{
  g_autoptr (GError) error = NULL;
  GType type = g_tls_backend_get_dtls_server_connection_type (g_tls_backend_get_default ());
  g_autoptr (GObject) connection = g_initable_new (type, NULL, &error, NULL);

  g_assert_null (connection);
  g_assert_nonnull (error);
}

static void
test_server_certificate_without_key (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_build_filename (g_getenv ("TEST_CERTIFICATES"), "ca.pem", NULL);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (file, &error);
  g_autoptr (GSocket) socket = loopback_socket ();
  g_autoptr (GDatagramBased) server = NULL;

  g_assert_no_error (error);
  server = g_dtls_server_connection_new (G_DATAGRAM_BASED (socket), certificate, &error);
  g_assert_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_assert_null (server);
}

static void
test_server_without_certificate_fails_to_handshake (void)
{
  g_autoptr (GError) error = NULL;
  LoopbackCredentials credentials;
  LoopbackPair pair;

  loopback_credentials_init_from_environment (&credentials);
  g_clear_object (&credentials.server_certificate);
  g_assert_true (loopback_pair_init (&pair, &credentials, &error));
  g_assert_no_error (error);
  g_assert_false (loopback_pair_handshake (&pair, 5, &error));
  g_assert_nonnull (error);
  loopback_pair_clear (&pair);
  loopback_credentials_clear (&credentials);
}

static void
assert_pem_is_refused (const char *pem)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, &error);

  g_assert_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_assert_null (certificate);
}

static void
test_pem_garbage (void)
{
  assert_pem_is_refused ("");
  assert_pem_is_refused ("no certificate at all");
  assert_pem_is_refused ("-----BEGIN CERTIFICATE-----\n");
  assert_pem_is_refused ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
  assert_pem_is_refused ("-----BEGIN CERTIFICATE-----\nTm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n");
  assert_pem_is_refused ("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
}

/* A good certificate with one byte changed after another: anything may come of it but a crash. */
static void
test_damaged_der (void)
{
  g_autofree char *file = g_build_filename (g_getenv ("TEST_CERTIFICATES"), "ca.pem", NULL);
  g_autoptr (GTlsCertificate) good = g_tls_certificate_new_from_file (file, NULL);
  g_autoptr (GByteArray) der = NULL;
  GType type = g_tls_backend_get_certificate_type (g_tls_backend_get_default ());

  g_object_get (good, "certificate", &der, NULL);
  for (guint i = 0; i < der->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GTlsCertificate) damaged = NULL;

      der->data[i] ^= 0xff;
      damaged = g_initable_new (type, NULL, &error, "certificate", der, NULL);
      g_assert_true ((damaged == NULL) == (error != NULL));
      if (damaged)
        {
          g_autofree char *subject = g_tls_certificate_get_subject_name (damaged);
          g_autoptr (GDateTime) end = g_tls_certificate_get_not_valid_after (damaged);
          g_tls_certificate_verify (damaged, NULL, good);
        }
      der->data[i] ^= 0xff;
    }
}

/* One of them counts: GObject sets them in an order of its own. */
static void
test_two_certificates_in_one (void)
{
  g_autoptr (GError) error = NULL;
  LoopbackCredentials credentials;
  g_autofree char *first = NULL, *kept = NULL;
  g_autoptr (GByteArray) second = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;
  GType type = g_tls_backend_get_certificate_type (g_tls_backend_get_default ());

  if (!g_str_has_prefix (g_type_name (type), "GDtlsSwift"))
    {
      g_test_skip ("each provider complains in a log domain of its own");
      return;
    }
  loopback_credentials_init_from_environment (&credentials);
  g_object_get (credentials.server_certificate, "certificate-pem", &first, NULL);
  g_object_get (credentials.client_certificate, "certificate", &second, NULL);
  g_test_expect_message ("GDtlsSwift", G_LOG_LEVEL_CRITICAL, "*takes one certificate*");
  certificate = g_initable_new (type, NULL, &error, "certificate-pem", first, "certificate", second, NULL);
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
  g_object_get (certificate, "certificate-pem", &kept, NULL);
  g_assert_nonnull (kept);
  loopback_credentials_clear (&credentials);
}

static void
test_key_of_another_certificate (void)
{
  g_autoptr (GError) error = NULL;
  LoopbackCredentials credentials;
  LoopbackPair pair = { 0 };
  g_autofree char *certificate_pem = NULL, *key_pem = NULL;
  g_autofree char *mixed = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;

  loopback_credentials_init_from_environment (&credentials);
  g_object_get (credentials.server_certificate, "certificate-pem", &certificate_pem, NULL);
  g_object_get (credentials.client_certificate, "private-key-pem", &key_pem, NULL);
  mixed = g_strconcat (certificate_pem, key_pem, NULL);
  certificate = g_tls_certificate_new_from_pem (mixed, -1, &error);
  /* Where it is noticed is the provider's choice; that a handshake succeeds is not. */
  if (certificate)
    {
      g_set_object (&credentials.server_certificate, certificate);
      if (loopback_pair_init (&pair, &credentials, &error))
        g_assert_false (loopback_pair_handshake (&pair, 5, &error));
      loopback_pair_clear (&pair);
    }
  g_assert_nonnull (error);
  loopback_credentials_clear (&credentials);
}

static void
test_database_garbage (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = NULL;
  g_autoptr (GTlsDatabase) database = NULL;
  int fd = g_file_open_tmp ("garbage-XXXXXX.pem", &file, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_file_set_contents (file, "-----BEGIN CERTIFICATE-----\nTm8=\n-----END CERTIFICATE-----\n", -1, &error);
  g_assert_no_error (error);
  database = g_tls_file_database_new (file, &error);
  g_assert_error (error, G_TLS_ERROR, G_TLS_ERROR_MISC);
  g_assert_null (database);
  g_unlink (file);
}

static void
test_database_missing (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsDatabase) database = g_tls_file_database_new ("/nonexistent/authorities.pem", &error);

  g_assert_nonnull (error);
  g_assert_null (database);
}

static void
test_protocol_names_of_impossible_length (void)
{
  g_autoptr (GError) error = NULL;
  LoopbackCredentials credentials;
  LoopbackPair pair;
  g_autofree char *long_name = g_strnfill (300, 'x');
  const char *names[] = { "", long_name, "fine", NULL };

  loopback_credentials_init_from_environment (&credentials);
  g_assert_true (loopback_pair_init (&pair, &credentials, &error));
  /* Refusing is right, and so is leaving the impossible ones out, with a warning or without: none is fatal here. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_dtls_connection_set_advertised_protocols (G_DTLS_CONNECTION (pair.client), names);
  g_dtls_connection_set_advertised_protocols (G_DTLS_CONNECTION (pair.server), names);
  if (loopback_pair_handshake (&pair, 5, &error))
    {
      const char *agreed = g_dtls_connection_get_negotiated_protocol (G_DTLS_CONNECTION (pair.client));
      g_assert_true (agreed == NULL || g_str_equal (agreed, "fine"));
    }
  loopback_pair_clear (&pair);
  loopback_credentials_clear (&credentials);
}

static void
test_datagram_too_large (void)
{
  g_autoptr (GError) error = NULL;
  LoopbackCredentials credentials;
  LoopbackPair pair;
  g_autofree char *large = g_malloc0 (70000);
  char buffer[64];
  gsize received;

  loopback_credentials_init_from_environment (&credentials);
  g_assert_true (loopback_pair_init (&pair, &credentials, &error));
  g_assert_true (loopback_pair_handshake (&pair, 20, &error));
  g_assert_no_error (error);
  g_assert_false (datagram_send (pair.client, large, 70000, G_USEC_PER_SEC, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);
  /* And the connection is none the worse for it. */
  g_assert_true (datagram_send (pair.client, "after", 5, G_USEC_PER_SEC, &error));
  g_assert_true (datagram_receive (pair.server, buffer, sizeof buffer, &received, G_USEC_PER_SEC, &error));
  g_assert_cmpmem (buffer, received, "after", 5);
  loopback_pair_clear (&pair);
  loopback_credentials_clear (&credentials);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (provider_is_as_asked ());
  g_test_add_func ("/bad-input/client-without-socket", test_client_without_socket);
  g_test_add_func ("/bad-input/server-without-socket", test_server_without_socket);
  g_test_add_func ("/bad-input/server-certificate-without-key", test_server_certificate_without_key);
  g_test_add_func ("/bad-input/server-without-certificate-fails-to-handshake",
                   test_server_without_certificate_fails_to_handshake);
  g_test_add_func ("/bad-input/pem-garbage", test_pem_garbage);
  g_test_add_func ("/bad-input/damaged-der", test_damaged_der);
  g_test_add_func ("/bad-input/two-certificates-in-one", test_two_certificates_in_one);
  g_test_add_func ("/bad-input/key-of-another-certificate", test_key_of_another_certificate);
  g_test_add_func ("/bad-input/database-garbage", test_database_garbage);
  g_test_add_func ("/bad-input/database-missing", test_database_missing);
  g_test_add_func ("/bad-input/protocol-names-of-impossible-length", test_protocol_names_of_impossible_length);
  g_test_add_func ("/bad-input/datagram-too-large", test_datagram_too_large);
  return g_test_run ();
}
