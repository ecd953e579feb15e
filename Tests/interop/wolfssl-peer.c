/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * wolfSSL as the other end. As a server it asks for a cookie.
 */
#include "foreign-peer.h"

/* Before everything else of it: how it was built. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

typedef struct
{
  WOLFSSL *ssl;
  int socket;
} Session;

static void
check (int result, WOLFSSL *ssl, const char *what)
{
  char reason[WOLFSSL_MAX_ERROR_SZ] = "";

  if (result == WOLFSSL_SUCCESS)
    return;
  if (ssl)
    wolfSSL_ERR_error_string (wolfSSL_get_error (ssl, result), reason);
  peer_fail ("%s: %s", what, reason);
}

static WOLFSSL_CTX *
make_context (const PeerOptions *options)
{
  WOLFSSL_CTX *context
      = wolfSSL_CTX_new (options->is_server ? wolfDTLSv1_2_server_method () : wolfDTLSv1_2_client_method ());

  if (!context)
    peer_fail ("no context");
  check (wolfSSL_CTX_load_verify_locations (context, options->authorities, NULL), NULL, options->authorities);
  if (options->certificate)
    {
      check (wolfSSL_CTX_use_certificate_chain_file (context, options->certificate), NULL, options->certificate);
      check (wolfSSL_CTX_use_PrivateKey_file (context, options->certificate, WOLFSSL_FILETYPE_PEM), NULL,
             options->certificate);
    }
  wolfSSL_CTX_set_verify (context,
                          options->is_server && !options->requires_certificate
                              ? WOLFSSL_VERIFY_NONE
                              : WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                          NULL);
  return context;
}

static void *
handshake (const PeerOptions *options)
{
  Session *self = calloc (1, sizeof *self);
  struct sockaddr_storage other;
  socklen_t size = sizeof other;

  wolfSSL_Init ();
  if (!self || getpeername (options->socket, (struct sockaddr *) &other, &size) < 0)
    peer_fail ("no session");
  self->socket = options->socket;
  self->ssl = wolfSSL_new (make_context (options));
  if (!self->ssl)
    peer_fail ("no session");
  wolfSSL_dtls_set_peer (self->ssl, &other, size);
  wolfSSL_set_fd (self->ssl, self->socket);
  wolfSSL_dtls_set_timeout_init (self->ssl, 1);
  if (options->is_server)
    check (wolfSSL_accept (self->ssl), self->ssl, "handshake");
  else
    {
      check (wolfSSL_check_domain_name (self->ssl, "localhost"), self->ssl, "host name");
      check (wolfSSL_connect (self->ssl), self->ssl, "handshake");
    }
  return self;
}

static void
send_text (void *session, const char *text, size_t size)
{
  Session *self = session;

  if (wolfSSL_write (self->ssl, text, size) != (int) size)
    check (0, self->ssl, "send");
}

static int
receive (void *session, char *buffer, size_t size, int milliseconds)
{
  Session *self = session;
  struct pollfd record = { .fd = self->socket, .events = POLLIN };
  int result, error;

  if (wolfSSL_pending (self->ssl) == 0 && poll (&record, 1, milliseconds) == 0)
    return -1;
  /* It waits by itself for so many seconds, in which a datagram that it drops ends in no other way. */
  wolfSSL_set_using_nonblock (self->ssl, 1);
  result = wolfSSL_read (self->ssl, buffer, size);
  if (result > 0)
    return result;
  error = wolfSSL_get_error (self->ssl, result);
  if (error == WOLFSSL_ERROR_ZERO_RETURN || (wolfSSL_get_shutdown (self->ssl) & WOLFSSL_RECEIVED_SHUTDOWN))
    return 0;
  if (error == WOLFSSL_ERROR_WANT_READ || error == WOLFSSL_ERROR_WANT_WRITE)
    return -1;
  check (result, self->ssl, "receive");
  return -1;
}

static void
say_goodbye (void *session)
{
  wolfSSL_shutdown (((Session *) session)->ssl);
}

int
main (int argc, char **argv)
{
  static const PeerLibrary library = { "wolfSSL", handshake, send_text, receive, say_goodbye };

  return peer_main (argc, argv, &library);
}
