/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A DTLS client and a DTLS server in one process, on two UDP sockets of the loopback interface that are connected to
 * each other. For the tests and the benchmarks; knows <gio/gio.h> alone.
 */
#pragma once

#include <gio/gio.h>

/* What both ends are made of; read once and shared by all pairs. */
typedef struct
{
  GTlsCertificate *server_certificate;
  GTlsCertificate *client_certificate;
  GTlsDatabase *authorities;
  GSocketConnectable *identity;
} LoopbackCredentials;

typedef struct
{
  GSocket *client_socket;
  GSocket *server_socket;
  GDatagramBased *client;
  GDatagramBased *server;
} LoopbackPair;

/* Reads ca.pem, server-p256.pem and client-p256.pem of the folder; aborts if it cannot. */
void loopback_credentials_init (LoopbackCredentials *credentials, const char *directory);

/* The same from the folder that the environment variable TEST_CERTIFICATES names. */
void loopback_credentials_init_from_environment (LoopbackCredentials *credentials);

void loopback_credentials_clear (LoopbackCredentials *credentials);

/* A new UDP socket on a free port of 127.0.0.1. */
GSocket *loopback_socket (void);

/* Connects each socket to the other. */
void loopback_connect (GSocket *one, GSocket *other);

/* Makes sockets and connections; no handshake yet. */
gboolean loopback_pair_init (LoopbackPair *pair, const LoopbackCredentials *credentials, GError **error);

/* Both ends by handshake_async, on the thread-default context; TIMED_OUT after so many seconds. */
gboolean loopback_pair_handshake (LoopbackPair *pair, guint seconds, GError **error);

/* Drops connections and sockets, without a goodbye of our own. */
void loopback_pair_clear (LoopbackPair *pair);

/* One datagram out. */
gboolean datagram_send (GDatagramBased *socket, const void *data, gsize size, gint64 timeout, GError **error);

/* One datagram in: TRUE and its size; FALSE and an error; or FALSE and none when the peer has closed. */
gboolean datagram_receive (GDatagramBased *socket, void *buffer, gsize size, gsize *received, gint64 timeout,
                           GError **error);

/* Whether GIO's TLS provider is the one that GIO_USE_TLS asks for: GIO falls back silently to another. */
gboolean provider_is_as_asked (void);
