// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Synchronization

/// What GLib logged in the domain of the library while `body` ran in this thread.
func expectWarning(_ body: () -> Void) -> String {
    LogTrap.install
    LogTrap.lines.withLock { $0[LogTrap.thread] = "" }
    body()
    return LogTrap.lines.withLock { $0.removeValue(forKey: LogTrap.thread) } ?? ""
}

private enum LogTrap {
    static let lines = Mutex<[UInt: String]>([:])

    static var thread: UInt { UInt(bitPattern: g_thread_self()) }

    static let install: Void = {
        let levels = GLogLevelFlags(rawValue: G_LOG_LEVEL_WARNING.rawValue | G_LOG_LEVEL_CRITICAL.rawValue)
        g_log_set_handler(
            "GDtlsSwift",
            levels,
            { _, _, message, _ in
                guard let message else { return }
                LogTrap.lines.withLock { $0[LogTrap.thread]?.append(String(cString: message) + "\n") }
            },
            nil
        )
    }()
}
