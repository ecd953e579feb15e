// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import DTLSEngine
internal import GObjectKit

extension KeyLog {
    private static let isTold = Guarded(false)

    /// Tells whoever asked for a key log why there is none, once in a process.
    ///
    /// Without a lock: a log handler is the application's code.
    static func warnOnce() {
        guard let problem else { return }
        let isFirst = isTold.withLock { isTold in
            defer { isTold = true }
            return !isTold
        }
        if isFirst { logWarning(problem) }
    }
}
