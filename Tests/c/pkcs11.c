/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keys in PKCS #11 tokens, as a program that knows GIO alone has them. SOFTHSM2_CONF names the tokens "Server" and
 * "Client" of make-test-tokens.sh, which p11-kit has to know of. Each case is a process that ends as programs do.
 */
#include "../support/loopback.h"

#include <sys/wait.h>
#include <unistd.h>

#define SERVER "pkcs11:token=Server;object=server-p256"
#define CLIENT "pkcs11:token=Client;object=client-p256"

/* A user who knows the PINs of all tokens, and is asked in whatever thread waits for them. */
typedef struct
{
  GTlsInteraction parent;
  guint questions;
} User;

typedef GTlsInteractionClass UserClass;

static GType user_get_type (void);
G_DEFINE_TYPE (User, user, G_TYPE_TLS_INTERACTION)

static GTlsInteractionResult
user_ask_password (GTlsInteraction *interaction, GTlsPassword *password, GCancellable *cancellable, GError **error)
{
  /* Some providers put the token's URI behind its name. */
  g_autofree char *description = g_strstrip (g_strdup (g_tls_password_get_description (password)));
  g_auto (GStrv) words = g_strsplit (description, " ", 2);
  g_autofree char *pin = g_strdup_printf ("PIN of %s", words[0]);

  ((User *) interaction)->questions++;
  g_assert_cmpint (g_tls_password_get_flags (password) & G_TLS_PASSWORD_RETRY, ==, 0);
  g_tls_password_set_value (password, (const guchar *) pin, -1);
  return G_TLS_INTERACTION_HANDLED;
}

static void
user_class_init (UserClass *class)
{
  class->ask_password = user_ask_password;
}

static void
user_init (User *user)
{
}

static gboolean
accept_verified (GDtlsConnection *connection, GTlsCertificate *certificate, GTlsCertificateFlags flags, gpointer data)
{
  return flags == G_TLS_CERTIFICATE_NO_FLAGS;
}

static GTlsCertificate *
token_certificate (const char *uri)
{
  g_autoptr (GError) error = NULL;
  GTlsCertificate *certificate = g_tls_certificate_new_from_pkcs11_uris (uri, NULL, &error);

  g_assert_no_error (error);
  return certificate;
}

static void
test_conversation (void)
{
  g_autoptr (GError) error = NULL;
  LoopbackCredentials credentials;
  User *user = g_object_new (user_get_type (), NULL);

  loopback_credentials_init_from_environment (&credentials);
  g_object_unref (credentials.server_certificate);
  g_object_unref (credentials.client_certificate);
  credentials.server_certificate = token_certificate (SERVER);
  credentials.client_certificate = token_certificate (CLIENT);
  for (int i = 0; i < 2; i++)
    {
      LoopbackPair pair;
      char buffer[64];
      gsize received;

      g_assert_true (loopback_pair_init (&pair, &credentials, &error));
      g_dtls_connection_set_interaction (G_DTLS_CONNECTION (pair.server), G_TLS_INTERACTION (user));
      g_dtls_connection_set_interaction (G_DTLS_CONNECTION (pair.client), G_TLS_INTERACTION (user));
      g_object_set (pair.server, "authentication-mode", G_TLS_AUTHENTICATION_REQUIRED, NULL);
      g_dtls_connection_set_database (G_DTLS_CONNECTION (pair.server), credentials.authorities);
      g_dtls_connection_set_certificate (G_DTLS_CONNECTION (pair.client), credentials.client_certificate);
      g_signal_connect (pair.server, "accept-certificate", G_CALLBACK (accept_verified), NULL);
      g_assert_true (loopback_pair_handshake (&pair, 30, &error));
      g_assert_no_error (error);
      g_assert_true (datagram_send (pair.client, "hello", 5, G_USEC_PER_SEC, &error));
      g_assert_true (datagram_receive (pair.server, buffer, sizeof buffer, &received, G_USEC_PER_SEC * 10, &error));
      g_assert_cmpmem (buffer, received, "hello", 5);
      loopback_pair_clear (&pair);
    }
  /* Once for each token, or for each connection: that is the provider's choice. */
  g_assert_cmpuint (user->questions, >=, 2);
  g_assert_cmpuint (user->questions, <=, 4);
  loopback_credentials_clear (&credentials);
  g_object_unref (user);
}

/* The conversation in a process of its own, which may use one bridge to OpenSSL alone. */
static void
test_conversation_over (const char *bridge)
{
  g_autofree char *no_bridge = NULL;

  if (g_strcmp0 (g_getenv ("GIO_USE_TLS"), "gdtls-swift") != 0)
    {
      g_test_skip ("another provider does not know GDTLS_SWIFT_PKCS11");
      return;
    }
  g_setenv ("GDTLS_SWIFT_PKCS11", bridge, TRUE);
  g_test_trap_subprocess ("/pkcs11/subprocess/is-supported", 60 * G_USEC_PER_SEC, 0);
  if (!g_test_trap_has_passed ())
    {
      no_bridge = g_strdup_printf ("OpenSSL has no pkcs11 %s on this system", bridge);
      g_test_skip (no_bridge);
      return;
    }
  g_test_trap_subprocess ("/pkcs11/conversation", 60 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
}

static void
test_engine (void)
{
  test_conversation_over ("engine");
}

static void
test_provider (void)
{
  test_conversation_over ("provider");
}

static void
subprocess_is_supported (void)
{
  g_object_unref (token_certificate (SERVER));
}

static void
subprocess_nothing_installed (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (g_tls_certificate_new_from_pkcs11_uris (SERVER, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "pkcs11-provider"));
  g_assert_nonnull (strstr (error->message, "libengine-pkcs11-openssl"));
}

static void
test_nothing_installed (void)
{
  if (g_strcmp0 (g_getenv ("GIO_USE_TLS"), "gdtls-swift") != 0)
    {
      g_test_skip ("another provider does not know GDTLS_SWIFT_PKCS11");
      return;
    }
  g_setenv ("GDTLS_SWIFT_PKCS11", "neither", TRUE);
  g_test_trap_subprocess ("/pkcs11/subprocess/nothing-installed", 60 * G_USEC_PER_SEC, 0);
  g_test_trap_assert_passed ();
}

/* A fork has to initialise modules anew, which nobody tells it. */
static void
test_fork (void)
{
  g_autoptr (GTlsCertificate) before = token_certificate (SERVER);
  pid_t child = fork ();
  int status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      g_autoptr (GTlsCertificate) after = token_certificate (SERVER);

      _exit (g_tls_certificate_is_same (before, after) ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (provider_is_as_asked ());
  g_test_add_func ("/pkcs11/conversation", test_conversation);
  g_test_add_func ("/pkcs11/conversation-over-engine", test_engine);
  g_test_add_func ("/pkcs11/conversation-over-provider", test_provider);
  g_test_add_func ("/pkcs11/nothing-installed", test_nothing_installed);
  g_test_add_func ("/pkcs11/fork", test_fork);
  g_test_add_func ("/pkcs11/subprocess/is-supported", subprocess_is_supported);
  g_test_add_func ("/pkcs11/subprocess/nothing-installed", subprocess_nothing_installed);
  return g_test_run ();
}
