/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One end of an interoperation test, made of another DTLS library: what does not depend on the library. It behaves as
 * `gio-peer --repeat` does: a client sends its text until the reply comes, a server answers until the client says
 * goodbye or is silent, and one line says what came of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct
{
  bool is_server;
  /* A certificate with its key, or NULL; whom to trust; a server: whether the client has to have a certificate. */
  const char *certificate, *authorities;
  bool requires_certificate;
  /* A client: whether it sends empty datagrams first, which only some libraries can. */
  bool begins_empty;
  /* A UDP socket that is connected to the other end, and on a server has its first datagram waiting. */
  int socket;
} PeerOptions;

typedef struct
{
  const char *name;
  /* Shakes hands and gives the session, or ends the program by peer_fail(). */
  void *(*handshake) (const PeerOptions *options);
  void (*send) (void *session, const char *text, size_t size);
  /* Waits so many milliseconds: the size of what came, 0 for a goodbye, -1 for nothing. */
  int (*receive) (void *session, char *buffer, size_t size, int milliseconds);
  void (*close) (void *session);
} PeerLibrary;

int peer_main (int argc, char **argv, const PeerLibrary *library);

/* Says "error ..." and exits. */
_Noreturn void peer_fail (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
