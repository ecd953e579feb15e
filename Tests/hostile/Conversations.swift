// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import DTLSEngine
import VirtualNetwork

/// The conversations that are attacked.
enum Conversation: CaseIterable {
    case plain
    /// Both ends show certificates.
    case authenticated
    /// Both ends think about certificates, and the client has to look for its own: every state lasts.
    case thoughtful

    func pair(_ link: Link = Link(), mtu: Int = EngineConfiguration.defaultMTU, server: Credentials = Identity.server)
        throws -> Pair
    {
        let pair = try Pair(link) {
            $0.mtu = mtu
            $1.mtu = mtu
            $1.credentials = server
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

extension Pair {
    /// Seconds of virtual time since it was made.
    var seconds: Double { Double(now.microseconds) / 1e6 }

    /// Lets the handshake end one way or the other; data passes both ways afterwards over a good network.
    func survives(within limit: Int64 = 60_000_000) -> Bool {
        connect(within: limit) && canTalk(over: Link())
    }

    var ends: String {
        "\(client.failure.map { "client: \($0)" } ?? "client alive"), \(server.failure.map { "server: \($0)" } ?? "server alive")"
    }
}

/// The other end.
extension Role {
    var other: Role { self == .client ? .server : .client }
}
