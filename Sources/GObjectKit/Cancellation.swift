// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// Throws `G_IO_ERROR_CANCELLED` after a cancellation; NULL is never cancelled.
///
/// The corresponding C function is `g_cancellable_set_error_if_cancelled`.
public func checkCancelled(_ cancellable: UnsafeMutablePointer<GCancellable>?) throws {
    guard let cancellable, g_cancellable_is_cancelled(cancellable) != 0 else { return }
    _ = try withGError { g_cancellable_set_error_if_cancelled(cancellable, $0) }
}
