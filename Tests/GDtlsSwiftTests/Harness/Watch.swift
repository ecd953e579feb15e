// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import GObjectKit
import Testing

/// A source of a connection in the thread-default context, and the conditions that it has fired with.
final class Watch: @unchecked Sendable {  // unchecked: the conditions are locked
    private let conditions = LockedValue<[GIOCondition]>([])
    private let onFire: (Watch) -> Bool
    private(set) var source: UnsafeMutablePointer<GSource>?

    /// Watches until the source is told not to go on; `onFire` tells it, by default at once.
    init(
        _ connection: OpaquePointer,
        _ condition: GIOCondition,
        _ cancel: Cancel? = nil,
        priority: Int32 = 0,
        onFire: @escaping (Watch) -> Bool = { _ in false }
    ) {
        self.onFire = onFire
        source = g_datagram_based_create_source(connection, condition, cancel?.pointer)
        let callback: GDatagramBasedSourceFunc = { _, condition, data in
            guard let data else { return 0 }
            let me = Unmanaged<Watch>.fromOpaque(data).takeUnretainedValue()
            me.conditions.withLock { $0.append(condition) }
            return me.onFire(me) ? 1 : 0
        }
        g_source_set_callback(
            source,
            // unsafeBitCast: g_source_set_callback takes every callback cast to GSourceFunc.
            unsafeBitCast(callback, to: GSourceFunc.self),
            Unmanaged.passUnretained(self).toOpaque(),
            nil
        )
        g_source_set_priority(source, priority)
        g_source_attach(source, g_main_context_get_thread_default())
    }

    deinit { destroy() }

    /// What it has fired with so far.
    var fired: [GIOCondition] { conditions.withLock { $0 } }

    func destroy() {
        guard let source else { return }
        self.source = nil
        g_source_destroy(source)
        g_source_unref(source)
    }
}

/// Processor time.
enum Processor {
    /// What the calling thread has used, in seconds.
    static var time: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Whether `body`, which lasts at least half a second, is idle all the while: a loop that spins uses it all.
    static func isIdle(_ body: () -> Void) -> Bool {
        let (time, start) = (Self.time, Date())
        body()
        let wall = Date().timeIntervalSince(start)
        // On a machine that is busy with others a spinning thread gets less; one that sleeps uses milliseconds.
        return Self.time - time < min(0.1, wall / 4)
    }
}

extension Loop {
    /// Iterates for so many seconds, whatever happens.
    func run(for seconds: TimeInterval) {
        let limit = Date() + seconds
        while Date() < limit { _ = run(until: { Date() >= limit }) }
    }
}
