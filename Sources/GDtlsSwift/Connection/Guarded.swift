// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// A value that any thread may read and change, one at a time.
// Unchecked Sendable: the value is reached under the lock alone; what it refers to may go to any thread.
final class Guarded<Value>: @unchecked Sendable {
    private var value: Value
    private let monitor = Monitor()

    init(_ value: Value) {
        self.value = value
    }

    /// Runs `body` with the value; it must not enter application code.
    func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        try monitor.withLock { try body(&value) }
    }
}
