/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _GNU_SOURCE
#include "measure.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double
clock_microseconds (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

double
cpu_time (void)
{
  return clock_microseconds (CLOCK_PROCESS_CPUTIME_ID);
}

double
wall_time (void)
{
  return clock_microseconds (CLOCK_MONOTONIC);
}

gsize
heap_in_use (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

gsize
resident (void)
{
  unsigned long total, pages = 0;
  FILE *statm = fopen ("/proc/self/statm", "r");

  if (!statm || fscanf (statm, "%lu %lu", &total, &pages) != 2)
    die ("/proc/self/statm cannot be read");
  fclose (statm);
  return pages * sysconf (_SC_PAGESIZE);
}

guint
thread_count (void)
{
  guint n = 0;
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);

  while (tasks && g_dir_read_name (tasks))
    n++;
  return n;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double one = *(const double *) a, other = *(const double *) b;

  return (one > other) - (one < other);
}

double
percentile (GArray *samples, double percent)
{
  if (samples->len == 0)
    return 0;
  g_array_sort (samples, compare);
  return g_array_index (samples, double, (guint) ((samples->len - 1) * percent / 100));
}

void
report (const char *metric, double value)
{
  g_print ("%s %.3f\n", metric, value);
}

void
die (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  exit (1);
}
