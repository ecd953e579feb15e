/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "gdtls-swift-version.h"

G_BEGIN_DECLS

#define GDTLS_SWIFT_TYPE_DATABASE (gdtls_swift_database_get_type ())
#define GDTLS_SWIFT_DATABASE(object)                                                                                   \
  (G_TYPE_CHECK_INSTANCE_CAST ((object), GDTLS_SWIFT_TYPE_DATABASE, GDtlsSwiftDatabase))
#define GDTLS_SWIFT_DATABASE_CLASS(klass)                                                                              \
  (G_TYPE_CHECK_CLASS_CAST ((klass), GDTLS_SWIFT_TYPE_DATABASE, GDtlsSwiftDatabaseClass))
#define GDTLS_SWIFT_IS_DATABASE(object) (G_TYPE_CHECK_INSTANCE_TYPE ((object), GDTLS_SWIFT_TYPE_DATABASE))
#define GDTLS_SWIFT_IS_DATABASE_CLASS(klass) (G_TYPE_CHECK_CLASS_TYPE ((klass), GDTLS_SWIFT_TYPE_DATABASE))
#define GDTLS_SWIFT_DATABASE_GET_CLASS(object)                                                                         \
  (G_TYPE_INSTANCE_GET_CLASS ((object), GDTLS_SWIFT_TYPE_DATABASE, GDtlsSwiftDatabaseClass))

typedef struct _GDtlsSwiftDatabase GDtlsSwiftDatabase;
typedef struct _GDtlsSwiftDatabaseClass GDtlsSwiftDatabaseClass;

/**
 * GDtlsSwiftDatabase:
 *
 * The authorities that this system trusts: a #GTlsDatabase, whatever the process's TLS backend is.
 *
 * They are read when they are first needed, once for the process. Any thread.
 *
 * Since: 1.0
 */
struct _GDtlsSwiftDatabase
{
  GTlsDatabase parent_instance;

  /*< private >*/
  gpointer reserved[2];
};

/**
 * GDtlsSwiftDatabaseClass:
 * @parent_class: the parent class
 *
 * The class struct. It has no functions of its own.
 *
 * Since: 1.0
 */
struct _GDtlsSwiftDatabaseClass
{
  GTlsDatabaseClass parent_class;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GDtlsSwiftDatabase, g_object_unref)

/**
 * gdtls_swift_database_get_type:
 *
 * Returns: the #GType `GDtlsSwiftDatabase`. Any thread.
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GType gdtls_swift_database_get_type (void);

/**
 * gdtls_swift_database_get_default:
 *
 * The database of the authorities that this system trusts, one for the process: what connections verify their peers
 * against where the program sets no other. Any thread.
 *
 * It is the library's own, even where a program has replaced GIO's by g_tls_backend_set_default_database().
 *
 * Returns: (transfer full): the database. Free it with g_object_unref().
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GTlsDatabase *gdtls_swift_database_get_default (void);

G_END_DECLS
