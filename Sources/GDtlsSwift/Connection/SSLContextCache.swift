// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// One `SSL_CTX` for each role and set of policies in the process: making one costs more than a handshake.
enum SSLContextCache {
    private static let contexts = Guarded<[SSLContext.Policy: SSLContext]>([:])

    /// The shared context.
    ///
    /// Any thread.
    static func context(for policy: SSLContext.Policy) throws -> SSLContext {
        try contexts.withLock { contexts in
            if let context = contexts[policy] { return context }
            do throws(OpenSSLError) {
                let made = try SSLContext(policy: policy)
                contexts[policy] = made
                return made
            } catch {
                throw GLibError.tls(G_TLS_ERROR_MISC, "OpenSSL cannot be set up for DTLS: \(error)")
            }
        }
    }
}
