/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SSLKEYLOGFILE: who sets it gets the secrets of all conversations in a file, and nobody else does. Each case runs this
 * program anew as "key-log --converse FOLDER COUNT", since the environment is looked at once.
 */
#include "../support/loopback.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PATIENCE 60
#define NOBODY 65534

typedef struct
{
  char *folder;
  char *log;
} Fixture;

static const char *program;

/* --- the conversations -------------------------------------------------------------------------------------------- */

static int
converse (const char *folder, int count)
{
  LoopbackCredentials credentials;

  /* GIO loads no modules for a setuid program that the environment names, but may be told of them. */
  if (getauxval (AT_SECURE))
    {
      g_io_extension_point_register (G_TLS_BACKEND_EXTENSION_POINT_NAME);
      g_io_modules_scan_all_in_directory (folder);
    }
  g_assert_true (provider_is_as_asked ());
  loopback_credentials_init_from_environment (&credentials);
  for (int i = 0; i < count; i++)
    {
      LoopbackPair pair;
      g_autoptr (GError) error = NULL;

      loopback_pair_init (&pair, &credentials, &error);
      g_assert_no_error (error);
      loopback_pair_handshake (&pair, PATIENCE, &error);
      g_assert_no_error (error);
      loopback_pair_clear (&pair);
    }
  loopback_credentials_clear (&credentials);
  return 0;
}

static void
become_nobody (gpointer unused)
{
  if (setgid (NOBODY) != 0 || setuid (NOBODY) != 0)
    _exit (3);
}

/* Runs the program; a variable of no value is not set. Returns what it wrote to stderr. */
static char *
run (const char *file, const char *log, int count, GSpawnChildSetupFunc setup)
{
  g_autofree char *number = g_strdup_printf ("%d", count);
  const char *arguments[] = { file, "--converse", g_getenv ("GIO_MODULE_DIR") ? g_getenv ("GIO_MODULE_DIR") : "/nowhere",
                              number, NULL };
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (GError) error = NULL;
  char *complaints = NULL;
  int status;

  environment = log ? g_environ_setenv (environment, "SSLKEYLOGFILE", log, TRUE)
                    : g_environ_unsetenv (environment, "SSLKEYLOGFILE");
  g_spawn_sync (NULL, (char **) arguments, environment, G_SPAWN_STDOUT_TO_DEV_NULL, setup, NULL, NULL, &complaints,
                &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", error->message, complaints);
  return complaints;
}

static void
run_quietly (const char *log, int count)
{
  g_autofree char *complaints = run (program, log, count, NULL);

  g_assert_cmpstr (complaints, ==, "");
}

/* --- the cases ---------------------------------------------------------------------------------------------------- */

static gboolean
is_ours (void)
{
  if (g_strcmp0 (g_getenv ("GIO_USE_TLS"), "gdtls-swift") == 0)
    return TRUE;
  g_test_skip ("other providers promise nothing of the kind");
  return FALSE;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("key-log-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->log = g_build_filename (fixture->folder, "keys", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
      g_remove (path);
    }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->log);
}

static void
assert_lines (const char *path, guint expected)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (text, "\n"));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, expected + 1);
  for (guint i = 0; i < expected; i++)
    if (!g_regex_match_simple ("^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$", lines[i], 0, 0))
      g_error ("no line of a key log: %s", lines[i]);
  /* Both ends log: the same secret, client and server one after the other. */
  for (guint i = 0; i + 1 < expected; i += 2)
    {
      g_assert_cmpstr (lines[i], ==, lines[i + 1]);
      if (i > 0)
        g_assert_cmpstr (lines[i], !=, lines[i - 1]);
    }
}

static void
test_both_ends_write_a_line (Fixture *fixture, gconstpointer unused)
{
  if (!is_ours ())
    return;
  run_quietly (fixture->log, 1);
  assert_lines (fixture->log, 2);
}

static void
test_connections_and_processes_append (Fixture *fixture, gconstpointer unused)
{
  if (!is_ours ())
    return;
  run_quietly (fixture->log, 3);
  assert_lines (fixture->log, 6);
  run_quietly (fixture->log, 1);
  assert_lines (fixture->log, 8);
}

static void
test_nobody_else_may_read_it (Fixture *fixture, gconstpointer unused)
{
  GStatBuf status;

  if (!is_ours ())
    return;
  umask (0);
  run_quietly (fixture->log, 1);
  g_assert_cmpint (g_stat (fixture->log, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, 0600);
}

static void
test_nothing_is_written_unasked (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GDir) dir = NULL;

  if (!is_ours ())
    return;
  g_chdir (fixture->folder);
  run_quietly (NULL, 1);
  run_quietly ("", 1);
  dir = g_dir_open (fixture->folder, 0, NULL);
  g_assert_null (g_dir_read_name (dir));
}

static void
assert_one_warning (const char *complaints, const char *path)
{
  const char *first = strstr (complaints, path);

  if (!first || strstr (first + 1, path) || !strstr (complaints, "WARNING"))
    g_error ("not one warning of %s: %s", path, complaints);
}

/* Conversations go on, and one warning says what is wrong. */
static void
test_a_file_that_cannot_be_opened (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *path = g_build_filename (fixture->folder, "missing", "keys", NULL);
  g_autofree char *complaints = NULL;

  if (!is_ours ())
    return;
  complaints = run (program, path, 2, NULL);
  assert_one_warning (complaints, path);
}

/* A pipe without a reader would stop the process or end it. */
static void
test_a_pipe_is_no_log (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *complaints = NULL;

  if (!is_ours ())
    return;
  g_assert_cmpint (mkfifo (fixture->log, 0600), ==, 0);
  complaints = run (program, fixture->log, 2, NULL);
  assert_one_warning (complaints, fixture->log);
}

/* The environment of a setuid program is its user's, who must not learn its secrets, nor write files in its name. */
static void
test_setuid_programs_write_none (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *copy = NULL, *contents = NULL, *complaints = NULL;
  struct statvfs file_system;
  g_autoptr (GError) error = NULL;
  gsize size;

  if (!is_ours ())
    return;
  if (geteuid () != 0)
    {
      g_test_skip ("making a program setuid root takes root");
      return;
    }
  g_assert_cmpint (statvfs (fixture->folder, &file_system), ==, 0);
  if (file_system.f_flag & ST_NOSUID)
    {
      g_test_skip ("the folder for temporary files is mounted without setuid programs: set TMPDIR");
      return;
    }
  copy = g_build_filename (fixture->folder, "setuid", NULL);
  g_file_get_contents (program, &contents, &size, &error);
  g_assert_no_error (error);
  g_file_set_contents_full (copy, contents, size, G_FILE_SET_CONTENTS_NONE, 0700, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (copy, 04755), ==, 0);
  g_assert_cmpint (g_chmod (fixture->folder, 0777), ==, 0);

  /* As root, whom it lends nothing, it writes: what is tested is the bit, not the copy. */
  complaints = run (copy, fixture->log, 1, NULL);
  g_assert_cmpstr (complaints, ==, "");
  assert_lines (fixture->log, 2);
  g_assert_cmpint (g_remove (fixture->log), ==, 0);

  g_clear_pointer (&complaints, g_free);
  complaints = run (copy, fixture->log, 1, become_nobody);
  g_assert_cmpstr (complaints, ==, "");
  g_assert_false (g_file_test (fixture->log, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "both-ends-write-a-line", test_both_ends_write_a_line },
    { "connections-and-processes-append", test_connections_and_processes_append },
    { "nobody-else-may-read-it", test_nobody_else_may_read_it },
    { "nothing-is-written-unasked", test_nothing_is_written_unasked },
    { "a-file-that-cannot-be-opened", test_a_file_that_cannot_be_opened },
    { "a-pipe-is-no-log", test_a_pipe_is_no_log },
    { "setuid-programs-write-none", test_setuid_programs_write_none },
  };

  if (argc == 4 && g_str_equal (argv[1], "--converse"))
    return converse (argv[2], (int) g_ascii_strtoll (argv[3], NULL, 10));
  program = g_canonicalize_filename (argv[0], NULL);
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/key-log/", tests[i].name, NULL);
      g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
    }
  return g_test_run ();
}
