/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenSSL as the other end, as any program uses it: a socket, and no filter in between.
 */
#include "foreign-peer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

static void
check (int result, const char *what)
{
  if (result != 1)
    peer_fail ("%s: %s", what, ERR_reason_error_string (ERR_peek_last_error ()));
}

static SSL_CTX *
make_context (const PeerOptions *options)
{
  SSL_CTX *context = SSL_CTX_new (options->is_server ? DTLS_server_method () : DTLS_client_method ());

  check (SSL_CTX_load_verify_locations (context, options->authorities, NULL), options->authorities);
  if (options->certificate)
    {
      check (SSL_CTX_use_certificate_chain_file (context, options->certificate), options->certificate);
      check (SSL_CTX_use_PrivateKey_file (context, options->certificate, SSL_FILETYPE_PEM), options->certificate);
    }
  SSL_CTX_set_verify (context,
                      options->is_server && !options->requires_certificate
                          ? SSL_VERIFY_NONE
                          : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                      NULL);
  return context;
}

/* Until there is something to read, or so many milliseconds, or the timer of a handshake wants to repeat a flight. */
static int
wait_readable (SSL *ssl, int milliseconds)
{
  struct pollfd record = { .fd = SSL_get_fd (ssl), .events = POLLIN };
  struct timeval left;
  int result;

  if (DTLSv1_get_timeout (ssl, &left) && left.tv_sec * 1000 + left.tv_usec / 1000 < milliseconds)
    milliseconds = left.tv_sec * 1000 + left.tv_usec / 1000 + 1;
  result = poll (&record, 1, milliseconds);
  if (DTLSv1_handle_timeout (ssl) < 0)
    peer_fail ("the handshake timed out");
  return result;
}

/* Its own timer begins with a second and doubles up to a minute: too slow for a network that loses this much. */
static unsigned int
next_timeout (SSL *ssl, unsigned int microseconds)
{
  return microseconds == 0 ? 500000 : microseconds < 4000000 ? 2 * microseconds : microseconds;
}

static void *
handshake (const PeerOptions *options)
{
  SSL *ssl = SSL_new (make_context (options));
  BIO *bio = BIO_new_dgram (options->socket, BIO_NOCLOSE);
  struct sockaddr_storage other;
  socklen_t size = sizeof other;
  int result;

  getpeername (options->socket, (struct sockaddr *) &other, &size);
  BIO_ctrl (bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &other);
  BIO_socket_nbio (options->socket, 1);
  SSL_set_bio (ssl, bio, bio);
  DTLS_set_timer_cb (ssl, next_timeout);
  if (options->is_server)
    SSL_set_accept_state (ssl);
  else
    {
      SSL_set_connect_state (ssl);
      check (SSL_set1_host (ssl, "localhost"), "host name");
      check (SSL_set_tlsext_host_name (ssl, "localhost"), "host name");
    }
  while ((result = SSL_do_handshake (ssl)) != 1)
    {
      if (SSL_get_error (ssl, result) != SSL_ERROR_WANT_READ)
        check (result, "handshake");
      wait_readable (ssl, 60000);
    }
  return ssl;
}

static void
send_text (void *ssl, const char *text, size_t size)
{
  size_t written;

  check (SSL_write_ex (ssl, text, size, &written), "send");
}

static int
receive (void *ssl, char *buffer, size_t size, int milliseconds)
{
  size_t received;

  if (SSL_has_pending (ssl) == 0 && wait_readable (ssl, milliseconds) == 0)
    return -1;
  if (SSL_read_ex (ssl, buffer, size, &received))
    return (int) received;
  switch (SSL_get_error (ssl, 0))
    {
    case SSL_ERROR_WANT_READ: return -1;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: check (0, "receive"); return -1;
    }
}

static void
say_goodbye (void *ssl)
{
  SSL_shutdown (ssl);
}

int
main (int argc, char **argv)
{
  static const PeerLibrary library = { "OpenSSL", handshake, send_text, receive, say_goodbye };

  return peer_main (argc, argv, &library);
}
