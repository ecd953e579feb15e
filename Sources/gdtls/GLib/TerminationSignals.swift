// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// SIGINT and SIGTERM, the first time; from then on they end the process, as if nobody had asked for them.
final class TerminationSignals {
    /// The signal that has come, if one has.
    private(set) var received: Int32?

    private let action: () -> Void
    private var sources: [guint] = []

    /// Begins to wait for them.
    ///
    /// - Parameter action: what the first one causes, in the main loop.
    init(_ action: @escaping () -> Void) {
        self.action = action
        let me = Unmanaged.passUnretained(self).toOpaque()
        sources = [
            g_unix_signal_add(SIGINT, { TerminationSignals.note(SIGINT, $0) }, me),
            g_unix_signal_add(SIGTERM, { TerminationSignals.note(SIGTERM, $0) }, me),
        ]
    }

    /// Ends the waiting; must be called before the object goes.
    func ignore() {
        for source in sources { g_source_remove(source) }
        sources = []
    }

    private static func note(_ signal: Int32, _ me: gpointer?) -> gboolean {
        guard let me else { return G_SOURCE_REMOVE }
        let signals = Unmanaged<TerminationSignals>.fromOpaque(me).takeUnretainedValue()
        signals.received = signal
        signals.ignore()
        signals.action()
        return G_SOURCE_REMOVE
    }
}
