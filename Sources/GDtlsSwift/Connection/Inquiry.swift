// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// A question that a handshake has put to code which may take its time: an interaction, a database of the application's.
///
/// It is withdrawn when nobody waits for the answer any more, because the operation that drove the handshake was
/// cancelled or the handshake is over. What was asked is told by its cancellable.
final class Inquiry: Sendable {
    /// Tells whoever is asked that the question was withdrawn.
    let cancellable: GRef<UnsafeMutablePointer<GCancellable>>
    /// What to do again if the question is withdrawn and the handshake goes on later.
    let errand: Errand
    /// Whether another thread asks than that of a blocking call.
    let isElsewhere: Bool

    init(_ errand: Errand, isElsewhere: Bool) {
        self.errand = errand
        self.isElsewhere = isElsewhere
        cancellable = GRef(taking: g_cancellable_new())
    }

    /// Whether nobody waits for the answer any more.
    var isWithdrawn: Bool { g_cancellable_is_cancelled(cancellable.pointer) != 0 }

    /// Runs handlers of the application: never under a lock.
    func withdraw() { g_cancellable_cancel(cancellable.pointer) }
}

extension ConnectionDriver {
    /// Puts a question in the calling thread, for a blocking call.
    ///
    /// - Parameters:
    ///   - errand: what is done again if the question is withdrawn.
    ///   - cancellable: of the call; when it is cancelled the question is withdrawn.
    ///   - ask: puts the question, without the lock.
    /// - Returns: what follows from the answer.
    func inquire(
        _ errand: Errand,
        cancellable: UnsafeMutablePointer<GCancellable>?,
        _ ask: (Inquiry) -> (() -> Void)?
    ) -> (() -> Void)? {
        let inquiry = begin(Inquiry(errand, isElsewhere: false))
        let handler = CancelHandler(cancellable) { inquiry.withdraw() }
        defer { handler?.disconnect() }
        return asInquirer { ask(inquiry) }
    }

    /// Puts a question in a thread of GLib's pool, for the worker, which must not wait.
    ///
    /// - Parameters:
    ///   - errand: what is done again if the question is withdrawn.
    ///   - object: kept alive while the question lasts.
    ///   - ask: puts the question, and gives what follows from the answer.
    func inquireElsewhere(
        _ errand: Errand,
        of object: KeptObject,
        _ ask: @escaping @Sendable (Inquiry) -> (() -> Void)?
    ) {
        let inquiry = begin(Inquiry(errand, isElsewhere: true))
        ThreadPool.run(object) { [weak self] in self?.asInquirer { ask(inquiry) } ?? nil }
    }

    /// Runs `body` as a thread for whose answer the handshake waits, which must not block on the same connection.
    private func asInquirer(_ body: () -> (() -> Void)?) -> (() -> Void)? {
        withLock { inquirers.append(Self.currentThread) }
        defer { withLock { inquirers.removeAll { $0 == Self.currentThread } } }
        return body()
    }

    /// Ends a question.
    ///
    /// - Returns: whether the answer counts. A withdrawn question's does not; where the question failed because it was
    ///   withdrawn, whoever goes on with the handshake puts it again.
    func conclude(_ inquiry: Inquiry, hasFailed: Bool) -> Bool {
        withLock {
            guard self.inquiry === inquiry else { return false }
            guard hasFailed, inquiry.isWithdrawn else {
                self.inquiry = nil
                return true
            }
            putAgain(inquiry)
            return false
        }
    }

    /// Withdraws the present question, if there is one; the handshake stands still, or is over.
    ///
    /// With the lock.
    ///
    /// - Parameter isPutAgain: whether the next operation puts it again.
    func withdrawInquiry(isPutAgain: Bool) {
        guard let inquiry else { return }
        afterwards.inquiries.append(inquiry)
        if isPutAgain { putAgain(inquiry) } else { self.inquiry = nil }
    }

    /// Has whoever goes on with the handshake put a question that was withdrawn.
    private func putAgain(_ inquiry: Inquiry) {
        self.inquiry = nil
        guard isHandshaking else { return afterwards.inquiries.append(inquiry) }
        errands.insert(inquiry.errand, at: 0)
        noteChange()
    }

    private func begin(_ inquiry: Inquiry) -> Inquiry {
        withLock {
            // A question about a handshake that is over has no meaning, and nobody would withdraw it later.
            if isHandshaking { self.inquiry = inquiry } else { afterwards.inquiries.append(inquiry) }
        }
        return inquiry
    }
}
