/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "libssl-pair.h"
#include "../Tests/support/loopback.h"
#include "measure.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <sys/socket.h>

#define LINK_MTU 1400

static SSL_CTX *
new_context (const SSL_METHOD *method, const char *certificates)
{
  SSL_CTX *context = SSL_CTX_new (method);
  g_autofree char *authorities = g_build_filename (certificates, "ca.pem", NULL);

  if (!context || !SSL_CTX_set_min_proto_version (context, DTLS1_2_VERSION)
      || !SSL_CTX_set_cipher_list (context, "ECDHE+AESGCM:ECDHE+CHACHA20")
      || !SSL_CTX_load_verify_locations (context, authorities, NULL))
    die ("libssl: %s", ERR_error_string (ERR_get_error (), NULL));
  SSL_CTX_set_options (context, SSL_OP_NO_QUERY_MTU);
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  return context;
}

void
libssl_contexts_init (LibsslContexts *contexts, const char *certificates)
{
  g_autofree char *file = g_build_filename (certificates, "server-p256.pem", NULL);

  contexts->client = new_context (DTLS_client_method (), certificates);
  SSL_CTX_set_verify (contexts->client, SSL_VERIFY_PEER, NULL);
  contexts->server = new_context (DTLS_server_method (), certificates);
  if (SSL_CTX_use_certificate_chain_file (contexts->server, file) != 1
      || SSL_CTX_use_PrivateKey_file (contexts->server, file, SSL_FILETYPE_PEM) != 1)
    die ("libssl: %s", ERR_error_string (ERR_get_error (), NULL));
}

void
libssl_contexts_clear (LibsslContexts *contexts)
{
  SSL_CTX_free (contexts->client);
  SSL_CTX_free (contexts->server);
}

static void
init_ends (LibsslPair *pair, const LibsslContexts *contexts)
{
  *pair = (LibsslPair){ .client = SSL_new (contexts->client), .server = SSL_new (contexts->server) };
  SSL_set_connect_state (pair->client);
  SSL_set_accept_state (pair->server);
  SSL_set1_host (pair->client, "localhost");
  SSL_set_tlsext_host_name (pair->client, "localhost");
  DTLS_set_link_mtu (pair->client, LINK_MTU);
  DTLS_set_link_mtu (pair->server, LINK_MTU);
}

/* The two halves of a byte stream. A flight comes out as one large datagram, which suits a baseline that shall have
 * no cost of transport. */
void
libssl_pair_init_in_memory (LibsslPair *pair, const LibsslContexts *contexts)
{
  BIO *one, *other;

  init_ends (pair, contexts);
  if (BIO_new_bio_pair (&one, 0, &other, 0) != 1)
    die ("libssl: no BIO pair");
  SSL_set_bio (pair->client, one, one);
  SSL_set_bio (pair->server, other, other);
}

static BIO *
datagram_bio (GSocket *socket)
{
  BIO *bio = BIO_new_dgram (g_socket_get_fd (socket), BIO_NOCLOSE);
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;

  /* libssl then uses send() and recv() on the connected socket, as GSocket does. */
  if (getpeername (g_socket_get_fd (socket), (struct sockaddr *) &peer, &size) != 0)
    die ("getpeername failed");
  BIO_ctrl (bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &peer);
  return bio;
}

void
libssl_pair_init_over_udp (LibsslPair *pair, const LibsslContexts *contexts)
{
  BIO *bio;

  init_ends (pair, contexts);
  pair->client_socket = loopback_socket ();
  pair->server_socket = loopback_socket ();
  loopback_connect (pair->client_socket, pair->server_socket);
  bio = datagram_bio (pair->client_socket);
  SSL_set_bio (pair->client, bio, bio);
  bio = datagram_bio (pair->server_socket);
  SSL_set_bio (pair->server, bio, bio);
}

static gboolean
step (SSL *ssl)
{
  int result = SSL_do_handshake (ssl);

  if (result == 1)
    return TRUE;
  if (SSL_get_error (ssl, result) != SSL_ERROR_WANT_READ)
    die ("libssl: %s", ERR_error_string (ERR_get_error (), NULL));
  return FALSE;
}

gboolean
libssl_pair_step (LibsslPair *pair)
{
  gboolean client_done = step (pair->client);
  gboolean server_done = step (pair->server);

  return client_done && server_done;
}

void
libssl_pair_handshake (LibsslPair *pair)
{
  while (!libssl_pair_step (pair))
    continue;
}

/* Not g_socket_set_blocking(), which leaves the descriptor as it is. */
static void
set_blocking (GSocket *socket, gboolean blocking)
{
  int fd = g_socket_get_fd (socket), flags = fcntl (fd, F_GETFL);

  fcntl (fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

void
libssl_pair_set_blocking (LibsslPair *pair, gboolean blocking)
{
  set_blocking (pair->client_socket, blocking);
  set_blocking (pair->server_socket, blocking);
}

void
libssl_pair_clear (LibsslPair *pair)
{
  SSL_shutdown (pair->client);
  SSL_shutdown (pair->server);
  SSL_free (pair->client);
  SSL_free (pair->server);
  g_clear_object (&pair->client_socket);
  g_clear_object (&pair->server_socket);
}
