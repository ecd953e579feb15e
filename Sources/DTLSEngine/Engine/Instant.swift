// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// A point in time on a monotonic clock that the caller of the engine reads; the engine itself has no clock.
public struct Instant: Comparable, Hashable, Sendable {
    /// Microseconds since an epoch of the caller's choice, as `g_get_monotonic_time` counts them.
    public let microseconds: Int64

    /// - Parameter microseconds: microseconds since an epoch that all instants given to one engine share.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Whether the one instant comes before the other.
    public static func < (earlier: Instant, later: Instant) -> Bool {
        earlier.microseconds < later.microseconds
    }

    /// The instant so many microseconds later, or the last one there is.
    public static func + (start: Instant, microseconds: Int64) -> Instant {
        let (sum, overflow) = start.microseconds.addingReportingOverflow(microseconds)
        return Instant(microseconds: overflow ? (microseconds < 0 ? .min : .max) : sum)
    }
}
