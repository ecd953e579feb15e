/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The installed header stands alone, and what it declares is in the library: each type is what its comment says.
 */
#include "../../include/gdtls-swift/gdtls-swift.h"

#include <dlfcn.h>

static void
check_type (gconstpointer data)
{
  const gchar *symbol = data;
  GType (*get_type) (void);
  void *library;

  /* Whatever backend is the default, the module has opened the library if it is ours. */
  if (g_strcmp0 (g_getenv ("GIO_USE_TLS"), "gdtls-swift") != 0)
    {
      g_test_skip ("another provider is being tested");
      return;
    }
  g_tls_backend_get_default ();
  library = dlopen ("libgdtls-swift.so.0", RTLD_NOW | RTLD_NOLOAD);
  g_assert_nonnull (library);
  *(void **) &get_type = dlsym (library, symbol);
  g_assert_nonnull (get_type);
  g_assert_true (g_str_has_prefix (g_type_name (get_type ()), "GDtlsSwift"));
  g_assert_true (g_type_is_a (get_type (), G_TYPE_OBJECT));
}

int
main (int argc, char **argv)
{
  static const gchar *const symbols[] = {
    "gdtls_swift_certificate_get_type",       "gdtls_swift_database_get_type",
    "gdtls_swift_file_database_get_type",     "gdtls_swift_client_connection_get_type",
    "gdtls_swift_server_connection_get_type",
  };
  gsize i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (symbols); i++)
    {
      g_autofree gchar *path = g_strconcat ("/header/", symbols[i], NULL);
      g_test_add_data_func (path, symbols[i], check_type);
    }
  return g_test_run ();
}
