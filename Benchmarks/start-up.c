/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the installed module adds to the start of a program that uses TLS and never asked for it:
 *   start-up FOLDER-OF-MODULES-WITHOUT FOLDER-OF-MODULES-WITH
 * GIO opens all modules that have a TLS backend to find the best. Each sample is a process of its own, the two folders
 * in turn, so that neighbours in time share the noise.
 */
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>

#define SAMPLES 101

/* The child: how long GIO takes to have its default TLS backend, and which that is. */
static int
start (void)
{
  gint64 before = g_get_monotonic_time ();
  GTlsBackend *backend = g_tls_backend_get_default ();

  printf ("%" G_GINT64_FORMAT " %s\n", g_get_monotonic_time () - before, G_OBJECT_TYPE_NAME (backend));
  return 0;
}

static gint64
sample (const char *program, const char *folder, char *backend)
{
  const char *arguments[] = { program, NULL };
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "GIO_MODULE_DIR", folder, TRUE);
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  gint64 microseconds;
  int status;

  environment = g_environ_unsetenv (environment, "GIO_USE_TLS");
  environment = g_environ_unsetenv (environment, "GIO_EXTRA_MODULES");
  if (!g_spawn_sync (NULL, (char **) arguments, environment, 0, NULL, NULL, &output, NULL, &status, &error)
      || !g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", program, error->message);
  if (sscanf (output, "%" G_GINT64_FORMAT " %63s", &microseconds, backend) != 2)
    g_error ("%s said: %s", program, output);
  return microseconds;
}

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

int
main (int argc, char **argv)
{
  gint64 times[2][SAMPLES], added[SAMPLES];
  char backends[2][64];
  int i, folder;

  if (argc == 1)
    return start ();
  if (argc != 3)
    {
      fprintf (stderr, "usage: %s FOLDER-WITHOUT FOLDER-WITH\n", argv[0]);
      return 2;
    }
  for (i = 0; i < SAMPLES; i++)
    {
      for (folder = 0; folder < 2; folder++)
        times[folder][i] = sample (argv[0], argv[folder + 1], backends[folder]);
      added[i] = times[1][i] - times[0][i];
    }
  for (folder = 0; folder < 2; folder++)
    qsort (times[folder], SAMPLES, sizeof (gint64), compare);
  qsort (added, SAMPLES, sizeof (gint64), compare);
  printf ("start-up of TLS: %s in %" G_GINT64_FORMAT " µs without the module, %s in %" G_GINT64_FORMAT
          " µs with it, which adds %" G_GINT64_FORMAT " µs (medians of %d)\n",
          backends[0], times[0][SAMPLES / 2], backends[1], times[1][SAMPLES / 2], added[SAMPLES / 2], SAMPLES);
  return g_str_equal (backends[0], backends[1]) ? 0 : 1;
}
