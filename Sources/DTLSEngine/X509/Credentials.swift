// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// What a party shows of itself: its certificate, those that vouch for it, and the key that proves it.
public struct Credentials: Sendable {
    /// The certificates, the party's own first, each followed by its issuer; without the root where it was not given.
    public var chain: [X509Certificate]

    /// The key of the first certificate; `nil` where it is not at hand.
    public var key: PrivateKey?

    /// - Parameters:
    ///   - chain: the certificates, the party's own first.
    ///   - key: the key of the first certificate.
    public init(chain: [X509Certificate], key: PrivateKey?) {
        self.chain = chain
        self.key = key
    }

    /// Whether the key is that of the first certificate, so far as both are there.
    public var isMatched: Bool {
        guard let leaf = chain.first, let key else { return true }
        return leaf.matches(key)
    }
}
