// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import CGIO
package import GObjectKit

// Operations of gio/gdtlsconnection.h, on connections of anybody's. What a class does not implement is an error here.

@_cdecl("g_dtls_connection_handshake")
package func g_dtls_connection_handshake(
    _ connection: OpaquePointer?,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ error: GErrorOut?
) -> gboolean {
    guard let me = AnyDtlsConnection(connection), isCancellable(cancellable, domain: .gio) else { return 0 }
    guard let handshake = me.table.handshake else { return refuse("a handshake", error) }
    return handshake(connection, cancellable, error)
}

@_cdecl("g_dtls_connection_handshake_async")
package func g_dtls_connection_handshake_async(
    _ connection: OpaquePointer?,
    _ priority: Int32,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ callback: GAsyncReadyCallback?,
    _ userData: gpointer?
) {
    guard let me = AnyDtlsConnection(connection), isCancellable(cancellable, domain: .gio) else { return }
    guard let handshake = me.table.handshake_async, me.table.handshake_finish != nil else {
        return refuse("an asynchronous handshake", me, cancellable, callback, userData)
    }
    handshake(connection, priority, cancellable, callback, userData)
}

@_cdecl("g_dtls_connection_handshake_finish")
package func g_dtls_connection_handshake_finish(
    _ connection: OpaquePointer?,
    _ result: OpaquePointer?,
    _ error: GErrorOut?
) -> gboolean {
    guard let me = AnyDtlsConnection(connection) else { return 0 }
    guard me.table.handshake_async != nil, let finish = me.table.handshake_finish else {
        return refusal(of: me, result, error)
    }
    return finish(connection, result, error)
}

@_cdecl("g_dtls_connection_shutdown")
package func g_dtls_connection_shutdown(
    _ connection: OpaquePointer?,
    _ read: gboolean,
    _ write: gboolean,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ error: GErrorOut?
) -> gboolean {
    guard let me = AnyDtlsConnection(connection), isCancellable(cancellable, domain: .gio) else { return 0 }
    // Nothing to shut down.
    if read == 0, write == 0 { return 1 }
    return shutDown(me, read, write, cancellable, error)
}

// Libgio shuts both directions down, whatever it is told; this does what is documented.
@_cdecl("g_dtls_connection_shutdown_async")
package func g_dtls_connection_shutdown_async(
    _ connection: OpaquePointer?,
    _ read: gboolean,
    _ write: gboolean,
    _ priority: Int32,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ callback: GAsyncReadyCallback?,
    _ userData: gpointer?
) {
    guard let me = AnyDtlsConnection(connection), isCancellable(cancellable, domain: .gio) else { return }
    shutDown(me, read, write, priority, cancellable, callback, userData)
}

@_cdecl("g_dtls_connection_shutdown_finish")
package func g_dtls_connection_shutdown_finish(
    _ connection: OpaquePointer?,
    _ result: OpaquePointer?,
    _ error: GErrorOut?
) -> gboolean {
    guard let me = AnyDtlsConnection(connection) else { return 0 }
    return finishShutdown(of: me, result, error)
}

@_cdecl("g_dtls_connection_close")
package func g_dtls_connection_close(
    _ connection: OpaquePointer?,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ error: GErrorOut?
) -> gboolean {
    guard let me = AnyDtlsConnection(connection), isCancellable(cancellable, domain: .gio) else { return 0 }
    return shutDown(me, 1, 1, cancellable, error)
}

@_cdecl("g_dtls_connection_close_async")
package func g_dtls_connection_close_async(
    _ connection: OpaquePointer?,
    _ priority: Int32,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ callback: GAsyncReadyCallback?,
    _ userData: gpointer?
) {
    guard let me = AnyDtlsConnection(connection), isCancellable(cancellable, domain: .gio) else { return }
    shutDown(me, 1, 1, priority, cancellable, callback, userData)
}

@_cdecl("g_dtls_connection_close_finish")
package func g_dtls_connection_close_finish(
    _ connection: OpaquePointer?,
    _ result: OpaquePointer?,
    _ error: GErrorOut?
) -> gboolean {
    guard let me = AnyDtlsConnection(connection) else { return 0 }
    return finishShutdown(of: me, result, error)
}

@_cdecl("g_dtls_connection_emit_accept_certificate")
package func g_dtls_connection_emit_accept_certificate(
    _ connection: OpaquePointer?,
    _ certificate: UnsafeMutablePointer<GTlsCertificate>?,
    _ flags: GTlsCertificateFlags
) -> gboolean {
    guard let me = AnyDtlsConnection(connection) else { return 0 }
    let isCertificate = isInstanceOrNull(certificate, g_tls_certificate_get_type())
    let condition: StaticString = "peer_cert == NULL || G_IS_TLS_CERTIFICATE (peer_cert)"
    guard isValid(isCertificate, condition, domain: .gio, function: #function) else { return 0 }
    return me.emitAcceptCertificate(certificate, flags) ? 1 : 0
}

@_cdecl("g_dtls_connection_set_advertised_protocols")
package func g_dtls_connection_set_advertised_protocols(
    _ connection: OpaquePointer?,
    _ protocols: UnsafePointer<UnsafePointer<CChar>?>?
) {
    AnyDtlsConnection(connection)?.table.set_advertised_protocols?(connection, protocols)
}

@_cdecl("g_dtls_connection_get_negotiated_protocol")
package func g_dtls_connection_get_negotiated_protocol(_ connection: OpaquePointer?) -> UnsafePointer<CChar>? {
    AnyDtlsConnection(connection)?.table.get_negotiated_protocol?(connection)
}

@_cdecl("g_dtls_connection_get_channel_binding_data")
package func g_dtls_connection_get_channel_binding_data(
    _ connection: OpaquePointer?,
    _ type: GTlsChannelBindingType,
    _ data: UnsafeMutablePointer<GByteArray>?,
    _ error: GErrorOut?
) -> gboolean {
    guard let me = AnyDtlsConnection(connection) else { return 0 }
    guard let getBindingData = me.table.get_binding_data else {
        let code = G_TLS_CHANNEL_BINDING_ERROR_NOT_IMPLEMENTED
        report(GLibError.channelBinding(code, "This connection has no channel bindings"), to: error)
        return 0
    }
    return getBindingData(connection, type, data, error)
}

private func shutDown(
    _ me: AnyDtlsConnection,
    _ read: gboolean,
    _ write: gboolean,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ error: GErrorOut?
) -> gboolean {
    guard let shutdown = me.table.shutdown else { return refuse("a shutdown", error) }
    return shutdown(me.pointer, read, write, cancellable, error)
}

private func shutDown(
    _ me: AnyDtlsConnection,
    _ read: gboolean,
    _ write: gboolean,
    _ priority: Int32,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ callback: GAsyncReadyCallback?,
    _ userData: gpointer?
) {
    guard let shutdown = me.table.shutdown_async, me.table.shutdown_finish != nil else {
        return refuse("an asynchronous shutdown", me, cancellable, callback, userData)
    }
    shutdown(me.pointer, read, write, priority, cancellable, callback, userData)
}

private func finishShutdown(of me: AnyDtlsConnection, _ result: OpaquePointer?, _ error: GErrorOut?) -> gboolean {
    guard me.table.shutdown_async != nil, let finish = me.table.shutdown_finish else {
        return refusal(of: me, result, error)
    }
    return finish(me.pointer, result, error)
}

// MARK: What a class does not implement

private let refusalTag = AsyncTask.Tag("g_dtls_connection")

private func refuse(_ operation: String, _ error: GErrorOut?) -> gboolean {
    report(GLibError.io(G_IO_ERROR_NOT_SUPPORTED, "This kind of connection does not implement \(operation)"), to: error)
    return 0
}

private func refuse(
    _ operation: String,
    _ me: AnyDtlsConnection,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ callback: GAsyncReadyCallback?,
    _ userData: gpointer?
) {
    let task = AsyncTask(
        source: UnsafeMutableRawPointer(me.pointer),
        cancellable: cancellable,
        callback: callback,
        userData: userData,
        tag: refusalTag
    )
    let message = "This kind of connection does not implement \(operation)"
    task.complete(.failure(GLibError.io(G_IO_ERROR_NOT_SUPPORTED, message)))
}

private func refusal(of me: AnyDtlsConnection, _ result: OpaquePointer?, _ error: GErrorOut?) -> gboolean {
    bridge(error, failure: 0) {
        let source = UnsafeMutableRawPointer(me.pointer)
        return try AsyncTask.propagateBoolean(result, source: source, tag: refusalTag).gboolean
    }
}

private func checkSignatures() {
    check(g_dtls_connection_handshake, matches: CGIO.g_dtls_connection_handshake)
    check(g_dtls_connection_handshake_async, matches: CGIO.g_dtls_connection_handshake_async)
    check(g_dtls_connection_handshake_finish, matches: CGIO.g_dtls_connection_handshake_finish)
    check(g_dtls_connection_shutdown, matches: CGIO.g_dtls_connection_shutdown)
    check(g_dtls_connection_shutdown_async, matches: CGIO.g_dtls_connection_shutdown_async)
    check(g_dtls_connection_shutdown_finish, matches: CGIO.g_dtls_connection_shutdown_finish)
    check(g_dtls_connection_close, matches: CGIO.g_dtls_connection_close)
    check(g_dtls_connection_close_async, matches: CGIO.g_dtls_connection_close_async)
    check(g_dtls_connection_close_finish, matches: CGIO.g_dtls_connection_close_finish)
    check(g_dtls_connection_emit_accept_certificate, matches: CGIO.g_dtls_connection_emit_accept_certificate)
    check(g_dtls_connection_set_advertised_protocols, matches: CGIO.g_dtls_connection_set_advertised_protocols)
    check(g_dtls_connection_get_negotiated_protocol, matches: CGIO.g_dtls_connection_get_negotiated_protocol)
    check(g_dtls_connection_get_channel_binding_data, matches: CGIO.g_dtls_connection_get_channel_binding_data)
}
