// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

/// Writes a warning to GLib's log: for mistakes of the program, never for what a peer can cause.
///
/// The corresponding C macro is `g_warning`, in the log domain `GDtlsSwift`.
public func logWarning(_ message: String) {
    log(message, level: G_LOG_LEVEL_WARNING)
}

/// Reports a mistake of the program that GObject would report too, such as a construct property given twice.
///
/// The corresponding C macro is `g_critical`, in the log domain `GDtlsSwift`.
public func logCritical(_ message: String) {
    log(message, level: G_LOG_LEVEL_CRITICAL)
}

/// Writes a debug message to GLib's log.
///
/// The corresponding C macro is `g_debug`.
public func logDebug(_ message: @autoclosure () -> String) {
    guard g_log_writer_default_would_drop(G_LOG_LEVEL_DEBUG, "GDtlsSwift") == 0 else { return }
    log(message(), level: G_LOG_LEVEL_DEBUG)
}

private func log(_ message: String, level: GLogLevelFlags) {
    message.withCString { text in
        withVaList([text]) { g_logv("GDtlsSwift", level, "%s", $0) }
    }
}
