// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

/// A mutex and a condition, on the heap because their addresses must not move.
///
/// The corresponding C types are `GMutex` and `GCond`.
// Unchecked Sendable: it is made of two thread-safe objects and never changes.
final class Monitor: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<GMutex>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<GCond>.allocate(capacity: 1)

    init() {
        g_mutex_init(mutex)
        g_cond_init(condition)
    }

    deinit {
        g_cond_clear(condition)
        g_mutex_clear(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func lock() { g_mutex_lock(mutex) }
    func unlock() { g_mutex_unlock(mutex) }

    /// Runs `body` with the lock held.
    func withLock<R>(_ body: () throws -> R) rethrows -> R {
        lock()
        defer { unlock() }
        return try body()
    }

    /// Runs `body` without the lock, for what may wait or enter the application.
    func withoutLock<R>(_ body: () throws -> R) rethrows -> R {
        unlock()
        defer { lock() }
        return try body()
    }

    /// Sleeps, without the lock, until ``wakeAll()`` or an instant of the monotonic clock in microseconds.
    func wait(until instant: Int64?) {
        if let instant {
            g_cond_wait_until(condition, mutex, gint64(instant))
        } else {
            g_cond_wait(condition, mutex)
        }
    }

    func wakeAll() { g_cond_broadcast(condition) }
}
