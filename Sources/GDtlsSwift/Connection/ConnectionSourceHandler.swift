// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// The source that `g_datagram_based_create_source` gives to the application.
///
/// It sleeps on the base socket while something may come from there, and is woken when another thread has consumed
/// what it waits for (``ConnectionDriver/wakeWaiters()``).
// Unchecked Sendable: its own members are used in the thread that owns the context alone.
final class ConnectionSourceHandler: SourceHandler, @unchecked Sendable {
    private let driver: ConnectionDriver
    private let object: GRef<OpaquePointer>
    private let condition: GIOCondition
    private let cancellable: GRef<UnsafeMutablePointer<GCancellable>>?
    private var watch = BaseWatch()
    /// Wakes the source.
    ///
    /// Another thread could not do so directly: the application drops its last reference when it likes, and GLib refuses
    /// a source that has none, which is so for a moment before ``disposed(_:)`` hears of it.
    private let alarm = EventSource { alarm in
        alarm.setReadyTime(-1)
        return true
    }

    private init(
        _ driver: ConnectionDriver,
        _ object: GRef<OpaquePointer>,
        _ condition: GIOCondition,
        _ cancellable: GRef<UnsafeMutablePointer<GCancellable>>?
    ) {
        self.driver = driver
        self.object = object
        self.condition = condition
        self.cancellable = cancellable
    }

    /// Makes the source (transfer full).
    ///
    /// The corresponding C vfunc is `create_source`.
    static func makeSource(
        _ driver: ConnectionDriver,
        _ object: GRef<OpaquePointer>,
        _ condition: GIOCondition,
        _ cancellable: UnsafeMutablePointer<GCancellable>?
    ) -> UnsafeMutablePointer<GSource> {
        let handler = ConnectionSourceHandler(driver, object, condition, GRef(retaining: cancellable))
        let source = EventSource(handler, kind: .datagramBased)
        source.setName("GDtlsSwiftConnection")
        source.addChild(cancellable: cancellable)
        if condition.intersects(G_IO_IN) { handler.watch.join(source, on: driver.base) }
        handler.register()
        source.addChild(handler.alarm)
        return source.retained()
    }

    /// Has the alarm rung from now on, until it is destroyed, by its source or by its context.
    ///
    /// Whoever rings it enters its context, which GLib does not keep alive for that: a context may go as soon as its
    /// sources are destroyed, while other threads use the connection.
    private func register() {
        // nonisolated(unsafe): compared and removed, never followed.
        nonisolated(unsafe) let alarm = alarm.pointer
        let driver = driver
        driver.withLock { _ = driver.sources.insert(alarm) }
        self.alarm.whenDestroyed { driver.withLock { _ = driver.sources.remove(alarm) } }
    }

    override func prepare(_ source: BorrowedSource) -> SourceReadiness {
        if isCancelled { return .ready }
        // Not a look at the base: its descriptor, or source, tells the main loop.
        let (ready, isFed, isOver) = driver.withLock {
            (driver.presentCondition(condition), driver.isFedByReaders, driver.closed.contains(.reading))
        }
        if isOver { watch.leave(source) }
        let isNewWatch = watch.update(source, on: driver.base, condition.intersects(G_IO_IN) && isFed)
        return !ready.isEmpty ? .ready : isNewWatch ? .waitAtMost(milliseconds: 0) : .wait
    }

    override func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool {
        let ready = driver.withLock { driver.readyCondition(condition, isToldReadable: true) }
        guard !ready.isEmpty || isCancelled else { return true }
        return EventSource.callDatagramBased(callback, object: object.pointer, condition: ready, userData: userData)
    }

    override func disposed(_ source: BorrowedSource) {
        driver.withLock { _ = driver.sources.remove(alarm.pointer) }
    }

    private var isCancelled: Bool {
        cancellable.map { g_cancellable_is_cancelled($0.pointer) != 0 } ?? false
    }
}
