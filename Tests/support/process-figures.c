/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "process-figures.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

static int
entries (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  int count = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir))
    count++;
  g_dir_close (dir);
  return count;
}

static long
resident_kib (void)
{
  FILE *file = fopen ("/proc/self/statm", "r");
  long size = 0, resident = 0;

  g_assert_nonnull (file);
  g_assert_cmpint (fscanf (file, "%ld %ld", &size, &resident), ==, 2);
  fclose (file);
  return resident * (sysconf (_SC_PAGESIZE) / 1024);
}

ProcessFigures
process_figures (void)
{
  struct mallinfo2 heap;

  malloc_trim (0);
  heap = mallinfo2 ();
  return (ProcessFigures){
    /* Less the one that looks. */
    .descriptors = entries ("/proc/self/fd") - 1,
    .threads = entries ("/proc/self/task"),
    .resident_kib = resident_kib (),
    .heap_kib = (long) ((heap.uordblks + heap.hblkhd) / 1024),
  };
}
