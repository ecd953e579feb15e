// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import DTLSEngine

/// Associations that wait for a peer, and so for whoever says to be it.
package enum HalfOpen: CaseIterable, Sendable {
    case serverBeforeHello
    case serverAfterHello
    case serverInThought
    case clientAfterHello
    case clientInThought
    case clientAfterItsFlight

    /// Which end waits.
    package var victim: Role {
        switch self {
        case .serverBeforeHello, .serverAfterHello, .serverInThought: .server
        case .clientAfterHello, .clientInThought, .clientAfterItsFlight: .client
        }
    }

    /// Makes a pair whose ``victim`` waits; from now on nothing arrives.
    package func pair() throws -> Pair {
        let pair = try Custom.authenticated.pair()
        switch self {
        case .serverBeforeHello:
            pair.command(.server) { $0.startHandshake(now: $1) }
            pair.link = .dead
            return pair
        case .serverAfterHello: pair.link.decide = { sender, _, _ in sender == .client ? .deliver : .drop }
        case .serverInThought: pair.server.verdict = nil
        case .clientAfterHello: pair.link = .dead
        case .clientInThought: pair.client.verdict = nil
        case .clientAfterItsFlight:
            pair.link.decide = { sender, serial, _ in sender == .client && serial > 0 ? .drop : .deliver }
        }
        pair.start()
        pair.settle()
        pair.link = .dead
        return pair
    }

    /// What a server keeps for a genuine hello that nothing follows.
    ///
    /// - Parameter heap: measures.
    /// - Returns: by how much that has grown.
    /// - Throws: what the engines say to their configurations.
    package static func costOfHello(_ heap: () -> Double) throws -> Double {
        let pair = try HalfOpen.serverBeforeHello.pair()
        let hello = Forger.clientHello()
        let before = heap()
        pair.inject(.server, hello)
        pair.server.sent = []
        return heap() - before
    }
}
