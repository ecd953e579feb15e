/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "foreign-peer.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* How long a client waits before it says the same again, and a server for somebody who says nothing more. */
#define REPEAT_MILLISECONDS 300
#define SILENCE_MILLISECONDS 5000
/* More than the 32 in a row that libssl takes over a stream. */
#define EMPTY_DATAGRAMS 40

void
peer_fail (const char *format, ...)
{
  va_list arguments;

  printf ("error ");
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  printf ("\n");
  exit (1);
}

static struct sockaddr_in
loopback (int port)
{
  return (struct sockaddr_in){
    .sin_family = AF_INET,
    .sin_port = htons (port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
  };
}

static int
connected_socket (int connect_port, int listen_port)
{
  int descriptor = socket (AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in own = loopback (listen_port > 0 ? listen_port : 0), other = loopback (connect_port);
  socklen_t size = sizeof own;
  char nothing;

  if (descriptor < 0 || bind (descriptor, (struct sockaddr *) &own, sizeof own) < 0
      || getsockname (descriptor, (struct sockaddr *) &own, &size) < 0)
    peer_fail ("no socket");
  if (connect_port == 0)
    {
      printf ("port %d\n", ntohs (own.sin_port));
      fflush (stdout);
      size = sizeof other;
      recvfrom (descriptor, &nothing, 1, MSG_PEEK, (struct sockaddr *) &other, &size);
    }
  if (connect (descriptor, (struct sockaddr *) &other, sizeof other) < 0)
    peer_fail ("no connection");
  return descriptor;
}

static bool
is_text (const char *buffer, int size, const char *text)
{
  return (size_t) size == strlen (text) && memcmp (buffer, text, size) == 0;
}

static void
be_client (const PeerLibrary *library, void *session, const char *text, const char *expected)
{
  char buffer[2048];
  int size;

  for (;;)
    {
      library->send (session, text, strlen (text));
      size = library->receive (session, buffer, sizeof buffer, REPEAT_MILLISECONDS);
      if (size == 0)
        peer_fail ("the server closed instead of answering");
      if (size > 0 && is_text (buffer, size, expected))
        return;
      if (size > 0)
        peer_fail ("\"%.*s\" came", size, buffer);
    }
}

static void
be_server (const PeerLibrary *library, void *session, const char *text, const char *expected)
{
  char buffer[2048];
  bool has_come = false;
  int size, silence = 0;

  while (silence < SILENCE_MILLISECONDS)
    {
      size = library->receive (session, buffer, sizeof buffer, REPEAT_MILLISECONDS);
      if (size == 0)
        break;
      if (size < 0)
        {
          silence += has_come ? REPEAT_MILLISECONDS : 0;
          continue;
        }
      if (!is_text (buffer, size, expected))
        peer_fail ("\"%.*s\" came", size, buffer);
      has_come = true;
      silence = 0;
      library->send (session, text, strlen (text));
    }
  if (!has_come)
    peer_fail ("the client closed without a word");
}

int
peer_main (int argc, char **argv, const PeerLibrary *library)
{
  static const struct option names[] = {
    { "connect", required_argument, NULL, 'c' }, { "listen", required_argument, NULL, 'l' },
    { "cert", required_argument, NULL, 'k' },    { "ca", required_argument, NULL, 'a' },
    { "require", no_argument, NULL, 'r' },       { "send", required_argument, NULL, 's' },
    { "expect", required_argument, NULL, 'e' },  { "empty", no_argument, NULL, 'n' },
    { NULL, 0, NULL, 0 },
  };
  PeerOptions options = { .is_server = false };
  const char *text = "hello", *expected = "hello";
  int option, connect_port = 0, listen_port = 0;
  void *session;

  /* Nothing here may outlive the test. */
  alarm (120);
  while ((option = getopt_long (argc, argv, "", names, NULL)) != -1)
    switch (option)
      {
      case 'c': connect_port = atoi (optarg); break;
      case 'l': listen_port = atoi (optarg); break;
      case 'k': options.certificate = optarg; break;
      case 'a': options.authorities = optarg; break;
      case 'r': options.requires_certificate = true; break;
      case 's': text = optarg; break;
      case 'e': expected = optarg; break;
      case 'n': options.begins_empty = true; break;
      default: return 2;
      }
  options.is_server = connect_port == 0;
  options.socket = connected_socket (connect_port, listen_port);
  session = library->handshake (&options);
  printf ("session of %s\n", library->name);
  fflush (stdout);
  if (options.is_server)
    be_server (library, session, text, expected);
  else
    {
      for (int i = 0; options.begins_empty && i < EMPTY_DATAGRAMS; i++)
        library->send (session, "", 0);
      be_client (library, session, text, expected);
    }
  library->close (session);
  printf ("ok\n");
  return 0;
}
