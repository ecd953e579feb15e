// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// Version and cipher are unknown once the connection is closed, and no data fits; whoever watches is told, once.
extension ConnectionObject {
    /// Tells in the calling thread, if this is the time.
    func tellClosing() {
        guard let driver = try? driver, driver.monitor.withLock({ driver.takesClosing() }) else { return }
        notifyClosing()
    }

    fileprivate func notifyClosing() {
        notify("protocol-version")
        notify("ciphersuite-name")
        notify("max-data-size")
    }
}

extension ConnectionDriver {
    /// Tells in the context of a task that is about to be completed, and before its callback.
    ///
    /// With the lock.
    func tellClosing(in task: AsyncTask) {
        guard takesClosing() else { return }
        let connection = self.connection
        task.context.invokeLater(priority: task.priority) {
            guard let object = connection.upgrade() else { return }
            tryImplementation(object.pointer, as: ConnectionObject.self)?.notifyClosing()
        }
    }

    /// Whether the caller has to tell: both directions are shut down, there was something, and nobody else tells.
    ///
    /// With the lock.
    fileprivate func takesClosing() -> Bool {
        guard closed == .both, outcome.negotiated != nil, !isClosingTold else { return false }
        isClosingTold = true
        return true
    }
}
