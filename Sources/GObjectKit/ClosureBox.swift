// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO

/// A Swift closure for C to carry as `user_data`, freed by C's destroy notify.
final class ClosureBox: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    /// A pointer that owns the box: give it to C with ``destroy``.
    func retained() -> gpointer { Unmanaged.passRetained(self).toOpaque() }

    /// Calls the closure of a box that C carries.
    static func call(_ data: gpointer?) {
        guard let data else { return }
        Unmanaged<ClosureBox>.fromOpaque(data).takeUnretainedValue().body()
    }

    /// Frees a box that C carries.
    ///
    /// The corresponding C type is `GDestroyNotify`.
    static let destroy: @convention(c) @Sendable (gpointer?) -> Void = { data in
        guard let data else { return }
        Unmanaged<ClosureBox>.fromOpaque(data).release()
    }
}
