// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import CGdtlsSwift
import CGdtlsSwiftFunctions
import GObjectKit
import Testing

/// The library's own API in Swift spellings; no logic.
enum OwnAPI {
    static func me(_ connection: OpaquePointer) -> UnsafeMutablePointer<GDtlsSwiftConnection> {
        UnsafeMutablePointer(connection)
    }

    static func send(
        _ connection: OpaquePointer,
        _ bytes: [UInt8],
        timeout: Int = 10_000_000,
        _ cancellable: UnsafeMutablePointer<GCancellable>? = nil
    ) throws -> Int {
        let send = try Debug.function("gdtls_swift_connection_send", as: gdtls_swift_connection_send_function.self)
        return try withGError { send(me(connection), bytes, gsize(bytes.count), timeout, cancellable, $0) }
    }

    /// One datagram; `nil` for the end.
    static func receive(
        _ connection: OpaquePointer,
        timeout: Int = 10_000_000,
        _ cancellable: UnsafeMutablePointer<GCancellable>? = nil
    ) throws -> [UInt8]? {
        let name = "gdtls_swift_connection_receive"
        let receive = try Debug.function(name, as: gdtls_swift_connection_receive_function.self)
        return take(try withGError { receive(me(connection), timeout, cancellable, $0) })
    }

    /// Begins to send, in the thread-default context.
    static func sendLater(
        _ connection: OpaquePointer,
        _ bytes: [UInt8],
        priority: Int32 = 0,
        _ cancellable: UnsafeMutablePointer<GCancellable>? = nil
    ) throws -> Later<Int> {
        let name = "gdtls_swift_connection_send"
        let begin = try Debug.function(name + "_async", as: gdtls_swift_connection_send_async_function.self)
        let finish = try Debug.function(name + "_finish", as: gdtls_swift_connection_send_finish_function.self)
        let later = Later<Int> { result in try withGError { finish(me(connection), result, $0) } }
        let size = gsize(bytes.count)
        begin(me(connection), bytes, size, priority, cancellable, Later<Int>.callback, later.data)
        return later
    }

    /// Begins to receive, in the thread-default context.
    static func receiveLater(
        _ connection: OpaquePointer,
        priority: Int32 = 0,
        _ cancellable: UnsafeMutablePointer<GCancellable>? = nil,
        then: @escaping () -> Void = {}
    ) throws -> Later<[UInt8]?> {
        let name = "gdtls_swift_connection_receive"
        let begin = try Debug.function(name + "_async", as: gdtls_swift_connection_receive_async_function.self)
        let finish = try Debug.function(name + "_finish", as: gdtls_swift_connection_receive_finish_function.self)
        let later = Later<[UInt8]?>(then: then) { result in
            take(try withGError { finish(me(connection), result, $0) })
        }
        begin(me(connection), priority, cancellable, Later<Int>.callback, later.data)
        return later
    }

    /// The counters by their names.
    static func statistics(_ connection: OpaquePointer) throws -> [String: UInt64] {
        let name = "gdtls_swift_connection_get_statistics"
        let get = try Debug.function(name, as: gdtls_swift_connection_get_statistics_function.self)
        let dictionary = try #require(get(me(connection)))
        defer { g_variant_unref(dictionary) }
        var counters: [String: UInt64] = [:]
        for index in 0..<g_variant_n_children(dictionary) {
            let entry = g_variant_get_child_value(dictionary, index)
            let parts = (g_variant_get_child_value(entry, 0), g_variant_get_child_value(entry, 1))
            counters[String(cString: g_variant_get_string(parts.0, nil))] = UInt64(g_variant_get_uint64(parts.1))
            for variant in [entry, parts.0, parts.1] { g_variant_unref(variant) }
        }
        return counters
    }

    private static func take(_ bytes: OpaquePointer?) -> [UInt8]? {
        guard let bytes else { return nil }
        defer { g_bytes_unref(bytes) }
        var size: gsize = 0
        let data = g_bytes_get_data(bytes, &size)
        return Array(UnsafeRawBufferPointer(start: data, count: Int(size)))
    }
}

/// What an asynchronous operation comes to.
class AnyLater: @unchecked Sendable {  // unchecked: used in the loop's thread
    /// Whether the callback has come.
    fileprivate(set) var isDone = false
    /// The thread that ran the callback.
    fileprivate(set) var thread: UnsafeMutablePointer<GThread>?

    fileprivate func complete(_ result: OpaquePointer?) {
        isDone = true
        thread = g_thread_self()
    }

    /// The data for the callback of one call.
    var data: UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

    static let callback: GAsyncReadyCallback = { _, result, data in
        guard let data else { preconditionFailure("Give data to C along with the callback") }
        Unmanaged<AnyLater>.fromOpaque(data).takeRetainedValue().complete(result)
    }
}

/// The same with its value.
final class Later<Value>: AnyLater, @unchecked Sendable {  // unchecked: as above
    private(set) var outcome: Result<Value, any Error>?
    private let finish: (OpaquePointer?) throws -> Value
    private var then: (() -> Void)?

    init(then: @escaping () -> Void = {}, _ finish: @escaping (OpaquePointer?) throws -> Value) {
        self.finish = finish
        self.then = then
    }

    override fileprivate func complete(_ result: OpaquePointer?) {
        super.complete(result)
        outcome = Result { try finish(result) }
        // Once: it may hold what holds this.
        let then = self.then
        self.then = nil
        then?()
    }

    /// The value; throws where there is none yet, or an error.
    var value: Value { get throws { try #require(outcome).get() } }

    var error: GLibError? {
        if case .failure(let error) = outcome { return error as? GLibError }
        return nil
    }
}
