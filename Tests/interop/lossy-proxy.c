/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A network between a client and a server on 127.0.0.1 that loses, repeats, delays and so swaps datagrams, and that
 * large ones do not get through. What it does follows from the seed and the order in which datagrams come.
 *   lossy-proxy --to PORT [--port N] [--seed S] [--loss %] [--duplicate %] [--delay MILLISECONDS] [--mtu BYTES]
 *     [--lose-first N]
 * Says "port N" on which it takes the client's. Each client has a way of its own; ends when it is killed, or after
 * --seconds.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLIENTS 64
#define MAX_HELD 1024
#define MAX_DATAGRAM 65536

static int server_port, own_port, loss, duplicate, delay, mtu = MAX_DATAGRAM, seconds = 600;
/* So many of the first datagrams to the server are lost, each but for its repetition. */
static int lose_first;
static uint64_t seed = 1;

/* One client, and the socket in whose name it speaks to the server. */
static struct
{
  struct sockaddr_in address;
  int upstream;
} clients[MAX_CLIENTS];
static int client_count;
static int downstream;

/* What is on its way. */
typedef struct
{
  int64_t due;
  int client;
  bool to_server;
  int size;
  char *bytes;
} Held;
static Held held[MAX_HELD];
static int held_count;
static long passed, lost;

static int64_t
milliseconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* xorshift64*; 0 to 99 */
static int
percent (void)
{
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  return (int) ((seed * 0x2545F4914F6CDD1D >> 33) % 100);
}

static void
pass (const Held *datagram)
{
  passed++;
  if (datagram->to_server)
    send (clients[datagram->client].upstream, datagram->bytes, datagram->size, 0);
  else
    sendto (downstream, datagram->bytes, datagram->size, 0, (struct sockaddr *) &clients[datagram->client].address,
            sizeof clients[datagram->client].address);
}

static void
hold (int client, bool to_server, const char *bytes, int size)
{
  Held *datagram = &held[held_count];

  if (held_count == MAX_HELD)
    return;
  *datagram = (Held){ .client = client, .to_server = to_server, .size = size, .bytes = malloc (size + 1) };
  if (!datagram->bytes)
    exit (1);
  memcpy (datagram->bytes, bytes, size);
  datagram->due = milliseconds () + (delay > 0 ? delay * percent () / 100 : 0);
  held_count++;
}

static void
take (int client, bool to_server, const char *bytes, int size)
{
  static int number;
  bool is_early = to_server && ++number <= 2 * lose_first && number % 2 == 1;

  if (size > mtu || is_early || percent () < loss)
    {
      lost++;
      return;
    }
  hold (client, to_server, bytes, size);
  if (percent () < duplicate)
    hold (client, to_server, bytes, size);
}

/* Passes on what is due and says how long until there is more. */
static int
flush_due (void)
{
  int64_t now = milliseconds (), next = now + 1000;

  for (int i = 0; i < held_count;)
    if (held[i].due <= now)
      {
        pass (&held[i]);
        free (held[i].bytes);
        memmove (&held[i], &held[i + 1], (--held_count - i) * sizeof held[0]);
      }
    else
      {
        next = held[i].due < next ? held[i].due : next;
        i++;
      }
  return (int) (next - now);
}

static int
loopback_socket (int port, bool is_server)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  int descriptor = socket (AF_INET, SOCK_DGRAM, 0), result;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  result = is_server ? connect (descriptor, (struct sockaddr *) &address, sizeof address)
                     : bind (descriptor, (struct sockaddr *) &address, sizeof address);
  if (descriptor < 0 || result < 0)
    {
      perror ("lossy-proxy");
      exit (1);
    }
  return descriptor;
}

/* The client of an address; a new one takes the place of the oldest where there are too many. */
static int
client_of (const struct sockaddr_in *address)
{
  static int oldest;
  int i;

  for (i = 0; i < client_count; i++)
    if (clients[i].address.sin_port == address->sin_port)
      return i;
  if (client_count < MAX_CLIENTS)
    i = client_count++;
  else
    {
      i = oldest;
      oldest = (oldest + 1) % MAX_CLIENTS;
      close (clients[i].upstream);
    }
  clients[i].address = *address;
  clients[i].upstream = loopback_socket (server_port, true);
  return i;
}

static void
run (void)
{
  static char bytes[MAX_DATAGRAM];
  int64_t end = milliseconds () + seconds * 1000ll;

  while (milliseconds () < end)
    {
      struct pollfd records[MAX_CLIENTS + 1] = { { .fd = downstream, .events = POLLIN } };
      struct sockaddr_in address;
      socklen_t length = sizeof address;
      int count = client_count;
      ssize_t size;

      for (int i = 0; i < count; i++)
        records[i + 1] = (struct pollfd){ .fd = clients[i].upstream, .events = POLLIN };
      poll (records, count + 1, flush_due ());
      for (int i = 0; i < count; i++)
        if (records[i + 1].revents && (size = recv (clients[i].upstream, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0)
          take (i, false, bytes, (int) size);
      if (records[0].revents
          && (size = recvfrom (downstream, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *) &address, &length)) >= 0)
        take (client_of (&address), true, bytes, (int) size);
    }
}

int
main (int argc, char **argv)
{
  static const struct option names[] = {
    { "to", required_argument, NULL, 't' },        { "port", required_argument, NULL, 'p' },
    { "seed", required_argument, NULL, 's' },      { "loss", required_argument, NULL, 'l' },
    { "duplicate", required_argument, NULL, 'd' }, { "delay", required_argument, NULL, 'y' },
    { "mtu", required_argument, NULL, 'm' },       { "seconds", required_argument, NULL, 'e' },
    { "lose-first", required_argument, NULL, 'f' }, { NULL, 0, NULL, 0 },
  };
  struct sockaddr_in own;
  socklen_t length = sizeof own;
  int option;

  while ((option = getopt_long (argc, argv, "", names, NULL)) != -1)
    switch (option)
      {
      case 't': server_port = atoi (optarg); break;
      case 'p': own_port = atoi (optarg); break;
      case 's': seed = strtoull (optarg, NULL, 10) * 2 + 1; break;
      case 'l': loss = atoi (optarg); break;
      case 'd': duplicate = atoi (optarg); break;
      case 'y': delay = atoi (optarg); break;
      case 'm': mtu = atoi (optarg); break;
      case 'f': lose_first = atoi (optarg); break;
      case 'e': seconds = atoi (optarg); break;
      default: return 2;
      }
  downstream = loopback_socket (own_port, false);
  getsockname (downstream, (struct sockaddr *) &own, &length);
  printf ("port %d\n", ntohs (own.sin_port));
  fflush (stdout);
  run ();
  printf ("%ld passed on, %ld lost\n", passed, lost);
  return 0;
}
