/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "faulty-base.h"

#include <pthread.h>

struct _FaultyBase
{
  GObject parent;
  GSocket *socket;
  /* The rest is guarded by this; pthreads, because the thread sanitizer cannot see through GLib's. */
  pthread_mutex_t lock;
  GRand *rand;
  FaultRates rates;
  /* A datagram that the next one overtakes. */
  GBytes *held;
};

static void datagram_based_init (GDatagramBasedInterface *table);

G_DEFINE_TYPE_WITH_CODE (FaultyBase, faulty_base, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (G_TYPE_DATAGRAM_BASED, datagram_based_init))

typedef enum
{
  PASS,
  LOSE,
  REPEAT,
  SWAP,
  REFUSE,
  FAIL
} Fate;

/* With the lock. */
static Fate
draw (FaultyBase *self)
{
  int number = g_rand_int_range (self->rand, 0, 1000);
  const FaultRates *rates = &self->rates;
  const int shares[] = { rates->lost, rates->repeated, rates->swapped, rates->refused, rates->failed };

  for (gsize i = 0; i < G_N_ELEMENTS (shares); i++)
    if ((number -= shares[i]) < 0)
      return LOSE + i;
  return PASS;
}

static GBytes *
gather (const GOutputMessage *message)
{
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < message->num_vectors; i++)
    g_byte_array_append (bytes, message->vectors[i].buffer, message->vectors[i].size);
  return g_byte_array_free_to_bytes (bytes);
}

/* An error here is the socket's own: what is lost on the way nobody reports. */
static gboolean
pass (FaultyBase *self, GBytes *datagram, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (datagram, &size);

  return g_socket_send_with_blocking (self->socket, data ? data : "", size, FALSE, NULL, error) >= 0;
}

static gboolean
send_one (FaultyBase *self, GOutputMessage *message, GError **error)
{
  g_autoptr (GBytes) datagram = gather (message);
  GBytes *overtaken = NULL;
  gboolean is_sent = TRUE;
  Fate fate;

  pthread_mutex_lock (&self->lock);
  fate = draw (self);
  if (fate == SWAP && !self->held)
    self->held = g_bytes_ref (datagram);
  else if (fate != REFUSE && fate != FAIL)
    overtaken = g_steal_pointer (&self->held);
  pthread_mutex_unlock (&self->lock);

  switch (fate)
    {
    case REFUSE:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "a full buffer");
      return FALSE;
    case FAIL:
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "an ICMP error");
      return FALSE;
    case REPEAT:
      pass (self, datagram, NULL);
      is_sent = pass (self, datagram, error);
      break;
    case SWAP:
      is_sent = !overtaken || pass (self, datagram, error);
      break;
    case PASS:
      is_sent = pass (self, datagram, error);
      break;
    case LOSE:
      break;
    }
  if (overtaken)
    {
      pass (self, overtaken, NULL);
      g_bytes_unref (overtaken);
    }
  message->bytes_sent = g_bytes_get_size (datagram);
  return is_sent;
}

static int
send_messages (GDatagramBased *base, GOutputMessage *messages, guint count, int flags, gint64 timeout,
               GCancellable *cancellable, GError **error)
{
  guint sent = 0;

  while (sent < count && send_one (FAULTY_BASE (base), messages + sent, sent == 0 ? error : NULL))
    sent++;
  return sent > 0 ? (int) sent : count == 0 ? 0 : -1;
}

static int
receive_messages (GDatagramBased *base, GInputMessage *messages, guint count, int flags, gint64 timeout,
                  GCancellable *cancellable, GError **error)
{
  FaultyBase *self = FAULTY_BASE (base);
  gboolean fails;

  pthread_mutex_lock (&self->lock);
  fails = g_rand_int_range (self->rand, 0, 1000) < self->rates.failed;
  pthread_mutex_unlock (&self->lock);
  if (fails)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "an ICMP error");
      return -1;
    }
  return g_datagram_based_receive_messages (G_DATAGRAM_BASED (self->socket), messages, count, flags, timeout,
                                            cancellable, error);
}

static GSource *
create_source (GDatagramBased *base, GIOCondition condition, GCancellable *cancellable)
{
  return g_datagram_based_create_source (G_DATAGRAM_BASED (FAULTY_BASE (base)->socket), condition, cancellable);
}

static GIOCondition
condition_check (GDatagramBased *base, GIOCondition condition)
{
  return g_datagram_based_condition_check (G_DATAGRAM_BASED (FAULTY_BASE (base)->socket), condition);
}

static gboolean
condition_wait (GDatagramBased *base, GIOCondition condition, gint64 timeout, GCancellable *cancellable, GError **error)
{
  return g_datagram_based_condition_wait (G_DATAGRAM_BASED (FAULTY_BASE (base)->socket), condition, timeout,
                                          cancellable, error);
}

static void
datagram_based_init (GDatagramBasedInterface *table)
{
  table->send_messages = send_messages;
  table->receive_messages = receive_messages;
  table->create_source = create_source;
  table->condition_check = condition_check;
  table->condition_wait = condition_wait;
}

static void
finalize (GObject *object)
{
  FaultyBase *self = FAULTY_BASE (object);

  g_object_unref (self->socket);
  g_rand_free (self->rand);
  g_clear_pointer (&self->held, g_bytes_unref);
  pthread_mutex_destroy (&self->lock);
  G_OBJECT_CLASS (faulty_base_parent_class)->finalize (object);
}

static void
faulty_base_class_init (FaultyBaseClass *class)
{
  G_OBJECT_CLASS (class)->finalize = finalize;
}

static void
faulty_base_init (FaultyBase *self)
{
  pthread_mutex_init (&self->lock, NULL);
}

GDatagramBased *
faulty_base_new (GSocket *socket, const FaultRates *rates, guint32 seed)
{
  FaultyBase *self = g_object_new (FAULTY_TYPE_BASE, NULL);

  self->socket = g_object_ref (socket);
  self->rand = g_rand_new_with_seed (seed);
  self->rates = *rates;
  return G_DATAGRAM_BASED (self);
}

void
faulty_base_set_rates (FaultyBase *self, const FaultRates *rates)
{
  pthread_mutex_lock (&self->lock);
  self->rates = *rates;
  pthread_mutex_unlock (&self->lock);
}
