// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#define G_LOG_DOMAIN "GDtlsSwift"

#include "backend.h"

#include "library.h"
#include "stream.h"

typedef struct
{
  GObject parent_instance;
} GTlsBackendGdtlsSwift;

typedef struct
{
  GObjectClass parent_class;
} GTlsBackendGdtlsSwiftClass;

static void initable_iface_init (GInitableIface *iface);
static void backend_iface_init (GTlsBackendInterface *iface);

G_DEFINE_DYNAMIC_TYPE_EXTENDED (GTlsBackendGdtlsSwift, gdtls_swift_backend, G_TYPE_OBJECT, G_TYPE_FLAG_FINAL,
                                G_IMPLEMENT_INTERFACE_DYNAMIC (G_TYPE_INITABLE, initable_iface_init)
                                G_IMPLEMENT_INTERFACE_DYNAMIC (G_TYPE_TLS_BACKEND, backend_iface_init))

static void gdtls_swift_backend_init (GTlsBackendGdtlsSwift *self) {}
static void gdtls_swift_backend_class_init (GTlsBackendGdtlsSwiftClass *klass) {}
static void gdtls_swift_backend_class_finalize (GTlsBackendGdtlsSwiftClass *klass) {}

void
gdtls_swift_backend_register (GTypeModule *module)
{
  gdtls_swift_backend_register_type (module);
}

// GIO tries the next backend where this fails, so a library that is missing or broken costs nobody their TLS. It drops the
// error and says nothing; but whoever comes here has asked for this backend, or has no other.
static gboolean
initable_init (GInitable *initable, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (gdtls_swift_library_get (&failure) != NULL)
    return TRUE;

  g_warning ("%s", failure->message);
  g_propagate_error (error, g_steal_pointer (&failure));

  return FALSE;
}

static void
initable_iface_init (GInitableIface *iface)
{
  iface->init = initable_init;
}

// An object that was made without its GInitable init may come here before the library is open, or where it cannot be.
static const GTlsBackendInterface *
library (void)
{
  g_autoptr (GError) error = NULL;
  const GTlsBackendInterface *vtable = gdtls_swift_library_get (&error);

  if (vtable == NULL)
    g_warning ("%s", error->message);

  return vtable;
}

static gboolean
supports_tls (GTlsBackend *backend)
{
  return FALSE;
}

static gboolean
supports_dtls (GTlsBackend *backend)
{
  const GTlsBackendInterface *vtable = library ();

  return vtable != NULL && vtable->supports_dtls != NULL && vtable->supports_dtls (backend);
}

static GTlsDatabase *
get_default_database (GTlsBackend *backend)
{
  const GTlsBackendInterface *vtable = library ();

  return vtable != NULL && vtable->get_default_database != NULL ? vtable->get_default_database (backend) : NULL;
}

#define FORWARD_TYPE(name)                                                                                             \
  static GType name (void)                                                                                             \
  {                                                                                                                    \
    const GTlsBackendInterface *vtable = library ();                                                                   \
                                                                                                                       \
    return vtable != NULL && vtable->name != NULL ? vtable->name () : G_TYPE_INVALID;                                  \
  }

FORWARD_TYPE (get_certificate_type)
FORWARD_TYPE (get_file_database_type)
FORWARD_TYPE (get_dtls_client_connection_type)
FORWARD_TYPE (get_dtls_server_connection_type)

static void
backend_iface_init (GTlsBackendInterface *iface)
{
  iface->supports_tls = supports_tls;
  iface->supports_dtls = supports_dtls;
  iface->get_certificate_type = get_certificate_type;
  iface->get_file_database_type = get_file_database_type;
  iface->get_default_database = get_default_database;
  iface->get_dtls_client_connection_type = get_dtls_client_connection_type;
  iface->get_dtls_server_connection_type = get_dtls_server_connection_type;
  // GIO calls these without asking supports_tls(), and cannot do with no type.
  iface->get_client_connection_type = gdtls_swift_stream_client_get_type;
  iface->get_server_connection_type = gdtls_swift_stream_server_get_type;
}
