// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// What must not happen under the driver's lock: completing tasks, which may run callbacks, and dropping what may be
/// the last reference to something of the application's, or waits for a handler that waits for the lock.
struct Afterwards {
    var completions: [Completion] = []
    var transfers: [(transfer: Transfer, result: Result<Transfer.Outcome, any Error>)] = []
    /// Of operations that are over.
    var cancelHandlers: [CancelHandler] = []
    var errands: [Errand] = []
    /// To be withdrawn, which runs handlers of those who were asked.
    var inquiries: [Inquiry] = []
    /// Sources to destroy, and with them what the base made.
    var sources: [EventSource] = []

    var isEmpty: Bool {
        completions.isEmpty && transfers.isEmpty && cancelHandlers.isEmpty && errands.isEmpty && inquiries.isEmpty
            && sources.isEmpty
    }

    /// Without the lock.
    mutating func run() {
        for source in sources { source.destroy() }
        // Gone before anybody is told: whoever has heard the last of it may free the context, which the last reference to a
        // source of it enters.
        sources = []
        for inquiry in inquiries { inquiry.withdraw() }
        for completion in completions { completion.post() }
        for (transfer, result) in transfers { transfer.complete(result) }
    }
}

/// The end of an asynchronous operation, to be told in its context, where its task goes as well.
///
/// A task holds its connection. Whoever else still held it when the callback lets go of the connection would have it
/// disposed of in a thread where the application does not expect that, and at no certain time.
final class Completion: Sendable {
    private let task: Guarded<AsyncTask?>
    private let result: Result<Bool, any Error>

    init(_ task: AsyncTask, _ result: Result<Bool, any Error>) {
        self.task = Guarded(task)
        self.result = result
    }

    /// Has the callback called from an iteration of the task's context.
    func post() {
        guard let (context, priority) = task.withLock({ $0.map { ($0.context, $0.priority) } }) else { return }
        context.invokeLater(priority: priority) { [self] in takeTask()?.complete(result) }
    }

    private func takeTask() -> AsyncTask? {
        task.withLock { task in
            defer { task = nil }
            return task
        }
    }
}

extension AsyncTask {
    /// Whether the application has cancelled the operation.
    var isCancelled: Bool {
        cancellable.map { g_cancellable_is_cancelled($0) != 0 } ?? false
    }

    /// Ends the operation from an iteration of its context.
    ///
    /// GTask itself would run the callback at once, inside a call that the application made of another operation, where
    /// that call comes from the same context.
    func completeLater(_ result: Result<Bool, any Error>) {
        context.invokeLater(priority: priority) { [self] in complete(result) }
    }
}
