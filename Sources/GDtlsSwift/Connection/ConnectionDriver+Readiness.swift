// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// Conditions: what GDatagramBased's `condition_check`, `condition_wait` and sources tell.
extension ConnectionDriver {
    /// What holds now, of the conditions asked for; `G_IO_HUP` unasked.
    ///
    /// The C vfunc is `condition_check`.
    func check(_ condition: GIOCondition) -> GIOCondition {
        withLock { readyCondition(condition) }
    }

    /// Waits until a condition asked for holds.
    ///
    /// The C vfunc is `condition_wait`.
    func wait(for condition: GIOCondition, timeout: Int64, cancellable: UnsafeMutablePointer<GCancellable>?) throws {
        let attempt: () -> Bool? = { [self] in readyCondition(condition).isEmpty ? nil : true }
        if timeout == 0 {
            try checkCancelled(cancellable)
            guard withLock(attempt) == nil else { return }
            throw GLibError.io(G_IO_ERROR_TIMED_OUT, "No condition holds yet")
        }
        _ = try block(
            until: Deadline(timeout: timeout),
            cancellable: cancellable,
            datagrams: ReceiveBuffer.slots,
            drives: false,
            attempt: attempt
        )
    }

    /// The same as ``check(_:)``, with the lock held.
    ///
    /// Takes from the base what is needed to know.
    func readyCondition(_ condition: GIOCondition) -> GIOCondition {
        if handlerThread == Self.currentThread { return .none }
        if case .established = phase, condition.intersects(G_IO_IN), received.isEmpty, end == nil,
            !closed.contains(.reading)
        {
            pump(datagrams: ReceiveBuffer.slots)
        } else if !unsent.isEmpty {
            flush()
        }
        if closed == .both { return G_IO_HUP }
        let ready: GIOCondition
        switch phase {
        case .new, .failed:
            // Ready to be called: that starts the handshake, or tells the error.
            ready = G_IO_IN | G_IO_OUT
        case .handshaking:
            ready = isHandshakeDriven ? .none : G_IO_IN | G_IO_OUT
        case .established:
            ready = (isReadable ? G_IO_IN : .none) | (isWritable ? G_IO_OUT : .none)
        }
        return ready & condition
    }

    /// Whether whoever waits for data reads the base: in a handshake its driver does, and after an end nobody.
    var isFedByReaders: Bool {
        guard case .established = phase else { return false }
        return wantsToRead && end == nil && !closed.contains(.reading)
    }

    private var isReadable: Bool {
        !closed.contains(.reading) && (!received.isEmpty || end != nil || baseError != nil)
    }

    private var isWritable: Bool {
        !closed.contains(.writing) && unsent.isEmpty
    }
}

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
    private var tag: SourceFDTag?
    private var child: UnsafeMutablePointer<GSource>?

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
        driver.withLock { _ = driver.sources.insert(source.pointer) }
        return source.retained()
    }

    override func prepare(_ source: BorrowedSource) -> SourceReadiness {
        // First this, then the look: a change in between sets it again.
        if source.readyTime >= 0 { source.setReadyTime(-1) }
        return isReady(source) ? .ready : .wait
    }

    override func check(_ source: BorrowedSource) -> Bool { isReady(source) }

    override func dispatch(_ source: BorrowedSource, callback: GSourceFunc?, userData: gpointer?) -> Bool {
        let ready = driver.check(condition)
        guard !ready.isEmpty || isCancelled else { return true }
        return EventSource.callDatagramBased(callback, object: object.pointer, condition: ready, userData: userData)
    }

    override func disposed(_ source: BorrowedSource) {
        driver.withLock { _ = driver.sources.remove(source.pointer) }
    }

    private var isCancelled: Bool {
        cancellable.map { g_cancellable_is_cancelled($0.pointer) != 0 } ?? false
    }

    private func isReady(_ source: BorrowedSource) -> Bool {
        if isCancelled { return true }
        let (ready, isWatching) = driver.withLock { (driver.readyCondition(condition), driver.isFedByReaders) }
        watchBase(source, condition.intersects(G_IO_IN) && isWatching)
        return !ready.isEmpty
    }

    /// Watches the base, or stops to where this source could not take what comes from it: that would spin.
    private func watchBase(_ source: some SourceOperations, _ isWatching: Bool) {
        if isWatching, tag == nil, child == nil {
            if let descriptor = driver.base.descriptor {
                tag = source.addUnixFD(descriptor, events: G_IO_IN)
            } else {
                let made = driver.base.makeSource(G_IO_IN)
                source.addChild(made)
                g_source_unref(made)
                child = made
            }
        } else if !isWatching {
            if let tag { source.remove(tag) }
            if let child { source.removeChild(child) }
            tag = nil
            child = nil
        }
    }
}
