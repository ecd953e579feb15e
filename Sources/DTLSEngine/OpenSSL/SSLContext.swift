// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// An `SSL_CTX`: what all associations of one role and one set of policies share.
///
/// Making one costs more than a handshake, so callers keep it. Nothing that can be seen changes once it is made: safe from any thread.
public final class SSLContext: Sendable {
    /// The policies that engines of one context have in common.
    public struct Policy: Hashable, Sendable {
        /// Which end the engines are.
        public var role: Role
        /// OpenSSL's cipher list for DTLS 1.2; `nil`: ``defaultCipherList``.
        public var cipherList: String?
        /// The lowest version on the wire that is spoken, as OpenSSL counts it.
        public var minimumVersion: Int32 = DTLS1_2_VERSION

        /// The default policies for one role.
        public init(role: Role) {
            self.role = role
        }
    }

    /// AEAD suites with forward secrecy.
    ///
    /// CBC suites are left out because libssl ends an association at the first forged record when encrypt-then-MAC is
    /// on (openssl issue 24972), CCM_8 because of its short tag.
    public static let defaultCipherList = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AESCCM:!AESCCM8:!aNULL:!PSK"

    /// What it was made with.
    public let policy: Policy
    // Safe because it is set once, never changed after init, and libssl counts references to it atomically.
    nonisolated(unsafe) let pointer: OpaquePointer
    let knownKeys = KnownKeys()

    /// The corresponding C function is `SSL_CTX_new`.
    public init(policy: Policy) throws(OpenSSLError) {
        self.policy = policy
        pointer = try OpenSSL.make {
            SSL_CTX_new(policy.role == .client ? DTLS_client_method() : DTLS_server_method())
        }
        try configure()
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    private func configure() throws(OpenSSLError) {
        let context = pointer
        let policy = self.policy
        try OpenSSL.check { COpenSSL_SSL_CTX_set_min_proto_version(context, policy.minimumVersion) }
        try OpenSSL.check { COpenSSL_SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) }
        try OpenSSL.check { SSL_CTX_set_cipher_list(context, policy.cipherList ?? Self.defaultCipherList) }
        // Renegotiation is an attack surface nobody needs; tickets and the session cache stay off until resumption
        // binds what was verified to the session; the server's order of suites is ours.
        _ = SSL_CTX_set_options(
            context,
            COpenSSL_SSL_OP_NO_RENEGOTIATION | COpenSSL_SSL_OP_NO_TICKET | COpenSSL_SSL_OP_NO_COMPRESSION
                | COpenSSL_SSL_OP_NO_ENCRYPT_THEN_MAC | COpenSSL_SSL_OP_CIPHER_SERVER_PREFERENCE
        )
        _ = COpenSSL_SSL_CTX_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
        // Chains are given whole by the application: libssl must not search a store for the rest at each handshake.
        _ = COpenSSL_SSL_CTX_set_mode(context, Int(SSL_MODE_NO_AUTO_CHAIN))
        _ = COpenSSL_SSL_CTX_set_max_cert_list(context, HandshakeFragment.largestMessage)
        KeyLog.observe(context)
        SSL_CTX_set_cert_verify_callback(context, PeerVerification.callback, nil)
        if policy.role == .server {
            // For cipher lists of the application's own: without parameters libssl never chooses a DHE suite.
            try OpenSSL.check { COpenSSL_SSL_CTX_set_dh_auto(context, 1) }
            SSL_CTX_set_alpn_select_cb(context, ApplicationProtocols.selectCallback, nil)
            SSL_CTX_set_cookie_generate_cb(context, DTLSEngine.cookieCallback)
            SSL_CTX_set_cookie_verify_cb(context, DTLSEngine.cookieCheckCallback)
        }
    }
}
