/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One benchmark on one provider, since GIO chooses its provider once for a process:
 *   bench NAME libssl|gio CERTIFICATES SECONDS
 * Prints "METRIC VALUE" lines. Ends with 77 if GIO does not have the provider that GIO_USE_TLS names.
 */
#include "bench.h"

#include <sys/resource.h>

static const struct
{
  const char *name;
  void (*gio) (const Bench *bench);
  void (*libssl) (const Bench *bench);
} benchmarks[] = {
  { "handshake", handshake_gio, handshake_libssl },
  { "datagrams", datagrams_gio, datagrams_libssl },
  { "round-trip", round_trip_gio, round_trip_libssl },
  { "many", many_gio, many_libssl },
  { "verify", verify_gio, verify_libssl },
  { "memory", memory_gio, memory_libssl },
};

/* Hundreds of pairs need more files than a shell grants by default. */
static void
allow_many_files (void)
{
  struct rlimit files;

  if (getrlimit (RLIMIT_NOFILE, &files) == 0)
    {
      files.rlim_cur = files.rlim_max;
      setrlimit (RLIMIT_NOFILE, &files);
    }
}

int
main (int argc, char **argv)
{
  Bench bench = { 0 };
  gboolean gio = argc == 5 && g_str_equal (argv[2], "gio");

  if (argc != 5 || !(gio || g_str_equal (argv[2], "libssl")))
    die ("usage: bench NAME libssl|gio CERTIFICATES SECONDS");
  /* GTlsFileDatabase insists on it. */
  bench.certificates = g_canonicalize_filename (argv[3], NULL);
  bench.seconds = g_ascii_strtod (argv[4], NULL);
  allow_many_files ();
  if (gio)
    {
      if (!provider_is_as_asked ())
        return 77;
      loopback_credentials_init (&bench.credentials, bench.certificates);
    }
  else
    libssl_contexts_init (&bench.contexts, bench.certificates);

  for (gsize i = 0; i < G_N_ELEMENTS (benchmarks); i++)
    if (g_str_equal (argv[1], benchmarks[i].name))
      {
        (gio ? benchmarks[i].gio : benchmarks[i].libssl) (&bench);
        return 0;
      }
  die ("no such benchmark: %s", argv[1]);
}
