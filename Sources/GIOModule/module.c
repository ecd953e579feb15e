// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// The three functions that GIO looks for in a module. Every TLS program on the system loads this module, whichever
// backend it then uses: nothing here may open the library, read a file or take time.

#include <gio/gio.h>

#include "backend.h"

void g_io_gdtls_swift_load (GIOModule *module);
void g_io_gdtls_swift_unload (GIOModule *module);
char **g_io_gdtls_swift_query (void);

// Below every backend that has TLS over streams, so that nobody gets this one who did not ask for it.
#define PRIORITY (-10)

void
g_io_gdtls_swift_load (GIOModule *module)
{
  // GIO unloads a module right after its load unless something uses it. Our types must not go: the Swift runtime that
  // implements them cannot be unmapped.
  g_type_module_use (G_TYPE_MODULE (module));

  gdtls_swift_backend_register (G_TYPE_MODULE (module));
  g_io_extension_point_implement (G_TLS_BACKEND_EXTENSION_POINT_NAME, gdtls_swift_backend_get_type (), "gdtls-swift",
                                  PRIORITY);
}

void
g_io_gdtls_swift_unload (GIOModule *module)
{
}

char **
g_io_gdtls_swift_query (void)
{
  char *extension_points[] = { G_TLS_BACKEND_EXTENSION_POINT_NAME, NULL };

  return g_strdupv (extension_points);
}
