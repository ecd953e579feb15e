// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#ifndef _GNU_SOURCE
#define _GNU_SOURCE // dladdr
#endif

#include "library.h"

#include <dlfcn.h>
#include <stdlib.h>

#define SONAME "libgdtls-swift.so.0"
#define ENTRY_POINT "gdtls_swift_backend_get_vtable"

typedef struct
{
  const GTlsBackendInterface *vtable;
  char *failure;
} Library;

static Library *open_library (void);

const GTlsBackendInterface *
gdtls_swift_library_get (GError **error)
{
  static gsize once = 0;
  const Library *library;

  if (g_once_init_enter (&once))
    g_once_init_leave (&once, GPOINTER_TO_SIZE (open_library ()));

  library = GSIZE_TO_POINTER (once);
  if (library->vtable == NULL)
    g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE, library->failure);

  return library->vtable;
}

// The folder that this module's file really is in: a build tree opens it through a folder of symbolic links.
static char *
own_folder (void)
{
  Dl_info info;
  char *path, *folder;

  if (dladdr ((const void *) own_folder, &info) == 0 || info.dli_fname == NULL)
    return NULL;

  path = realpath (info.dli_fname, NULL);
  if (path == NULL)
    return NULL;

  folder = g_path_get_dirname (path);
  free (path);

  return folder;
}

// Appends to `failures` why it did not work.
static const GTlsBackendInterface *
try_library (const char *file, int extra_flags, GString *failures)
{
  const GTlsBackendInterface *(*entry_point) (void);
  const GTlsBackendInterface *vtable;
  const char *reason;
  void *handle;

  // RTLD_NOW: a library that is not whole must fail here, where GIO still has a choice, and not at a later call.
  handle = dlopen (file, RTLD_NOW | RTLD_LOCAL | extra_flags);
  if (handle != NULL)
    {
      *(void **) &entry_point = dlsym (handle, ENTRY_POINT);
      vtable = entry_point != NULL ? entry_point () : NULL;
      if (vtable != NULL)
        return vtable; // The handle stays open: types once registered need their code for good.
    }

  // RTLD_NOLOAD only asks whether the library is there already. A no is no failure, and may have no reason.
  reason = dlerror ();
  if (handle != NULL || (extra_flags & RTLD_NOLOAD) == 0)
    {
      if (failures->len > 0)
        g_string_append (failures, "; ");
      g_string_append (failures, reason != NULL ? reason : SONAME " has no backend to give");
    }

  // Last, since it frees the reason.
  if (handle != NULL)
    dlclose (handle);

  return NULL;
}

static const GTlsBackendInterface *
try_beside_us (const char *folder, const char *file, GString *failures)
{
  g_autofree char *path = NULL;

  if (folder == NULL)
    return NULL;

  path = g_canonicalize_filename (file, folder);

  return try_library (path, 0, failures);
}

static Library *
open_library (void)
{
  g_autofree char *folder = own_folder ();
  GString *failures = g_string_new (NULL);
  Library *library = g_new0 (Library, 1);

  // A program that is linked with the library must not get a second copy of it.
  library->vtable = try_library (SONAME, RTLD_NOLOAD, failures);
  // Installed: the module is in <libdir>/gio/modules, the library in <libdir>.
  if (library->vtable == NULL)
    library->vtable = try_beside_us (folder, "../../" SONAME, failures);
  // In a build tree both are in one folder, and the library has its plain name.
  if (library->vtable == NULL)
    library->vtable = try_beside_us (folder, "libgdtls-swift.so", failures);
  // Installed elsewhere: where the dynamic linker looks.
  if (library->vtable == NULL)
    library->vtable = try_library (SONAME, 0, failures);

  library->failure = g_strconcat ("The TLS backend gdtls-swift has no use of its library " SONAME " (", failures->str,
                                  "). Run \"make install\" of libgdtls-swift again, with the same PREFIX and LIBDIR, and "
                                  "install OpenSSL 3, which on Debian is libssl3.",
                                  NULL);
  g_string_free (failures, TRUE);

  return library;
}
