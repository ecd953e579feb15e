// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import DTLSEngine

extension Pair {
    /// Connects while a forger is at work, and then talks over a network that does no harm.
    ///
    /// - Parameters:
    ///   - forgery: what it sends.
    ///   - victim: whom to.
    ///   - isMoment: whether it sends before the step of this number.
    /// - Returns: whether both ends are connected and data passes both ways.
    package func connects(under forgery: Forgery, at victim: Role, before isMoment: (Int) -> Bool) -> Bool {
        withoutActuallyEscaping(isMoment) { isMoment in
            start()
            beforeStep = { [unowned self] step in
                guard isMoment(step) else { return }
                for datagram in forgery.datagrams { inject(victim, datagram) }
            }
            drive(until: { isConnected || client.failure != nil || server.failure != nil })
            beforeStep = { _ in }
        }
        settle()
        return isConnected && canTalk(over: Link())
    }

    /// Throws a forgery at an end of an established association.
    ///
    /// - Returns: whether that changed nothing: no answer, no data, no end.
    package func ignores(_ forgery: Forgery, at victim: Role) -> Bool {
        let end = self[victim]
        let (sent, received, isPeerClosed) = (end.sent.count, end.received.count, end.isPeerClosed)
        for datagram in forgery.datagrams { inject(victim, datagram) }
        return end.sent.count == sent && end.received.count == received && end.isPeerClosed == isPeerClosed
            && end.failure == nil
    }
}
