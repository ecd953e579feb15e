/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The baseline: a DTLS client and server by libssl alone, joined in memory or over UDP.
 */
#pragma once

#include <gio/gio.h>
#include <openssl/ssl.h>

/* One SSL_CTX for each side, shared by all its pairs, as a careful program would have it. */
typedef struct
{
  SSL_CTX *client;
  SSL_CTX *server;
} LibsslContexts;

typedef struct
{
  SSL *client;
  SSL *server;
  /* NULL when joined in memory. */
  GSocket *client_socket;
  GSocket *server_socket;
} LibsslPair;

void libssl_contexts_init (LibsslContexts *contexts, const char *certificates);
void libssl_contexts_clear (LibsslContexts *contexts);

void libssl_pair_init_in_memory (LibsslPair *pair, const LibsslContexts *contexts);
void libssl_pair_init_over_udp (LibsslPair *pair, const LibsslContexts *contexts);

/* One turn of each side's handshake; TRUE when both are through. Dies of an error. */
gboolean libssl_pair_step (LibsslPair *pair);

void libssl_pair_handshake (LibsslPair *pair);

/* Has the sockets wait, or not (the default). */
void libssl_pair_set_blocking (LibsslPair *pair, gboolean blocking);

/* Says goodbye and frees. */
void libssl_pair_clear (LibsslPair *pair);
