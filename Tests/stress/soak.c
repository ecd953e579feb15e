/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Associations that live: data both ways over real sockets that lose, repeat, swap and refuse datagrams, ends that
 * restart without a word on their old ports, and a wall clock that somebody sets all the time. In the pauses between
 * ten stages it looks at what the process holds. What has to hold: no association falls silent, no datagram comes twice
 * or from nowhere, and memory, threads and descriptors stay what they were.
 *   soak --seconds N --seed S
 */
#include "../support/faulty-base.h"
#include "../support/loopback.h"
#include "../support/process-figures.h"
#include "../support/watchdog.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define MILLISECOND (G_USEC_PER_SEC / 1000)
#define STAGES 10
/* Some are dropped and made anew all the time, the others live as long as the process. */
#define RESTLESS 6
#define RESIDENT 2
#define ASSOCIATIONS (RESTLESS + RESIDENT)
/* A handshake has 60 s, and the machine may be slow. */
#define PATIENCE 120
/* So long nothing arrives although both ends send a hundred datagrams a second, in seconds. */
#define SILENCE 60
/* What may be added from the second stage to the last, in KiB. */
#define MEMORY_TOLERANCE 768

static int seconds = 60, seed = -1;

static GOptionEntry options[] = {
  { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "How long (60)", "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "To repeat a run", "S" },
  { NULL }
};

static LoopbackCredentials credentials;
static _Atomic long handshakes, restarts, farewells, sent, received, refused, clock_steps;
static _Atomic gboolean stage_is_over;

/* --- the wall clock ----------------------------------------------------------------------------------------------- */

/* How wrong it goes, in seconds: never before now, for certificates may be of today. */
static _Atomic long clock_offset;

/* The library and what it uses call these, since the program exports them. */
int
clock_gettime (clockid_t clock, struct timespec *now)
{
  int result = (int) syscall (SYS_clock_gettime, clock, now);

  if (clock == CLOCK_REALTIME)
    now->tv_sec += clock_offset;
  return result;
}

int
gettimeofday (struct timeval *restrict now, void *restrict zone)
{
  struct timespec precise;
  int result = clock_gettime (CLOCK_REALTIME, &precise);

  *now = (struct timeval){ precise.tv_sec, precise.tv_nsec / 1000 };
  return result;
}

static gpointer
set_the_clock (gpointer data)
{
  GRand *rand = data;

  while (!stage_is_over)
    {
      clock_offset = g_rand_boolean (rand) ? g_rand_int_range (rand, 0, 60) : g_rand_int_range (rand, 0, 86400);
      clock_steps++;
      g_usleep (g_rand_int_range (rand, 50, 500) * MILLISECOND);
    }
  return NULL;
}

/* --- associations ------------------------------------------------------------------------------------------------- */

/* What one end has heard of the other: the highest number, and which of the 64 before it. */
typedef struct
{
  guint32 highest;
  guint64 seen;
} Heard;

typedef struct
{
  GRand *rand;
  gboolean is_resident;
  /* The client's first. */
  GSocket *sockets[2];
  GDatagramBased *bases[2];
  GDatagramBased *connections[2];
  guint32 said[2];
  Heard heard[2];
  /* The times of the last arrivals. */
  gint64 arrival[2];
} Association;

typedef struct
{
  /* Differs from one association of the two sockets to the next. */
  guint32 sender;
  guint32 number;
} Message;

/* Losses, full buffers and refused datagrams are what has to be lived with. */
static void
expect_noise (const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    g_error ("an association has ended: %s", error->message);
  refused++;
}

static void
make_end (Association *self, int end)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->connections[end]);
  if (end == 0)
    self->connections[0] = g_dtls_client_connection_new (self->bases[0], credentials.identity, &error);
  else
    self->connections[1] = g_dtls_server_connection_new (self->bases[1], credentials.server_certificate, &error);
  g_assert_no_error (error);
  if (end == 0)
    g_dtls_connection_set_database (G_DTLS_CONNECTION (self->connections[0]), credentials.authorities);
}

static void
shake_hands (Association *self)
{
  LoopbackPair pair = { .client = self->connections[0], .server = self->connections[1] };
  g_autoptr (GError) error = NULL;

  WATCHED ("handshake", PATIENCE, loopback_pair_handshake (&pair, PATIENCE, &error));
  if (error)
    g_error ("handshake: %s", error->message);
  handshakes++;
  for (int end = 0; end < 2; end++)
    {
      self->heard[end] = (Heard){ 0 };
      self->said[end] = 0;
      self->arrival[end] = g_get_monotonic_time ();
    }
}

static void
note_arrival (Association *self, int end, const Message *message)
{
  Heard *heard = &self->heard[end];
  guint32 number = message->number;

  if (message->sender != (guint32) (1 - end) || number == 0 || number > self->said[1 - end])
    g_error ("a datagram that the peer never sent");
  if (number > heard->highest)
    {
      guint32 distance = number - heard->highest;

      heard->seen = distance < 64 ? heard->seen << distance : 0;
      heard->seen |= 1;
      heard->highest = number;
    }
  else
    {
      guint32 age = heard->highest - number;

      if (age >= 64 || heard->seen >> age & 1)
        g_error ("datagram %u has come twice, or late beyond measure", number);
      heard->seen |= G_GUINT64_CONSTANT (1) << age;
    }
  self->arrival[end] = g_get_monotonic_time ();
  received++;
}

static void
say (Association *self, int end)
{
  char bytes[1000] = { 0 };
  Message message = { .sender = end, .number = self->said[end] + 1 };
  g_autoptr (GError) error = NULL;

  memcpy (bytes, &message, sizeof message);
  if (datagram_send (self->connections[end], bytes, g_rand_int_range (self->rand, sizeof message, sizeof bytes),
                     100 * MILLISECOND, &error))
    sent++;
  else
    expect_noise (error);
  /* A datagram that is refused may leave later all the same. */
  self->said[end]++;
}

static void
listen_to (Association *self, int end, gint64 timeout)
{
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      char bytes[1000];
      Message message;
      gsize size;
      gboolean has_come;

      WATCHED ("receive", PATIENCE, has_come = datagram_receive (self->connections[end], bytes, sizeof bytes, &size, timeout, &error));
      if (!has_come)
        {
          if (!error)
            g_error ("a farewell that nobody said");
          if (timeout == 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            return;
          expect_noise (error);
          return;
        }
      g_assert_cmpuint (size, >=, sizeof message);
      memcpy (&message, bytes, sizeof message);
      note_arrival (self, end, &message);
      timeout = 0;
    }
}

static void
converse (Association *self)
{
  for (int end = 0; end < 2; end++)
    say (self, end);
  for (int end = 0; end < 2; end++)
    listen_to (self, end, g_rand_int_range (self->rand, 0, 3) * MILLISECOND);
  for (int end = 0; end < 2; end++)
    if (g_get_monotonic_time () - self->arrival[end] > SILENCE * G_USEC_PER_SEC)
      g_error ("the %s has heard nothing for %d s", end == 0 ? "client" : "server", SILENCE);
  g_usleep (g_rand_int_range (self->rand, 1, 10) * MILLISECOND);
}

/* One end is gone and back on its port; the other does not know and goes on for a while, then it starts over as well. */
static void
restart (Association *self, int end)
{
  make_end (self, end);
  for (int i = g_rand_int_range (self->rand, 0, 10); i > 0; i--)
    {
      g_autoptr (GError) error = NULL;
      char bytes[1000];
      gsize size;

      say (self, 1 - end);
      /* Starts the handshake; what is under way belongs to the old association. */
      if (datagram_receive (self->connections[end], bytes, sizeof bytes, &size, 5 * MILLISECOND, &error))
        g_error ("a datagram of an association of earlier");
      expect_noise (error);
    }
  make_end (self, 1 - end);
  shake_hands (self);
  restarts++;
}

static void
part_politely (Association *self)
{
  for (int end = 0; end < 2; end++)
    {
      g_autoptr (GError) error = NULL;

      WATCHED ("close", PATIENCE, g_dtls_connection_close (G_DTLS_CONNECTION (self->connections[end]), NULL, &error));
      if (error)
        expect_noise (error);
    }
  for (int end = 0; end < 2; end++)
    make_end (self, end);
  shake_hands (self);
  farewells++;
}

static void
association_init (Association *self, GRand *rand, gboolean is_resident)
{
  FaultRates rates = { .lost = 50, .repeated = 20, .swapped = 20, .refused = 5, .failed = 2 };

  self->rand = g_rand_new_with_seed (g_rand_int (rand));
  self->is_resident = is_resident;
  for (int end = 0; end < 2; end++)
    self->sockets[end] = loopback_socket ();
  loopback_connect (self->sockets[0], self->sockets[1]);
  for (int end = 0; end < 2; end++)
    {
      self->bases[end] = faulty_base_new (self->sockets[end], &rates, g_rand_int (rand));
      make_end (self, end);
    }
}

static void
association_drop (Association *self)
{
  for (int end = 0; end < 2; end++)
    g_clear_object (&self->connections[end]);
}

static void
association_clear (Association *self)
{
  association_drop (self);
  for (int end = 0; end < 2; end++)
    {
      g_object_unref (self->bases[end]);
      g_object_unref (self->sockets[end]);
    }
  g_rand_free (self->rand);
}

/* --- stages ------------------------------------------------------------------------------------------------------- */

static gpointer
live (gpointer data)
{
  Association *self = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  if (!self->is_resident)
    for (int end = 0; end < 2; end++)
      make_end (self, end);
  if (!self->is_resident || self->said[0] == 0)
    shake_hands (self);
  for (int end = 0; end < 2; end++)
    self->arrival[end] = g_get_monotonic_time ();
  while (!stage_is_over)
    {
      converse (self);
      if (!self->is_resident && g_rand_int_range (self->rand, 0, 200) == 0)
        {
          if (g_rand_int_range (self->rand, 0, 3) == 0)
            part_politely (self);
          else
            restart (self, g_rand_int_range (self->rand, 0, 2));
        }
    }
  if (!self->is_resident)
    association_drop (self);
  g_main_context_pop_thread_default (context);
  return NULL;
}

/* Everybody lives for a while; then, while only the residents are there, what the process holds. */
static ProcessFigures
run_stage (Association *associations, GRand *rand, gint64 duration)
{
  GThread *threads[ASSOCIATIONS], *clock;

  stage_is_over = FALSE;
  for (int i = 0; i < ASSOCIATIONS; i++)
    threads[i] = g_thread_new ("association", live, &associations[i]);
  clock = g_thread_new ("clock", set_the_clock, rand);
  g_usleep (duration);
  stage_is_over = TRUE;
  for (int i = 0; i < ASSOCIATIONS; i++)
    g_thread_join (threads[i]);
  g_thread_join (clock);
  /* The worker may still be letting go of the last ones, and GLib's pool of its threads. */
  g_usleep (G_USEC_PER_SEC / 2);
  return process_figures ();
}

static gboolean
is_flat (const ProcessFigures *before, const ProcessFigures *after)
{
  return after->descriptors <= before->descriptors && after->threads <= before->threads
         && after->heap_kib <= before->heap_kib + MEMORY_TOLERANCE
         && after->resident_kib <= before->resident_kib + 8 * MEMORY_TOLERANCE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *title = NULL;
  Association associations[ASSOCIATIONS] = { 0 };
  ProcessFigures figures[STAGES];
  GRand *rand;
  gboolean is_good;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (seed < 0)
    seed = g_random_int_range (0, G_MAXINT);
  rand = g_rand_new_with_seed (seed);
  title = g_strdup_printf ("soak --seed %d", seed);
  g_print ("%s\n", title);
  watchdog_start (title);
  loopback_credentials_init_from_environment (&credentials);
  g_assert_true (provider_is_as_asked ());

  for (int i = 0; i < ASSOCIATIONS; i++)
    association_init (&associations[i], rand, i >= RESTLESS);
  for (int stage = 0; stage < STAGES; stage++)
    {
      long sent_before = sent, received_before = received;

      figures[stage] = run_stage (associations, rand, (gint64) seconds * G_USEC_PER_SEC / STAGES);
      g_print ("  stage %2d: heap %5ld KiB, resident %6ld KiB, %d threads, %d descriptors, %ld of %ld datagrams arrived\n",
               stage + 1, figures[stage].heap_kib, figures[stage].resident_kib, figures[stage].threads,
               figures[stage].descriptors, (long) received - received_before, (long) sent - sent_before);
    }
  for (int i = 0; i < ASSOCIATIONS; i++)
    association_clear (&associations[i]);
  loopback_credentials_clear (&credentials);
  g_rand_free (rand);

  /* The first stage makes what is made at first use, and is kept for good. */
  is_good = is_flat (&figures[1], &figures[STAGES - 1]);
  g_print ("soak, %d s: %ld handshakes, %ld restarts, %ld farewells, %ld clock steps, %.1f %% of %ld datagrams lost, %ld calls "
           "refused; since stage 2 heap %+ld KiB, resident %+ld KiB, threads %+d, descriptors %+d\n",
           seconds, (long) handshakes, (long) restarts, (long) farewells, (long) clock_steps,
           sent ? 100.0 * (double) (sent - received) / (double) sent : 0.0, (long) sent, (long) refused,
           figures[STAGES - 1].heap_kib - figures[1].heap_kib, figures[STAGES - 1].resident_kib - figures[1].resident_kib,
           figures[STAGES - 1].threads - figures[1].threads, figures[STAGES - 1].descriptors - figures[1].descriptors);
  g_print ("%s\n", is_good ? "1 passed, 0 failed" : "not flat\n0 passed, 1 failed");
  return is_good ? 0 : 1;
}
