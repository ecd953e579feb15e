/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "gdtls-swift-version.h"

G_BEGIN_DECLS

#define GDTLS_SWIFT_TYPE_CONNECTION (gdtls_swift_connection_get_type ())
#define GDTLS_SWIFT_CONNECTION(object)                                                                                 \
  (G_TYPE_CHECK_INSTANCE_CAST ((object), GDTLS_SWIFT_TYPE_CONNECTION, GDtlsSwiftConnection))
#define GDTLS_SWIFT_CONNECTION_CLASS(klass)                                                                            \
  (G_TYPE_CHECK_CLASS_CAST ((klass), GDTLS_SWIFT_TYPE_CONNECTION, GDtlsSwiftConnectionClass))
#define GDTLS_SWIFT_IS_CONNECTION(object) (G_TYPE_CHECK_INSTANCE_TYPE ((object), GDTLS_SWIFT_TYPE_CONNECTION))
#define GDTLS_SWIFT_IS_CONNECTION_CLASS(klass) (G_TYPE_CHECK_CLASS_TYPE ((klass), GDTLS_SWIFT_TYPE_CONNECTION))
#define GDTLS_SWIFT_CONNECTION_GET_CLASS(object)                                                                       \
  (G_TYPE_INSTANCE_GET_CLASS ((object), GDTLS_SWIFT_TYPE_CONNECTION, GDtlsSwiftConnectionClass))

typedef struct _GDtlsSwiftConnection GDtlsSwiftConnection;
typedef struct _GDtlsSwiftConnectionClass GDtlsSwiftConnectionClass;

/**
 * GDtlsSwiftConnection:
 *
 * A DTLS connection, a client's or a server's: what #GDtlsSwiftClientConnection and #GDtlsSwiftServerConnection have in
 * common.
 *
 * It is a #GDtlsConnection and a #GDatagramBased, so that all of GIO's functions work on it. What is here comes on top:
 * whole datagrams as bytes, without #GInputMessage and #GOutputMessage, and what GIO has no words for, such as the
 * largest datagram.
 *
 * All functions may be called from any thread, several at once on one connection. Durations are in microseconds, sizes
 * in bytes.
 *
 * ## Subclasses
 *
 * Programs may derive from the client's and the server's class, in C or in another language. To override is what the
 * interfaces have, #GDtlsConnectionInterface above all.
 *
 * Since: 1.0
 */
struct _GDtlsSwiftConnection
{
  GObject parent_instance;

  /*< private >*/
  gpointer reserved[3];
};

/**
 * GDtlsSwiftConnectionClass:
 * @parent_class: the parent class
 *
 * The class struct. It has no functions of its own.
 *
 * Since: 1.0
 */
struct _GDtlsSwiftConnectionClass
{
  GObjectClass parent_class;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GDtlsSwiftConnection, g_object_unref)

/**
 * GDtlsSwiftConnection:mtu:
 *
 * The largest datagram that is sent, in bytes of UDP payload, from 228 to 65507. No datagram of a handshake is larger
 * than 4096 bytes either way.
 *
 * It may be changed at any time, and holds for the data that is sent from then on; a handshake keeps the one that it
 * began with, and goes down from there where the base socket refuses a datagram as too large. What the path takes
 * afterwards is the program's to know.
 *
 * Since: 1.0
 */

/**
 * GDtlsSwiftConnection:max-data-size:
 *
 * How many bytes of data fit into one datagram: #GDtlsSwiftConnection:mtu, or what it went down to because the base
 * socket refused more, less what the negotiated cipher adds, but not more than the 16384 of a DTLS record; 0 before a
 * cipher is negotiated, and once the connection is closed. It is notified at the end of the handshake, when the MTU is
 * set, and when the connection is closed; after a send that failed with %G_IO_ERROR_MESSAGE_TOO_LARGE read it again.
 *
 * Since: 1.0
 */

/**
 * GDtlsSwiftConnection:handshake-timeout:
 *
 * How long a handshake may take in all, in microseconds, from 1000 (a millisecond) to 3600000000 (an hour). The time
 * that this end takes to think, such as in a handler of #GDtlsConnection::accept-certificate, does not count. A
 * handshake that takes longer fails with %G_TLS_ERROR_HANDSHAKE.
 *
 * It is read when the handshake begins; to set it later changes nothing. A peer that is silent for a minute is given up
 * in any case.
 *
 * Since: 1.0
 */

/**
 * GDtlsSwiftConnection:min-protocol-version:
 *
 * The lowest version of DTLS that is spoken. %G_TLS_PROTOCOL_VERSION_UNKNOWN is what the library thinks best, which is
 * %G_TLS_PROTOCOL_VERSION_DTLS_1_2; there is no other one yet that it speaks. A value that it cannot speak is refused
 * with a warning, and the property stays what it was.
 *
 * It is read when the handshake begins; to set it later changes nothing.
 *
 * Since: 1.0
 */

/**
 * GDtlsSwiftConnection:cipher-list:
 *
 * The cipher suites in order of preference, as an OpenSSL cipher list (see `man openssl-ciphers`), or %NULL for what
 * the library thinks best: suites with forward secrecy and authenticated encryption.
 *
 * It is read when the handshake begins; to set it later changes nothing. A list in which there is no suite that the
 * library knows makes the handshake fail with %G_IO_ERROR_INVALID_ARGUMENT.
 *
 * Since: 1.0
 */

/**
 * gdtls_swift_connection_get_type:
 *
 * Returns: the #GType `GDtlsSwiftConnection`, an abstract class. Any thread.
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GType gdtls_swift_connection_get_type (void);

/**
 * gdtls_swift_connection_send:
 * @self: a connection
 * @data: (array length=size) (element-type guint8): the datagram
 * @size: its size in bytes, from 1 to #GDtlsSwiftConnection:max-data-size
 * @timeout: how long to wait, in microseconds; 0 not to wait, -1 to wait for as long as it takes
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Sends one datagram, after the handshake if there was none yet.
 *
 * The call returns as soon as the base socket has taken the datagram; as with any datagram, this does not mean that it
 * arrives. The errors are those of g_datagram_based_send_messages(): %G_IO_ERROR_WOULD_BLOCK with a @timeout of 0,
 * %G_IO_ERROR_TIMED_OUT with a positive one, %G_IO_ERROR_CANCELLED, %G_IO_ERROR_CLOSED after a shutdown for writing,
 * %G_IO_ERROR_MESSAGE_TOO_LARGE, %G_IO_ERROR_INVALID_ARGUMENT for an empty datagram, or, in the domain %G_TLS_ERROR, what
 * the handshake failed with. Where the handshake is still to be made, a @timeout of 0 starts it in the background.
 *
 * It blocks the thread. Any thread.
 *
 * Returns: the size of the datagram, or -1 with @error set.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
gssize gdtls_swift_connection_send (GDtlsSwiftConnection *self,
                                    const guint8         *data,
                                    gsize                 size,
                                    gint64                timeout,
                                    GCancellable         *cancellable,
                                    GError              **error);

/**
 * gdtls_swift_connection_send_async:
 * @self: a connection
 * @data: (array length=size) (element-type guint8): the datagram, which is copied
 * @size: its size in bytes, from 1 to #GDtlsSwiftConnection:max-data-size
 * @io_priority: the priority of the request, such as %G_PRIORITY_DEFAULT
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async) (nullable): called when the datagram is sent
 * @user_data: data for @callback
 *
 * Sends one datagram without blocking the thread. See gdtls_swift_connection_send().
 *
 * Any number of datagrams may be on their way; they are sent in the order of the calls. @callback is called in the
 * #GMainContext that is the thread-default one now, which has to be iterated for the datagram to leave, and gets the
 * result by gdtls_swift_connection_send_finish(). Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
void gdtls_swift_connection_send_async (GDtlsSwiftConnection *self,
                                        const guint8         *data,
                                        gsize                 size,
                                        int                   io_priority,
                                        GCancellable         *cancellable,
                                        GAsyncReadyCallback   callback,
                                        gpointer              user_data);

/**
 * gdtls_swift_connection_send_finish:
 * @self: a connection
 * @result: what the callback got
 * @error: return location for a #GError
 *
 * The result of gdtls_swift_connection_send_async().
 *
 * Returns: the size of the datagram, or -1 with @error set.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
gssize gdtls_swift_connection_send_finish (GDtlsSwiftConnection *self,
                                           GAsyncResult         *result,
                                           GError              **error);

/**
 * gdtls_swift_connection_receive:
 * @self: a connection
 * @timeout: how long to wait, in microseconds; 0 not to wait, -1 to wait for as long as it takes
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Receives one datagram, whole, whatever its size, after the handshake if there was none yet.
 *
 * An empty datagram is an empty #GBytes; no datagram and no error means that the peer has closed the connection, now and
 * for every later call. The errors are those of g_datagram_based_receive_messages(): %G_IO_ERROR_WOULD_BLOCK with a
 * @timeout of 0, %G_IO_ERROR_TIMED_OUT with a positive one, %G_IO_ERROR_CANCELLED, %G_IO_ERROR_CLOSED after a shutdown for
 * reading, or, in the domain %G_TLS_ERROR, what the handshake failed with and %G_TLS_ERROR_EOF where the base socket ends
 * without the peer's word. Where the handshake is still to be made, a @timeout of 0 starts it in the background.
 *
 * It blocks the thread. Any thread.
 *
 * Returns: (transfer full) (nullable): the datagram, or %NULL: with @error set for an error, without for the end.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GBytes *gdtls_swift_connection_receive (GDtlsSwiftConnection *self,
                                        gint64                timeout,
                                        GCancellable         *cancellable,
                                        GError              **error);

/**
 * gdtls_swift_connection_receive_async:
 * @self: a connection
 * @io_priority: the priority of the request, such as %G_PRIORITY_DEFAULT
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async) (nullable): called when there is a datagram, or will be none
 * @user_data: data for @callback
 *
 * Receives one datagram without blocking the thread. See gdtls_swift_connection_receive().
 *
 * Any number of calls may wait; they get the datagrams in the order of the calls. @callback is called in the
 * #GMainContext that is the thread-default one now, which has to be iterated for the datagram to be taken from the base
 * socket, and gets the result by gdtls_swift_connection_receive_finish(). A datagram that is there already is not lost
 * to a cancellation. Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
void gdtls_swift_connection_receive_async (GDtlsSwiftConnection *self,
                                           int                   io_priority,
                                           GCancellable         *cancellable,
                                           GAsyncReadyCallback   callback,
                                           gpointer              user_data);

/**
 * gdtls_swift_connection_receive_finish:
 * @self: a connection
 * @result: what the callback got
 * @error: return location for a #GError
 *
 * The result of gdtls_swift_connection_receive_async().
 *
 * Returns: (transfer full) (nullable): the datagram, or %NULL: with @error set for an error, without for the end.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GBytes *gdtls_swift_connection_receive_finish (GDtlsSwiftConnection *self,
                                               GAsyncResult         *result,
                                               GError              **error);

/**
 * gdtls_swift_connection_set_mtu:
 * @self: a connection
 * @mtu: the largest datagram to send, in bytes of UDP payload, from 228 to 65507
 *
 * Sets #GDtlsSwiftConnection:mtu, at any time. Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
void gdtls_swift_connection_set_mtu (GDtlsSwiftConnection *self,
                                     guint                 mtu);

/**
 * gdtls_swift_connection_get_mtu:
 * @self: a connection
 *
 * Returns: the largest datagram that is sent, in bytes of UDP payload. Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
guint gdtls_swift_connection_get_mtu (GDtlsSwiftConnection *self);

/**
 * gdtls_swift_connection_get_max_data_size:
 * @self: a connection
 *
 * How many bytes of data fit into one datagram. Any thread.
 *
 * Returns: the bytes, or 0 while no cipher is negotiated.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
guint gdtls_swift_connection_get_max_data_size (GDtlsSwiftConnection *self);

/**
 * gdtls_swift_connection_set_handshake_timeout:
 * @self: a connection
 * @timeout: how long a handshake may take in all, in microseconds, from 1000 to 3600000000
 *
 * Sets #GDtlsSwiftConnection:handshake-timeout, before the handshake. Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
void gdtls_swift_connection_set_handshake_timeout (GDtlsSwiftConnection *self,
                                                   gint64                timeout);

/**
 * gdtls_swift_connection_get_handshake_timeout:
 * @self: a connection
 *
 * Returns: how long a handshake may take in all, in microseconds. Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
gint64 gdtls_swift_connection_get_handshake_timeout (GDtlsSwiftConnection *self);

/**
 * gdtls_swift_connection_set_min_protocol_version:
 * @self: a connection
 * @version: the lowest version to speak
 *
 * Sets #GDtlsSwiftConnection:min-protocol-version, before the handshake. Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
void gdtls_swift_connection_set_min_protocol_version (GDtlsSwiftConnection *self,
                                                      GTlsProtocolVersion   version);

/**
 * gdtls_swift_connection_get_min_protocol_version:
 * @self: a connection
 *
 * Returns: the lowest version that is spoken, as it was set. Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GTlsProtocolVersion gdtls_swift_connection_get_min_protocol_version (GDtlsSwiftConnection *self);

/**
 * gdtls_swift_connection_set_cipher_list:
 * @self: a connection
 * @cipher_list: (nullable): an OpenSSL cipher list, or %NULL for the library's own
 *
 * Sets #GDtlsSwiftConnection:cipher-list, before the handshake. Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
void gdtls_swift_connection_set_cipher_list (GDtlsSwiftConnection *self,
                                             const gchar          *cipher_list);

/**
 * gdtls_swift_connection_get_cipher_list:
 * @self: a connection
 *
 * Returns: (transfer full) (nullable): the cipher list that was set, or %NULL for the library's own. Free it with
 *   g_free(). Any thread.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
gchar *gdtls_swift_connection_get_cipher_list (GDtlsSwiftConnection *self);

/**
 * gdtls_swift_connection_get_statistics:
 * @self: a connection
 *
 * What the connection has counted since its handshake began, as a dictionary of type `a{st}`:
 *
 * - `datagrams-received` and `bytes-received`: what came from the base socket, dropped datagrams included; bytes of UDP
 *   payload;
 * - `datagrams-sent` and `bytes-sent`: what was made to be sent;
 * - `retransmissions`: how many flights of the handshake were sent again because no answer came in time;
 * - `dropped`: how many records, or whole datagrams, were dropped, and `dropped-REASON` how many for which reason:
 *   `dropped-empty-datagram`,
 *   `dropped-truncated` (fewer bytes than promised),
 *   `dropped-unknown-type`,
 *   `dropped-wrong-version`,
 *   `dropped-impossible-length`,
 *   `dropped-wrong-epoch` (of an earlier or later key),
 *   `dropped-bad-fragment` (a handshake message that contradicts itself, or too much of what is not due yet),
 *   `dropped-plaintext-data`,
 *   `dropped-plaintext-alert` (which anybody can forge: weighed, not obeyed),
 *   `dropped-backlog-full` (came while this end was thinking; the peer sends it again),
 *   `dropped-after-end`,
 *   `dropped-unexpected-message` (a handshake message that cannot come at this point),
 *   `dropped-repeated` (a part of the handshake that is known already) and
 *   `dropped-implausible` (a handshake message that is not well-formed, or proves not to be the peer's).
 *
 * What is dropped harms nobody: the network is full of it, and the handshake makes good for its losses. Later versions
 * may count more. Any thread.
 *
 * Returns: (transfer full): a dictionary of 64-bit numbers, all 0 before the handshake.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
GVariant *gdtls_swift_connection_get_statistics (GDtlsSwiftConnection *self);

G_END_DECLS
