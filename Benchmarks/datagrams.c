/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CPU time of a datagram: sent by one end and received by the other, in one thread, over UDP on loopback.
 */
#include "bench.h"

#define BATCH 16
#define LARGE 1200
#define TIMEOUT (2 * G_USEC_PER_SEC)

static const gsize sizes[] = { 64, LARGE };

typedef struct
{
  GOutputVector out_vectors[BATCH];
  GOutputMessage out[BATCH];
  GInputVector in_vectors[BATCH];
  GInputMessage in[BATCH];
  guint8 space[BATCH][2 * LARGE];
} Messages;

static void
messages_init (Messages *messages, const void *payload, gsize size)
{
  for (int i = 0; i < BATCH; i++)
    {
      messages->out_vectors[i] = (GOutputVector){ payload, size };
      messages->out[i] = (GOutputMessage){ .vectors = &messages->out_vectors[i], .num_vectors = 1 };
      messages->in_vectors[i] = (GInputVector){ messages->space[i], sizeof messages->space[i] };
      messages->in[i] = (GInputMessage){ .vectors = &messages->in_vectors[i], .num_vectors = 1 };
    }
}

/* Sends so many messages by one call and receives them, by as few calls as the provider needs. */
static void
exchange (LoopbackPair *pair, Messages *messages, int count)
{
  g_autoptr (GError) error = NULL;
  int n;

  for (int sent = 0; sent < count; sent += n)
    if ((n = g_datagram_based_send_messages (pair->client, messages->out + sent, count - sent, 0, TIMEOUT, NULL, &error))
        <= 0)
      die ("send: %s", error ? error->message : "nothing sent");
  for (int received = 0; received < count; received += n)
    if ((n = g_datagram_based_receive_messages (pair->server, messages->in, count - received, 0, TIMEOUT, NULL, &error))
        <= 0)
      die ("receive: %s", error ? error->message : "end of connection");
}

void
datagrams_gio (const Bench *bench)
{
  g_autoptr (GError) error = NULL;
  g_autofree Messages *messages = g_new0 (Messages, 1);
  guint8 payload[LARGE] = { 0 };
  static const int counts[] = { 1, BATCH };
  LoopbackPair pair;

  if (!loopback_pair_init (&pair, &bench->credentials, &error) || !loopback_pair_handshake (&pair, 20, &error))
    die ("handshake: %s", error->message);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (counts); j++)
      {
        g_autofree char *metric = g_strdup_printf ("datagram-%zu%s", sizes[i], counts[j] > 1 ? "-batch" : "");
        double end = wall_time () + bench->seconds * 1e6 / 4;
        double cpu;
        int n;

        messages_init (messages, payload, sizes[i]);
        for (n = 0; n < 100; n++)
          exchange (&pair, messages, counts[j]);
        cpu = cpu_time ();
        for (n = 0; wall_time () < end; n += counts[j])
          exchange (&pair, messages, counts[j]);
        report (metric, (cpu_time () - cpu) / n);
      }
  loopback_pair_clear (&pair);
}

void
datagrams_libssl (const Bench *bench)
{
  LibsslPair pair;
  guint8 payload[LARGE] = { 0 };

  libssl_pair_init_over_udp (&pair, &bench->contexts);
  libssl_pair_handshake (&pair);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *metric = g_strdup_printf ("datagram-%zu", sizes[i]);
      double end = wall_time () + bench->seconds * 1e6 / 4;
      double cpu = cpu_time ();
      int n;

      for (n = 0; wall_time () < end; n++)
        {
          guint8 space[2 * LARGE];

          if (SSL_write (pair.client, payload, sizes[i]) != (int) sizes[i]
              || SSL_read (pair.server, space, sizeof space) != (int) sizes[i])
            die ("libssl: a datagram went missing");
        }
      report (metric, (cpu_time () - cpu) / n);
    }
  libssl_pair_clear (&pair);
}
