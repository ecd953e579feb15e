// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

#include "stream.h"

typedef struct
{
  GTlsConnection parent_instance;
} GdtlsSwiftStreamClient;

typedef struct
{
  GTlsConnectionClass parent_class;
} GdtlsSwiftStreamClientClass;

typedef GdtlsSwiftStreamClient GdtlsSwiftStreamServer;
typedef GdtlsSwiftStreamClientClass GdtlsSwiftStreamServerClass;

static void initable_iface_init (GInitableIface *iface);
static void class_init (GTlsConnectionClass *klass);

G_DEFINE_TYPE_WITH_CODE (GdtlsSwiftStreamClient, gdtls_swift_stream_client, G_TYPE_TLS_CONNECTION,
                         G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, initable_iface_init)
                         G_IMPLEMENT_INTERFACE (G_TYPE_TLS_CLIENT_CONNECTION, NULL))

G_DEFINE_TYPE_WITH_CODE (GdtlsSwiftStreamServer, gdtls_swift_stream_server, G_TYPE_TLS_CONNECTION,
                         G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, initable_iface_init)
                         G_IMPLEMENT_INTERFACE (G_TYPE_TLS_SERVER_CONNECTION, NULL))

static void gdtls_swift_stream_client_init (GdtlsSwiftStreamClient *self) {}
static void gdtls_swift_stream_server_init (GdtlsSwiftStreamServer *self) {}

static gboolean
fail (GError **error)
{
  g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE,
                       "TLS over streams is not supported by the gdtls-swift backend; use another one, "
                       "as by unsetting GIO_USE_TLS");
  return FALSE;
}

static gboolean
initable_init (GInitable *initable, GCancellable *cancellable, GError **error)
{
  return fail (error);
}

static void
initable_iface_init (GInitableIface *iface)
{
  iface->init = initable_init;
}

static gboolean
handshake (GTlsConnection *connection, GCancellable *cancellable, GError **error)
{
  return fail (error);
}

// GIOStream closes on its last unref, and would close the streams that there are not.
static gboolean
close_nothing (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  return TRUE;
}

static GInputStream *
no_input_stream (GIOStream *stream)
{
  return NULL;
}

static GOutputStream *
no_output_stream (GIOStream *stream)
{
  return NULL;
}

// Properties are set before the init gets to fail: each is taken and forgotten, and reads as its default.
static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_param_value_set_default (pspec, value);
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
}

static void
override_properties (GObjectClass *klass, const char *const *names)
{
  for (guint i = 0; names[i] != NULL; i++)
    g_object_class_override_property (klass, i + 1, names[i]);
}

static void
class_init (GTlsConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  object_class->get_property = get_property;
  object_class->set_property = set_property;
  stream_class->get_input_stream = no_input_stream;
  stream_class->get_output_stream = no_output_stream;
  stream_class->close_fn = close_nothing;
  klass->handshake = handshake;
}

#define CONNECTION_PROPERTIES                                                                                          \
  "base-io-stream", "use-system-certdb", "database", "interaction", "require-close-notify", "rehandshake-mode",        \
      "certificate", "peer-certificate", "peer-certificate-errors", "advertised-protocols", "negotiated-protocol",     \
      "protocol-version", "ciphersuite-name"

static void
gdtls_swift_stream_client_class_init (GdtlsSwiftStreamClientClass *klass)
{
  static const char *const names[] = { CONNECTION_PROPERTIES, "validation-flags", "server-identity",
                                       "use-ssl3",            "accepted-cas",     NULL };

  class_init (&klass->parent_class);
  override_properties (G_OBJECT_CLASS (klass), names);
}

static void
gdtls_swift_stream_server_class_init (GdtlsSwiftStreamServerClass *klass)
{
  static const char *const names[] = { CONNECTION_PROPERTIES, "authentication-mode", NULL };

  class_init (&klass->parent_class);
  override_properties (G_OBJECT_CLASS (klass), names);
}
