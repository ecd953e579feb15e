// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL
internal import Glibc

/// The secrets of every handshake, for who takes a conversation apart with Wireshark: one line each, in the format of NSS,
/// at the end of the file that the environment variable `SSLKEYLOGFILE` names.
///
/// The variable is read once, and never in a setuid program.
/// The corresponding C function is `SSL_CTX_set_keylog_callback`.
public enum KeyLog {
    /// Why nothing is written although the variable is set, in words for the program's user; else `nil`.
    public static var problem: String? {
        if case .unusable(let problem) = log { problem } else { nil }
    }

    /// Has the associations of a context write their secrets, if that is wanted.
    static func observe(_ context: OpaquePointer) {
        if case .open = log { SSL_CTX_set_keylog_callback(context, callback) }
    }

    private enum Log {
        case unwanted
        case open(descriptor: Int32)
        case unusable(problem: String)
    }

    private static let log: Log = {
        guard let path = environment("SSLKEYLOGFILE"), !path.isEmpty else { return .unwanted }
        func unusable(_ reason: String) -> Log { .unusable(problem: "No key log is written to \(path): \(reason)") }
        // Without O_NONBLOCK a pipe that nobody reads would hold up the process.
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { return unusable(String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            // A pipe whose reader is gone would end the process.
            close(descriptor)
            return unusable("it is not a regular file")
        }
        return .open(descriptor: descriptor)
    }()

    /// Given to `SSL_CTX_set_keylog_callback`.
    ///
    /// One write, for other processes and threads append to the file as well; and no copy of the secret, which would have
    /// to be wiped.
    private static let callback: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?) -> Void = { _, line in
        guard case .open(let descriptor) = log, let line else { return }
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1) { end in
            end.initialize(repeating: CChar(bitPattern: UInt8(ascii: "\n")))
            var parts = (
                iovec(iov_base: UnsafeMutablePointer(mutating: line), iov_len: strlen(line)),
                iovec(iov_base: end.baseAddress, iov_len: 1)
            )
            withUnsafeBytes(of: &parts) { bytes in
                _ = writev(descriptor, bytes.baseAddress?.assumingMemoryBound(to: iovec.self), 2)
            }
        }
    }
}
