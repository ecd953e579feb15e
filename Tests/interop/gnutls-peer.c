/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * GnuTLS as the other end.
 */
#include "foreign-peer.h"

#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>


static void
check (int result, const char *what)
{
  if (result < 0)
    peer_fail ("%s: %s", what, gnutls_strerror (result));
}

static gnutls_certificate_credentials_t
make_credentials (const PeerOptions *options)
{
  gnutls_certificate_credentials_t credentials;

  check (gnutls_certificate_allocate_credentials (&credentials), "credentials");
  check (gnutls_certificate_set_x509_trust_file (credentials, options->authorities, GNUTLS_X509_FMT_PEM),
         options->authorities);
  if (options->certificate)
    check (gnutls_certificate_set_x509_key_file (credentials, options->certificate, options->certificate,
                                                 GNUTLS_X509_FMT_PEM),
           options->certificate);
  return credentials;
}

static void *
handshake (const PeerOptions *options)
{
  gnutls_session_t session;
  int result;

  check (gnutls_init (&session, (options->is_server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_DATAGRAM), "session");
  check (gnutls_set_default_priority (session), "priorities");
  check (gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, make_credentials (options)), "credentials");
  if (options->is_server)
    gnutls_certificate_server_set_request (session,
                                           options->requires_certificate ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
  if (!options->is_server || options->requires_certificate)
    gnutls_session_set_verify_cert (session, options->is_server ? NULL : "localhost", 0);
  gnutls_transport_set_int (session, options->socket);
  gnutls_dtls_set_timeouts (session, 500, 60000);
  gnutls_handshake_set_timeout (session, 60000);
  do
    result = gnutls_handshake (session);
  while (result < 0 && gnutls_error_is_fatal (result) == 0);
  check (result, "handshake");
  return session;
}

static void
send_text (void *session, const char *text, size_t size)
{
  ssize_t result;

  do
    result = gnutls_record_send (session, text, size);
  while (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED);
  check ((int) result, "send");
}

static int
receive (void *session, char *buffer, size_t size, int milliseconds)
{
  ssize_t result;

  gnutls_record_set_timeout (session, milliseconds);
  result = gnutls_record_recv (session, buffer, size);
  if (result == GNUTLS_E_TIMEDOUT || (result < 0 && gnutls_error_is_fatal ((int) result) == 0))
    return -1;
  check ((int) result, "receive");
  return (int) result;
}

static void
say_goodbye (void *session)
{
  gnutls_bye (session, GNUTLS_SHUT_WR);
}

int
main (int argc, char **argv)
{
  static const PeerLibrary library = { "GnuTLS", handshake, send_text, receive, say_goodbye };

  return peer_main (argc, argv, &library);
}
