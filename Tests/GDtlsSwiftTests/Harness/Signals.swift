// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit

/// Swift closures as handlers of a connection's signals.
enum Signals {
    /// Handles `accept-certificate`; gives the handler's number.
    @discardableResult
    static func onAcceptCertificate(
        _ connection: OpaquePointer,
        _ body: @escaping (UnsafeMutablePointer<GTlsCertificate>, GTlsCertificateFlags) -> Bool
    ) -> gulong {
        let callback:
            @convention(c) (
                OpaquePointer, UnsafeMutablePointer<GTlsCertificate>, GTlsCertificateFlags, UnsafeMutableRawPointer
            ) -> gboolean = { _, certificate, flags, data in
                let box = Unmanaged<Box<(UnsafeMutablePointer<GTlsCertificate>, GTlsCertificateFlags) -> Bool>>
                    .fromOpaque(data)
                return box.takeUnretainedValue().body(certificate, flags) ? 1 : 0
            }
        // unsafeBitCast: GCallback stands for a function of any signature.
        return connect(connection, "accept-certificate", unsafeBitCast(callback, to: GCallback.self), Box(body))
    }

    /// Is told of each property that changes, by its name.
    @discardableResult
    static func onNotify(_ object: OpaquePointer, _ body: @escaping (String) -> Void) -> gulong {
        let callback:
            @convention(c) (OpaquePointer, UnsafeMutablePointer<GParamSpec>, UnsafeMutableRawPointer) -> Void = {
                _,
                spec,
                data in
                let box = Unmanaged<Box<(String) -> Void>>.fromOpaque(data)
                box.takeUnretainedValue().body(String(cString: spec.pointee.name))
            }
        // unsafeBitCast: as above.
        return connect(object, "notify", unsafeBitCast(callback, to: GCallback.self), Box(body))
    }

    static func disconnect(_ object: OpaquePointer, _ handler: gulong) {
        g_signal_handler_disconnect(UnsafeMutableRawPointer(object), handler)
    }

    private static func connect(
        _ object: OpaquePointer,
        _ name: String,
        _ callback: GCallback,
        _ box: AnyObject
    ) -> gulong {
        g_signal_connect_data(
            UnsafeMutableRawPointer(object),
            name,
            callback,
            Unmanaged.passRetained(box).toOpaque(),
            { data, _ in if let data { Unmanaged<AnyObject>.fromOpaque(data).release() } },
            GConnectFlags(rawValue: 0)
        )
    }

    private final class Box<Body> {
        let body: Body
        init(_ body: Body) { self.body = body }
    }
}

/// What happened, in order, and where.
final class Diary: @unchecked Sendable {  // unchecked: locked
    struct Entry: Equatable {
        var what: String
        /// The thread that it happened in.
        var thread: UInt
        /// The thread-default context there; 0 is the global one.
        var context: UInt
    }

    private let lock = LockedValue<[Entry]>([])

    var entries: [Entry] { lock.withLock { $0 } }
    var words: [String] { entries.map(\.what) }

    func note(_ what: String) {
        let entry = Entry(what: what, thread: Self.thisThread, context: Self.thisContext)
        lock.withLock { $0.append(entry) }
    }

    func count(_ what: String) -> Int { words.filter { $0 == what }.count }

    static var thisThread: UInt { UInt(bitPattern: g_thread_self()) }
    static var thisContext: UInt { UInt(bitPattern: g_main_context_get_thread_default()) }
}

/// A value that several threads may use.
final class LockedValue<Value>: @unchecked Sendable {  // unchecked: locked
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
