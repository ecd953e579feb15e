// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls

/// What there is to say of a peer's certificate.
struct PeerCertificate {
    let subject: String?
    let issuer: String?
    /// Seconds since 1970, and in ISO 8601.
    let notBefore: (seconds: Int, text: String)?
    let notAfter: (seconds: Int, text: String)?
    /// SHA-256 over the certificate in DER, as openssl writes it.
    let fingerprint: String?
    let problems: CertificateProblems

    init(_ certificate: Object, problems: CertificateProblems) {
        subject = takeString(g_tls_certificate_get_subject_name(certificate.cast()))
        issuer = takeString(g_tls_certificate_get_issuer_name(certificate.cast()))
        notBefore = Self.date(g_tls_certificate_get_not_valid_before(certificate.cast()))
        notAfter = Self.date(g_tls_certificate_get_not_valid_after(certificate.cast()))
        fingerprint = certificate.bytes(of: "certificate").flatMap(Self.fingerprint)
        self.problems = problems
    }

    /// For people, one line each.
    var words: [String] {
        [
            "certificate  \(subject ?? "without a subject")",
            "  issuer     \(issuer ?? "none")",
            "  expires    \(expiry)",
            "  SHA-256    \(fingerprint ?? "none")",
            "  problems   \(problems.isEmpty ? "none" : problems.words.joined(separator: ", "))",
        ]
    }

    var json: JSON {
        [
            "subject": .string(orNull: subject), "issuer": .string(orNull: issuer),
            "not_before": .string(orNull: notBefore?.text), "not_after": .string(orNull: notAfter?.text),
            "sha256": .string(orNull: fingerprint), "problems": .strings(problems.names),
        ]
    }

    private var expiry: String {
        guard let notAfter else { return "at a time that cannot be read" }
        let days = (notAfter.seconds - g_get_real_time() / 1_000_000) / 86_400
        return "\(notAfter.text) (\(days < 0 ? "\(-days) days ago" : "in \(days) days"))"
    }

    private static func date(_ date: OpaquePointer?) -> (seconds: Int, text: String)? {
        guard let date else { return nil }
        defer { g_date_time_unref(date) }
        guard let utc = g_date_time_to_utc(date) else { return nil }
        defer { g_date_time_unref(utc) }
        return takeString(g_date_time_format_iso8601(utc)).map { (Int(g_date_time_to_unix(utc)), $0) }
    }

    private static func fingerprint(of der: [UInt8]) -> String? {
        guard
            let digits = takeString(g_compute_checksum_for_data(G_CHECKSUM_SHA256, der, gsize(der.count)))?.uppercased()
        else { return nil }
        return stride(from: 0, to: digits.count, by: 2)
            .map { digits.dropFirst($0).prefix(2) }.joined(separator: ":")
    }
}
