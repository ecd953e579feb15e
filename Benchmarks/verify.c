/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Verifications of one certificate against one shared database: by one thread, and by one for each processor at once,
 * which is as many times the rate where no lock is held.
 */
#include "bench.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

typedef gboolean (*Verify) (const Bench *bench, gpointer what);

typedef struct
{
  const Bench *bench;
  gpointer what;
  Verify verify;
  double end;
  guint done;
} Worker;

static gpointer
work (gpointer data)
{
  Worker *worker = data;

  for (; wall_time () < worker->end; worker->done++)
    if (!worker->verify (worker->bench, worker->what))
      die ("the certificate was not verified");
  return NULL;
}

static double
rate (const Bench *bench, gpointer what, Verify verify, guint threads)
{
  g_autofree Worker *workers = g_new0 (Worker, threads);
  g_autofree GThread **running = g_new0 (GThread *, threads);
  double start = wall_time ();
  guint done = 0;

  for (guint i = 0; i < threads; i++)
    {
      workers[i] = (Worker){ bench, what, verify, start + bench->seconds * 1e6 / 2, 0 };
      running[i] = g_thread_new ("verify", work, &workers[i]);
    }
  for (guint i = 0; i < threads; i++)
    {
      g_thread_join (running[i]);
      done += workers[i].done;
    }
  return done / (wall_time () - start) * 1e6;
}

static void
report_rates (const Bench *bench, gpointer what, Verify verify)
{
  report ("verify-alone", rate (bench, what, verify, 1));
  report ("verify-together", rate (bench, what, verify, g_get_num_processors ()));
}

/* --- GIO -------------------------------------------------------------------------------------------------------- */

static gboolean
verify_by_gio (const Bench *bench, gpointer what)
{
  return g_tls_database_verify_chain (bench->credentials.authorities, bench->credentials.server_certificate,
                                      G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, bench->credentials.identity, NULL,
                                      G_TLS_DATABASE_VERIFY_NONE, NULL, NULL)
         == G_TLS_CERTIFICATE_NO_FLAGS;
}

void
verify_gio (const Bench *bench)
{
  report_rates (bench, NULL, verify_by_gio);
}

/* --- libssl ----------------------------------------------------------------------------------------------------- */

typedef struct
{
  X509_STORE *store;
  X509 *certificate;
} Case;

static gboolean
verify_by_libcrypto (const Bench *bench, gpointer what)
{
  Case *item = what;
  X509_STORE_CTX *context = X509_STORE_CTX_new ();
  gboolean is_good = X509_STORE_CTX_init (context, item->store, item->certificate, NULL) == 1;

  X509_STORE_CTX_set_purpose (context, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set1_host (X509_STORE_CTX_get0_param (context), "localhost", 0);
  is_good = is_good && X509_verify_cert (context) == 1;
  X509_STORE_CTX_free (context);
  return is_good;
}

void
verify_libssl (const Bench *bench)
{
  g_autofree char *authority = g_build_filename (bench->certificates, "ca.pem", NULL);
  g_autofree char *server = g_build_filename (bench->certificates, "server-p256.pem", NULL);
  Case item = { X509_STORE_new (), NULL };
  BIO *file = BIO_new_file (server, "r");

  if (!file || !(item.certificate = PEM_read_bio_X509 (file, NULL, NULL, NULL))
      || X509_STORE_load_locations (item.store, authority, NULL) != 1)
    die ("libcrypto cannot read the certificates");
  report_rates (bench, &item, verify_by_libcrypto);
  BIO_free (file);
  X509_free (item.certificate);
  X509_STORE_free (item.store);
}
