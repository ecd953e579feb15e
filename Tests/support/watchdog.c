/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "watchdog.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_THREADS 256

/* One for each thread that is inside something. Pthreads, because the thread sanitizer cannot see through GLib's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct
{
  gboolean is_used;
  const char *what;
  gint64 since, deadline;
  /* The entry of the same thread around this one, or -1. */
  int outer;
} entries[MAX_THREADS];
static _Thread_local int innermost = -1;
static char *title;

static void
report (gint64 now)
{
  fprintf (stderr, "watchdog: %s: stalled\n", title);
  for (int i = 0; i < MAX_THREADS; i++)
    if (entries[i].is_used)
      fprintf (stderr, "watchdog:   a thread is in %s for %.1f s%s\n", entries[i].what,
               (double) (now - entries[i].since) / G_USEC_PER_SEC, now > entries[i].deadline ? ", too long" : "");
  /* For a debugger: WATCHDOG_SLEEP=1 keeps the process as it is. */
  if (g_getenv ("WATCHDOG_SLEEP"))
    {
      fprintf (stderr, "watchdog: process %d sleeps for a debugger\n", (int) getpid ());
      sleep (3600);
    }
  abort ();
}

static void *
watch (void *unused)
{
  for (;;)
    {
      gint64 now;

      g_usleep (G_USEC_PER_SEC / 5);
      pthread_mutex_lock (&lock);
      now = g_get_monotonic_time ();
      for (int i = 0; i < MAX_THREADS; i++)
        if (entries[i].is_used && now > entries[i].deadline)
          report (now);
      pthread_mutex_unlock (&lock);
    }
  return unused;
}

void
watchdog_start (const char *what)
{
  pthread_t thread;

  title = g_strdup (what);
  if (pthread_create (&thread, NULL, watch, NULL) != 0)
    g_error ("no thread for the watchdog");
  pthread_detach (thread);
}

void
watchdog_enter (const char *what, int seconds)
{
  gint64 now = g_get_monotonic_time ();
  int i = 0;

  pthread_mutex_lock (&lock);
  while (i < MAX_THREADS && entries[i].is_used)
    i++;
  if (i < MAX_THREADS)
    {
      entries[i].is_used = TRUE;
      entries[i].outer = innermost;
      innermost = i;
      entries[i].what = what;
      entries[i].since = now;
      entries[i].deadline = now + seconds * G_USEC_PER_SEC;
    }
  pthread_mutex_unlock (&lock);
  if (i == MAX_THREADS)
    g_error ("the watchdog watches %d threads at most", MAX_THREADS);
}

void
watchdog_leave (void)
{
  pthread_mutex_lock (&lock);
  entries[innermost].is_used = FALSE;
  innermost = entries[innermost].outer;
  pthread_mutex_unlock (&lock);
}
