// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// What must not happen under the driver's lock: completing tasks, which may run callbacks, and dropping what may be
/// the last reference to something of the application's, or waits for a handler that waits for the lock.
struct Afterwards {
    var completions: [(task: AsyncTask, result: Result<Bool, any Error>)] = []
    var transfers: [(transfer: Transfer, result: Result<Transfer.Outcome, any Error>)] = []
    var operations: [PendingOperation] = []
    var errands: [Errand] = []
    /// To be withdrawn, which runs handlers of those who were asked.
    var inquiries: [Inquiry] = []
    /// Sources to destroy, and with them what the base made.
    var sources: [EventSource] = []

    var isEmpty: Bool {
        completions.isEmpty && transfers.isEmpty && operations.isEmpty && errands.isEmpty && inquiries.isEmpty
            && sources.isEmpty
    }

    /// Without the lock.
    consuming func run() {
        for source in sources { source.destroy() }
        for inquiry in inquiries { inquiry.withdraw() }
        for (task, result) in completions { task.completeLater(result) }
        for (transfer, result) in transfers { transfer.complete(result) }
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
