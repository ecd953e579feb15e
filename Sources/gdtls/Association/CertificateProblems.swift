// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// What is wrong with a peer's certificate: `GTlsCertificateFlags` in words.
struct CertificateProblems: Sendable {
    let flags: GTlsCertificateFlags

    var isEmpty: Bool { flags.rawValue == 0 }

    /// One for each problem.
    var words: [String] { Self.table.filter { contains($0.flag) }.map(\.words) }

    /// Their names in GIO.
    var names: [String] { Self.table.filter { contains($0.flag) }.map(\.name) }

    /// What can be done about them at this end.
    func advice(for role: Association.Role) -> String? {
        guard !isEmpty else { return nil }
        if role == .server { return "If the peer is right, --ca FILE names its authority" }
        var advice: [String] = []
        if contains(G_TLS_CERTIFICATE_UNKNOWN_CA) { advice.append("--ca FILE names the authority to trust") }
        if contains(G_TLS_CERTIFICATE_BAD_IDENTITY) {
            advice.append("--servername NAME expects another name")
        }
        return (advice + ["--insecure goes on all the same"]).joined(separator: "; ")
    }

    private func contains(_ flag: GTlsCertificateFlags) -> Bool { flags.rawValue & flag.rawValue != 0 }

    private static let table: [(flag: GTlsCertificateFlags, name: String, words: String)] = [
        (G_TLS_CERTIFICATE_UNKNOWN_CA, "unknown-ca", "nobody who is trusted has signed it"),
        (G_TLS_CERTIFICATE_BAD_IDENTITY, "bad-identity", "it is about somebody else"),
        (G_TLS_CERTIFICATE_NOT_ACTIVATED, "not-activated", "it is not valid yet"),
        (G_TLS_CERTIFICATE_EXPIRED, "expired", "it has expired"),
        (G_TLS_CERTIFICATE_REVOKED, "revoked", "it has been revoked"),
        (G_TLS_CERTIFICATE_INSECURE, "insecure", "its algorithm or key is too weak"),
        (G_TLS_CERTIFICATE_GENERIC_ERROR, "generic-error", "it is not what such a certificate has to be"),
    ]
}
