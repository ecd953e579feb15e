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

    /// Makes a pair whose ``victim`` waits; the other end is silent from now on.
    package func pair() throws -> Pair {
        let pair = try Custom.authenticated.pair()
        switch self {
        case .serverBeforeHello:
            pair.command(.server) { $0.startHandshake(now: $1) }
            return pair
        case .serverAfterHello: pair.link.decide = { sender, _, _ in sender == .client ? .deliver : .drop }
        case .serverInThought: pair.server.verdict = nil
        case .clientAfterHello: pair.link.decide = { _, _, _ in .drop }
        case .clientInThought: pair.client.verdict = nil
        case .clientAfterItsFlight:
            pair.link.decide = { sender, serial, _ in sender == .client && serial > 0 ? .drop : .deliver }
        }
        pair.start()
        pair.settle()
        return pair
    }
}
