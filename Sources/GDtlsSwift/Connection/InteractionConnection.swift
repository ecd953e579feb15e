// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// What a GTlsInteraction gets to see of a DTLS client's connection: a GTlsConnection, since GIO knows no other kind.
///
/// Its properties are those of the connection, `accepted-cas` and `server-identity` too, for as long as that lives: it
/// holds it weakly. It has no streams and shakes no hands. GType `GDtlsSwiftInteractionConnection`, private; implements
/// GTlsClientConnection.
// Unchecked Sendable: the target is guarded.
final class InteractionConnection: ObjectImpl, @unchecked Sendable {
    private let target = Guarded<GWeak<UnsafeMutablePointer<GObject>>?>(nil)

    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "GDtlsSwiftInteractionConnection",
        parent: { g_tls_connection_get_type() },
        flags: .final,
        interfaces: [Interface({ g_tls_client_connection_get_type() })],
        properties: shared + streamOnly,
        classInit: { table in
            installStreams(table.assumingMemoryBound(to: GIOStreamClass.self))
            installHandshake(table.assumingMemoryBound(to: GTlsConnectionClass.self))
        }
    )

    /// Makes one; `nil` only where the type system refuses.
    static func make(for connection: ConnectionObject) -> GRef<UnsafeMutablePointer<GTlsConnection>>? {
        guard let object = newObject(ObjectType.register(InteractionConnection.self)) else { return nil }
        let weak = GWeak(connection.instance)
        implementation(object.rawPointer, as: InteractionConnection.self).target.withLock { $0 = weak }
        return GRef(retaining: object.rawPointer.assumingMemoryBound(to: GTlsConnection.self))
    }

    private func withTarget(_ body: (UnsafeMutablePointer<GObject>) -> Void) {
        // While the object is constructed there is no target yet, and GObject sets the defaults.
        guard let connection = target.withLock({ $0 })?.upgrade() else { return }
        withExtendedLifetime(connection) { body(connection.pointer) }
    }

    /// The properties that GTlsConnection and GTlsClientConnection have in common with GDtlsConnection and
    /// GDtlsClientConnection, under the same names.
    private static let shared: [Property] = [
        "certificate", "database", "interaction", "require-close-notify", "rehandshake-mode", "advertised-protocols",
        "negotiated-protocol", "peer-certificate", "peer-certificate-errors", "protocol-version", "ciphersuite-name",
        "server-identity", "validation-flags", "accepted-cas",
    ]
    .map { name in
        .override(
            name,
            of: InteractionConnection.self,
            get: { me, value in me.withTarget { g_object_get_property($0, name, value) } },
            set: { me, value in me.withTarget { g_object_set_property($0, name, value) } }
        )
    }

    /// Nothing here: there is no stream, and both of the others are deprecated.
    private static let streamOnly: [Property] = ["base-io-stream", "use-system-certdb", "use-ssl3"].map { name in
        .override(name, of: InteractionConnection.self, get: { _, _ in }, set: { _, _ in })
    }

    private static func installStreams(_ table: UnsafeMutablePointer<GIOStreamClass>) {
        table.pointee.get_input_stream = { _ in nil }
        table.pointee.get_output_stream = { _ in nil }
        table.pointee.close_fn = { _, _, _ in 1 }
    }

    private static func installHandshake(_ table: UnsafeMutablePointer<GTlsConnectionClass>) {
        table.pointee.handshake = { _, _, error in
            bridge(error, failure: 0) { throw InteractionConnection.refusal }
        }
        table.pointee.handshake_async = { me, priority, cancellable, callback, data in
            let task = AsyncTask(
                source: me.map { UnsafeMutableRawPointer($0) },
                cancellable: cancellable,
                callback: callback,
                userData: data,
                tag: InteractionConnection.handshakeTag,
                priority: priority
            )
            task.complete(.failure(InteractionConnection.refusal))
        }
        table.pointee.handshake_finish = { me, result, error in
            bridge(error, failure: 0) {
                let source = me.map { UnsafeMutableRawPointer($0) }
                return try AsyncTask.propagateBoolean(result, source: source, tag: InteractionConnection.handshakeTag)
                    .gboolean
            }
        }
    }

    fileprivate static let handshakeTag = AsyncTask.Tag("gdtls_swift_interaction_connection_handshake_async")
    fileprivate static let refusal = GLibError.io(
        G_IO_ERROR_NOT_SUPPORTED,
        "This object lets an interaction set the certificate of a DTLS connection; it shakes no hands itself"
    )
}
