// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// The poll record of a cancellable, for g_poll: readable once it is cancelled.
///
/// Costs a file descriptor for as long as it lives. The corresponding C functions are `g_cancellable_make_pollfd` and
/// `g_cancellable_release_fd`.
///
/// Unchecked Sendable: immutable.
public final class CancellablePollFD: @unchecked Sendable {
    /// What to give to g_poll.
    public let record: GPollFD
    private let cancellable: GRef<UnsafeMutablePointer<GCancellable>>

    /// Nothing if there is no cancellable, or no file descriptor to be had.
    public init?(_ cancellable: UnsafeMutablePointer<GCancellable>?) {
        var record = GPollFD()
        guard let cancellable, g_cancellable_make_pollfd(cancellable, &record) != 0 else { return nil }
        self.record = record
        self.cancellable = GRef(retaining: cancellable)
    }

    deinit {
        g_cancellable_release_fd(cancellable.pointer)
    }
}
