// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine

/// How long an operation may wait, from a GIO timeout.
enum Deadline {
    /// Not at all (timeout 0).
    case immediate
    /// Until this instant of the monotonic clock (timeout > 0).
    case at(Instant)
    /// Without limit (timeout < 0).
    case never

    /// - Parameter timeout: microseconds, as GIO has it.
    init(timeout: Int64) {
        self = timeout == 0 ? .immediate : timeout < 0 ? .never : .at(.now + timeout)
    }

    /// The instant, if there is one.
    var instant: Instant? {
        if case .at(let instant) = self { return instant }
        return nil
    }
}

extension Instant {
    /// The present.
    ///
    /// The corresponding C function is `g_get_monotonic_time`.
    static var now: Instant { Instant(microseconds: Int64(g_get_monotonic_time())) }
}
