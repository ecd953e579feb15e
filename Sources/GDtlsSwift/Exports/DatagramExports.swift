// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import CGIO
package import CGdtlsSwift
package import GObjectKit

// Sending and receiving of gdtls-swift-connection.h, which documents them.

@_cdecl("gdtls_swift_connection_send")
package func gdtls_swift_connection_send(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    _ data: UnsafePointer<UInt8>?,
    _ size: gsize,
    _ timeout: gint64,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ error: GErrorOut?
) -> gssize {
    guard let me = connection(me), isData(data, size), isCancellable(cancellable) else { return -1 }
    return bridge(error, failure: -1) {
        let bytes = UnsafeRawBufferPointer(start: data, count: Int(size))
        return try me.send(bytes, timeout: Int64(timeout), cancellable: cancellable)
    }
}

@_cdecl("gdtls_swift_connection_receive")
package func gdtls_swift_connection_receive(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    _ timeout: gint64,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ error: GErrorOut?
) -> OpaquePointer? {
    guard let me = connection(me), isCancellable(cancellable) else { return nil }
    return bridge(error, failure: OpaquePointer?.none) {
        try me.receive(timeout: Int64(timeout), cancellable: cancellable).flatMap(makeBytes)
    }
}

@_cdecl("gdtls_swift_connection_send_async")
package func gdtls_swift_connection_send_async(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    _ data: UnsafePointer<UInt8>?,
    _ size: gsize,
    _ priority: Int32,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ callback: GAsyncReadyCallback?,
    _ userData: gpointer?
) {
    guard let me = connection(me), isData(data, size), isCancellable(cancellable) else { return }
    let bytes = [UInt8](UnsafeBufferPointer(start: data, count: Int(size)))
    me.send(bytes, priority, cancellable, callback, userData)
}

@_cdecl("gdtls_swift_connection_send_finish")
package func gdtls_swift_connection_send_finish(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    _ result: OpaquePointer?,
    _ error: GErrorOut?
) -> gssize {
    guard connection(me) != nil else { return -1 }
    return bridge(error, failure: -1) {
        try AsyncTask.propagateInt(result, source: UnsafeMutableRawPointer(me), tag: ConnectionObject.sendTag)
    }
}

@_cdecl("gdtls_swift_connection_receive_async")
package func gdtls_swift_connection_receive_async(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    _ priority: Int32,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ callback: GAsyncReadyCallback?,
    _ userData: gpointer?
) {
    guard let me = connection(me), isCancellable(cancellable) else { return }
    me.receive(priority, cancellable, callback, userData)
}

@_cdecl("gdtls_swift_connection_receive_finish")
package func gdtls_swift_connection_receive_finish(
    _ me: UnsafeMutablePointer<GDtlsSwiftConnection>?,
    _ result: OpaquePointer?,
    _ error: GErrorOut?
) -> OpaquePointer? {
    guard connection(me) != nil else { return nil }
    return bridge(error, failure: OpaquePointer?.none) {
        let source = UnsafeMutableRawPointer(me)
        return OpaquePointer(
            try AsyncTask.propagatePointer(result, source: source, tag: ConnectionObject.receiveTag)
        )
    }
}

private func isData(_ data: UnsafePointer<UInt8>?, _ size: gsize, function: StaticString = #function) -> Bool {
    isValid(data != nil || size == 0, "data != NULL || size == 0", domain: .own, function: function)
        && isValid(size <= gsize(Int.max), "size <= G_MAXSSIZE", domain: .own, function: function)
}

private func checkSignatures() {
    check(gdtls_swift_connection_send, matches: CGdtlsSwift.gdtls_swift_connection_send)
    check(gdtls_swift_connection_send_async, matches: CGdtlsSwift.gdtls_swift_connection_send_async)
    check(gdtls_swift_connection_send_finish, matches: CGdtlsSwift.gdtls_swift_connection_send_finish)
    check(gdtls_swift_connection_receive, matches: CGdtlsSwift.gdtls_swift_connection_receive)
    check(gdtls_swift_connection_receive_async, matches: CGdtlsSwift.gdtls_swift_connection_receive_async)
    check(gdtls_swift_connection_receive_finish, matches: CGdtlsSwift.gdtls_swift_connection_receive_finish)
}
