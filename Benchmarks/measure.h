/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Clocks, samples and the process's own size.
 */
#pragma once

#include <glib.h>

/* CPU time of the whole process, all threads, in microseconds. */
double cpu_time (void);

/* Wall time in microseconds. */
double wall_time (void);

/* Bytes allocated by malloc, all threads, and bytes of memory resident. */
gsize heap_in_use (void);
gsize resident (void);

/* Threads of this process now. */
guint thread_count (void);

/* A GArray of doubles; PERCENT 50 is the median. Sorts it. */
double percentile (GArray *samples, double percent);

/* One line for the script that makes the table: a metric's name and its value. */
void report (const char *metric, double value);

/* Ends the program with a message. */
void die (const char *format, ...) G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN;
