// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import DTLSEngine

/// How the two ends of a ``Pair`` authenticate, and what makes their states last.
package enum Custom: CaseIterable, Sendable {
    /// A server with a certificate.
    case plain
    /// The client has one as well.
    case authenticated
    /// Both ends think about certificates, and the client has to look for its own.
    case thoughtful

    /// Makes a pair of this kind.
    ///
    /// - Parameters:
    ///   - link: the network.
    ///   - mtu: both ends' largest datagram, in bytes.
    ///   - chain: what the server shows.
    /// - Returns: the pair; nothing is sent yet.
    /// - Throws: what an engine says to its configuration.
    package func pair(
        _ link: Link = Link(),
        mtu: Int = EngineConfiguration.defaultMTU,
        chain: Credentials = Identity.server
    ) throws -> Pair {
        let pair = try Pair(link) {
            $0.mtu = mtu
            $1.mtu = mtu
            $1.credentials = chain
            if self == .plain { return }
            if self == .authenticated { $0.credentials = Identity.client }
            $1.clientAuthentication = .required
        }
        if self == .thoughtful {
            pair.client.thinkingTime = 30_000
            pair.server.thinkingTime = 30_000
            pair.client.answer = Identity.client
        }
        return pair
    }
}
