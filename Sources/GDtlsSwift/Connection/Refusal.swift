// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// Why this end refused its peer's certificate, for people.
struct Refusal {
    let certificate: X509Certificate?
    let flags: GTlsCertificateFlags
    /// Why a database could not tell.
    var error: GLibError?
    /// Whom a client expects; `nil` where it does not say, and on a server.
    var expected: String?
    /// Whether a handler or a subclass of the application's was asked, and said no.
    var wasAsked = false
    /// Of this end.
    var role: Role

    /// What happened, with which peer, which problems, what to do.
    func message(of peer: String) -> String {
        let subject = certificate.map { " (\(Self.names(of: $0)))" } ?? ""
        return "Unacceptable TLS certificate of \(peer)\(subject): \(problems.joined(separator: "; ")). \(advice)"
    }

    private var problems: [String] {
        var problems: [String] = []
        for (flag, words) in [
            (G_TLS_CERTIFICATE_UNKNOWN_CA, "no authority that is trusted here vouches for it"),
            (G_TLS_CERTIFICATE_BAD_IDENTITY, identityProblem),
            (G_TLS_CERTIFICATE_NOT_ACTIVATED, "it, or one above it, is not valid yet\(dates)"),
            (G_TLS_CERTIFICATE_EXPIRED, "it, or one above it, has expired\(dates)"),
            (G_TLS_CERTIFICATE_REVOKED, "it was revoked"),
            (G_TLS_CERTIFICATE_INSECURE, "its key or its signature is too weak"),
            (G_TLS_CERTIFICATE_GENERIC_ERROR, genericProblem),
        ] where flags.intersects(flag) {
            problems.append(words)
        }
        if !problems.isEmpty { return problems }
        return [wasAsked ? "the application did not accept it" : "nobody accepted it"]
    }

    private var identityProblem: String {
        expected.map { "it is not for \"\($0)\"" } ?? "server-identity does not say whom it has to be for"
    }

    private var genericProblem: String {
        error.map { "it could not be verified: \($0.message)" } ?? "it may not be used for this, or breaks a rule"
    }

    private var dates: String {
        guard let certificate, let from = Self.day(certificate.notBefore), let to = Self.day(certificate.notAfter)
        else {
            return ""
        }
        return " (valid from \(from) to \(to))"
    }

    private var advice: String {
        if role == .server, !wasAsked {
            return "Connect a handler to accept-certificate: a server accepts a client's certificate by that alone"
        }
        if flags.intersects(G_TLS_CERTIFICATE_UNKNOWN_CA) {
            return "To trust it, set a database that has its authority"
        }
        if flags.intersects(G_TLS_CERTIFICATE_BAD_IDENTITY) {
            return "Set server-identity to the name of the server, if the server is the right one"
        }
        if flags.intersects(G_TLS_CERTIFICATE_EXPIRED | G_TLS_CERTIFICATE_NOT_ACTIVATED) {
            return "Compare the clocks of both ends, or have the certificate renewed"
        }
        return wasAsked && flags.isEmpty ? "Ask the application why" : "Have the certificate replaced"
    }

    /// Escaped by ``X509Certificate/subject``; a peer may make them as long as it likes.
    private static func names(of certificate: X509Certificate) -> String {
        let (subject, issuer) = (certificate.subject ?? "", certificate.issuer ?? "")
        return "\(subject.prefix(120)), issued by \(subject == issuer ? "itself" : String(issuer.prefix(120)))"
    }

    private static func day(_ date: Int64?) -> String? {
        guard let date, let time = g_date_time_new_from_unix_utc(gint64(date)) else { return nil }
        defer { g_date_time_unref(time) }
        guard let text = g_date_time_format(time, "%F") else { return nil }
        defer { g_free(text) }
        return String(cString: text)
    }
}
