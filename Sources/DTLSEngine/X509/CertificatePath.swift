// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension X509Certificate {
    /// Whether the certificate names itself as its issuer.
    ///
    /// Says nothing about the signature.
    public var isSelfIssued: Bool {
        X509_NAME_cmp(X509_get_subject_name(pointer), X509_get_issuer_name(pointer)) == 0
    }

    /// Whether `issuer` may have issued this certificate: names, key identifiers and key usage fit.
    ///
    /// Cheap: the signature is not looked at. The corresponding C function is `X509_check_issued`.
    public func mayBeIssued(by issuer: X509Certificate) -> Bool {
        defer { ERR_clear_error() }
        let error = OpenSSL.call(failure: X509_V_ERR_OUT_OF_MEM) { X509_check_issued(issuer.pointer, pointer) }
        return error == X509_V_OK
    }

    /// Whether `issuer` issued this certificate: as in ``mayBeIssued(by:)``, and its key made the signature.
    ///
    /// Costs one public key operation. The corresponding C function is `X509_verify`.
    public func isIssued(by issuer: X509Certificate) -> Bool {
        guard mayBeIssued(by: issuer), let key = X509_get0_pubkey(issuer.pointer) else { return false }
        defer { ERR_clear_error() }
        return OpenSSL.call(failure: -1) { X509_verify(pointer, key) } == 1
    }

    /// The certificate among `candidates` that issued this one.
    ///
    /// Signatures decide only between several whose names fit; where none of those holds, the first is the answer, so
    /// that whoever verifies can say what is wrong with it.
    public func issuer(among candidates: some Sequence<X509Certificate>) -> X509Certificate? {
        let fitting = candidates.filter(mayBeIssued(by:))
        return fitting.count > 1 ? fitting.first(where: isIssued(by:)) ?? fitting.first : fitting.first
    }

    /// The way from this certificate upwards through `pool`: this one, its issuer, that one's issuer and so on.
    ///
    /// The pool is what a peer sent or a file held: in any order, with duplicates, strangers and circles. Each
    /// certificate is taken once at most, and a self-issued one ends the way.
    ///
    /// Complexity: O(n²) comparisons of names in the worst case; a peer's list is short.
    public func path(through pool: some Sequence<X509Certificate>) -> [X509Certificate] {
        var path = [self]
        var left = pool.filter { $0 != self }
        while let last = path.last, !last.isSelfIssued, let next = last.issuer(among: left) {
            path.append(next)
            left.removeAll { $0 == next }
        }
        return path
    }
}
