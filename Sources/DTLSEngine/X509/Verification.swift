// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// What a certificate is to be used for; its extendedKeyUsage, where it has one, must allow it.
public enum CertificatePurpose: Sendable {
    /// To prove who a server is (`serverAuth`).
    case server
    /// To prove who a client is (`clientAuth`).
    case client
    /// What an object identifier says, in dotted decimal.
    case other(String)
}

extension TrustStore {
    /// Says all that is wrong with a chain.
    ///
    /// A way from the first certificate to an anchor is looked for; the others of the chain are only material for it,
    /// and may come in any order, twice, in circles, or be strangers. Any anchor ends the way, a root or not. Keys and
    /// digests of less than 112 bits of security are reported as insecure.
    ///
    /// Holds no lock while it calculates. The corresponding C function is `X509_verify_cert`.
    ///
    /// - Parameters:
    ///   - chain: what the peer sent, its own certificate first; none is a ``CertificateProblems/generic`` problem.
    ///   - identity: whom the first certificate must be about; `nil` asks for nobody, and whether that is acceptable
    ///     is the caller's decision.
    ///   - purpose: what the certificate is for; `nil` for anything.
    ///   - time: the moment to judge by, in seconds since 1970-01-01 00:00 UTC.
    /// - Returns: every problem found, never none where the verification could not be carried out.
    public func verify(
        chain: [X509Certificate],
        identity: PeerIdentity?,
        purpose: CertificatePurpose?,
        time: Int64
    ) -> CertificateProblems {
        guard let leaf = chain.first else { return .generic }
        defer { ERR_clear_error() }
        var problems = pathProblems(leaf, chain.dropFirst(), purpose, time)
        if let identity, !leaf.names(identity) { problems.insert(.badIdentity) }
        if case .other(let oid)? = purpose, !leaf.allowsPurpose(oid) { problems.insert(.generic) }
        return problems
    }

    private func pathProblems(
        _ leaf: X509Certificate,
        _ others: some Sequence<X509Certificate>,
        _ purpose: CertificatePurpose?,
        _ time: Int64
    ) -> CertificateProblems {
        guard let untrusted = OpenSSL.call(failure: nil, { OPENSSL_sk_new_null() }) else { return .generic }
        // The stack borrows its certificates: `chain` keeps them until we return.
        defer { OPENSSL_sk_free(untrusted) }
        for certificate in others where OPENSSL_sk_push(untrusted, UnsafeRawPointer(certificate.pointer)) <= 0 {
            return .generic
        }
        guard let context = OpenSSL.call(failure: nil, { X509_STORE_CTX_new() }) else { return .generic }
        defer { X509_STORE_CTX_free(context) }
        guard
            OpenSSL.call(failure: 0, { X509_STORE_CTX_init(context, pointer, leaf.pointer, untrusted) }) == 1,
            configure(context, purpose, time)
        else { return .generic }

        var found = CertificateProblems()
        let isVerified = withUnsafeMutablePointer(to: &found) { found in
            guard X509_STORE_CTX_set_ex_data(context, 0, found) == 1 else { return false }
            X509_STORE_CTX_set_verify_cb(context, collectProblem)
            return OpenSSL.call(failure: -1, { X509_verify_cert(context) }) == 1
        }
        // Our callback forgives everything it has noted, so an end like this was no verification at all.
        if !isVerified { found.insert(.generic) }
        return found
    }

    private func configure(_ context: OpaquePointer, _ purpose: CertificatePurpose?, _ time: Int64) -> Bool {
        guard let parameters = X509_STORE_CTX_get0_param(context) else { return false }
        X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST))
        X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        guard let moment = time_t(exactly: time) else { return false }
        X509_VERIFY_PARAM_set_time(parameters, moment)
        switch purpose {
        case .server: return X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1
        case .client: return X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1
        case .other, nil: return true
        }
    }
}

/// Notes each problem in the ``CertificateProblems`` behind the context's slot 0, and lets the verification go on.
private func collectProblem(_ isFine: Int32, _ context: OpaquePointer?) -> Int32 {
    guard isFine == 0 else { return isFine }
    guard let found = X509_STORE_CTX_get_ex_data(context, 0) else { return 0 }
    let problem = CertificateProblems(verificationError: X509_STORE_CTX_get_error(context))
    found.assumingMemoryBound(to: CertificateProblems.self).pointee.formUnion(problem)
    return 1
}

extension X509Certificate {
    /// Whether the extendedKeyUsage allows this, or any, purpose, or is not there (RFC 5280 §4.2.1.12).
    fileprivate func allowsPurpose(_ oid: String) -> Bool {
        defer { ERR_clear_error() }
        // Of two names of one purpose the number counts. 1: dotted decimal alone.
        guard let wanted = OpenSSL.call(failure: nil, { OBJ_txt2obj(oid, 1) }) else { return false }
        defer { ASN1_OBJECT_free(wanted) }
        // −1: there is no such extension.
        var criticality: Int32 = 0
        let usage = OpenSSL.call(failure: nil) { X509_get_ext_d2i(pointer, NID_ext_key_usage, &criticality, nil) }
        guard let usage else { return criticality == -1 }
        let stack = OpaquePointer(usage)
        defer { EXTENDED_KEY_USAGE_free(stack) }
        return (0..<max(0, OPENSSL_sk_num(stack))).contains { index in
            guard let purpose = OPENSSL_sk_value(stack, index).map({ OpaquePointer($0) }) else { return false }
            return OBJ_cmp(purpose, wanted) == 0 || OBJ_obj2nid(purpose) == NID_anyExtendedKeyUsage
        }
    }
}
