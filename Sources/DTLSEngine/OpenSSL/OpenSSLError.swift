// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// What OpenSSL's error queue held when a call failed, oldest entry first.
///
/// The queue belongs to the thread and outlives the call, so it is drained into a value at once.
/// The corresponding C function is `ERR_get_error`.
public struct OpenSSLError: Error, Sendable, CustomStringConvertible {
    /// One line of the queue.
    public struct Entry: Sendable {
        /// `ERR_GET_LIB`: which part of OpenSSL speaks, such as `ERR_LIB_SSL`.
        ///
        /// A reason means nothing without it; 0 where this library speaks itself.
        public let library: Int32
        /// `ERR_GET_REASON`, a number of that library's own.
        public let reason: Int32
        /// The reason in English, as OpenSSL words it.
        public let text: String
    }

    /// The queue, oldest entry first; empty where OpenSSL gave no reason.
    public let entries: [Entry]

    /// The reason that the queue's last entry gives: the outermost call's, the one closest to what was asked.
    public var description: String {
        entries.last?.text ?? "OpenSSL gave no reason"
    }

    /// Makes an error of what this library found itself.
    init(reason: String) {
        self.init(entries: [Entry(library: 0, reason: 0, text: reason)])
    }

    /// Whether any entry carries this reason of this library.
    func has(library: Int32, reason: Int32) -> Bool {
        entries.contains { $0.library == library && $0.reason == reason }
    }

    private init(entries: [Entry]) {
        self.entries = entries
    }

    /// Takes the whole queue of this thread and leaves it empty.
    static func drain() -> OpenSSLError {
        var entries: [Entry] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { return OpenSSLError(entries: entries) }
            let text = ERR_reason_error_string(code).map { String(cString: $0) }
            entries.append(
                Entry(
                    library: ERR_GET_LIB(code),
                    reason: ERR_GET_REASON(code),
                    text: text ?? "error \(ERR_GET_REASON(code)) of library \(ERR_GET_LIB(code))"
                )
            )
        }
    }
}
