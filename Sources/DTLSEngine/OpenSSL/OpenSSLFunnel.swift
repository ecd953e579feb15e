// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

#if DEBUG
    internal import Synchronization
#endif

/// The one door to the calls of libssl and libcrypto that can fail.
///
/// Each call starts with an empty error queue, so that what the queue holds afterwards is that call's alone, and
/// debug builds can make the n-th call fail without making it (``FaultInjection``).
enum OpenSSL {
    /// Calls `body` and returns what it returns, or `failure` where a fault is due.
    @inline(__always)
    static func call<R>(failure: @autoclosure () -> R, _ body: () -> R) -> R {
        #if DEBUG
            if FaultInjection.takesNext() { return failure() }
        #endif
        // The look costs a fifth of the clearing, and nearly always there is nothing to be cleared.
        if ERR_peek_error() != 0 { ERR_clear_error() }
        return body()
    }

    /// Calls a constructor: the pointer it returns, or its reasons as an ``OpenSSLError``.
    static func make<Pointer>(_ body: () -> Pointer?) throws(OpenSSLError) -> Pointer {
        // Whatever this library does with OpenSSL begins with something that is made.
        _ = isKeptAtExit
        guard let made = call(failure: nil, body) else { throw OpenSSLError.drain() }
        return made
    }

    /// Has OpenSSL leave its memory alone in `exit`, while other threads may still be using it, unless the process has
    /// set OpenSSL up already.
    ///
    /// It would otherwise pull its tables from under an association that is being made in the background.
    private static let isKeptAtExit = OPENSSL_init_crypto(COpenSSL_OPENSSL_INIT_NO_ATEXIT, nil) == 1

    /// Calls a function that answers 1 for success; anything else throws its reasons.
    static func check(_ body: () -> Int32) throws(OpenSSLError) {
        guard call(failure: 0, body) == 1 else { throw OpenSSLError.drain() }
    }
}

#if DEBUG
    /// Counted failures at the funnel, for the stress tests; debug builds only.
    public enum FaultInjection {
        /// The calls that one test makes, counted apart from those of the tests beside it.
        @TaskLocal public static var countdown: Countdown?

        /// A counter that one test shares with the calls it makes.
        public final class Countdown: Sendable {
            private let left: Atomic<Int>
            /// - Parameter calls: how many calls succeed before one fails; negative: none fails.
            public init(failingAfter calls: Int) { left = Atomic(calls) }
            /// Whether the fault has been taken, or none is due.
            public var isSpent: Bool { left.load(ordering: .relaxed) < 0 }

            func takesNext() -> Bool {
                !isSpent && left.wrappingSubtract(1, ordering: .relaxed).newValue == -1
            }

            func restart(_ calls: Int) { left.store(calls, ordering: .relaxed) }
        }

        /// Lets one call fail in the whole process, after so many that succeed, whichever thread makes it.
        ///
        /// - Parameter calls: how many calls succeed before one fails; negative: none fails.
        public static func failCall(after calls: Int) { ofProcess.restart(calls) }

        private static let ofProcess = Countdown(failingAfter: -1)

        static func takesNext() -> Bool { (countdown ?? ofProcess).takesNext() }
    }
#endif
