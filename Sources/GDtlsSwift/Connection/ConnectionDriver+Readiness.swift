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
    func readyCondition(_ condition: GIOCondition, isToldReadable: Bool = false) -> GIOCondition {
        if isInsideHandler { return .none }
        if isFedByReaders, condition.intersects(G_IO_IN), received.isEmpty {
            pump(datagrams: ReceiveBuffer.slots, isToldReadable: isToldReadable)
        } else if !unsent.isEmpty {
            flush()
        }
        return presentCondition(condition)
    }

    /// What holds now without a look at the base.
    ///
    /// With the lock held.
    func presentCondition(_ condition: GIOCondition) -> GIOCondition {
        if isInsideHandler { return .none }
        if closed == .both { return G_IO_HUP }
        var ready: GIOCondition
        switch phase {
        case .new, .failed:
            // Ready to be called: that starts the handshake, or tells the error.
            ready = G_IO_IN | G_IO_OUT
        case .handshaking:
            ready = isHandshakeDriven ? .none : G_IO_IN | G_IO_OUT
        case .established:
            ready = (isReadable ? G_IO_IN : .none) | (unsent.isEmpty ? G_IO_OUT : .none)
        }
        if closed.contains(.reading) { ready = ready & ~G_IO_IN }
        if closed.contains(.writing) { ready = ready & ~G_IO_OUT }
        return ready & condition
    }

    /// Whether whoever waits for data reads the base: in a handshake its driver does, and after an end nobody.
    var isFedByReaders: Bool {
        guard case .established = phase else { return false }
        return wantsToRead && end == nil && !closed.contains(.reading)
    }

    private var isReadable: Bool {
        !received.isEmpty || end != nil || baseError != nil || base.isClosed
    }
}
