// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// What must not happen under the driver's lock: completing tasks, which may run callbacks, and dropping what may be
/// the last reference to something of the application's, or waits for a handler that waits for the lock.
struct Afterwards {
    /// The end of an asynchronous operation.
    struct Completion {
        let task: AsyncTask
        let result: Result<Bool, any Error>
        /// Runs in the task's context before its callback.
        var prelude: (@Sendable () -> Void)?
    }

    var completions: [Completion] = []
    var operations: [PendingOperation] = []
    var errands: [Errand] = []

    var isEmpty: Bool { completions.isEmpty && operations.isEmpty && errands.isEmpty }

    /// Without the lock.
    consuming func run() {
        for completion in completions { completion.task.completeLater(completion.result, after: completion.prelude) }
    }
}

extension AsyncTask {
    /// Ends the operation from an iteration of its context.
    ///
    /// GTask itself would run the callback at once, inside a call that the application made of another operation, where
    /// that call comes from the same context.
    func completeLater(_ result: Result<Bool, any Error>, after prelude: (@Sendable () -> Void)? = nil) {
        context.invokeLater(priority: priority) { [self] in
            prelude?()
            complete(result)
        }
    }
}
