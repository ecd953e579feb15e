// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension GLibError {
    /// What an association was doing when it failed.
    enum Activity {
        case handshake(DTLSEngine, HandshakeOutcome)
        /// Before or after the first datagram of the peer's application, by which it shows that it has accepted this end.
        case association(DTLSEngine, hasHeardPeer: Bool)
        case sending
    }

    /// The engine's errors as GIO documents them: the one place where they are given domain and code.
    init(_ error: EngineError, during activity: Activity, with base: BaseSocket) {
        let peer = base.peerDescription
        let with = peer.isEmpty ? "" : " with \(peer)"
        let by = peer.isEmpty ? "the peer" : peer
        let why = error.reasons.map { ": \($0)" } ?? ""
        self =
            switch error.code {
            case .handshakeTimedOut:
                // Not TIMED_OUT, which GIO keeps for the caller's own limits.
                .tls(
                    G_TLS_ERROR_HANDSHAKE,
                    "The DTLS handshake\(with) was given up: no answer came in time\(activity.hint)"
                )
            case .notDTLS:
                .tls(G_TLS_ERROR_NOT_TLS, "What \(by) sends is no DTLS")
            case .peerAlert(let number):
                .alert(AlertDescription(number: number), activity, by)
            case .closedDuringHandshake:
                .tls(
                    G_TLS_ERROR_EOF,
                    "The connection was closed by \(by) during the DTLS handshake\(activity.missingCertificateHint)"
                )
            case .peerCertificateRefused:
                .tls(
                    G_TLS_ERROR_BAD_CERTIFICATE,
                    activity.refusal?.message(of: by) ?? "Unacceptable TLS certificate of \(by)"
                )
            case .peerCertificateMissing:
                .tls(
                    G_TLS_ERROR_CERTIFICATE_REQUIRED,
                    "authentication-mode requires a certificate of the client, but \(by) showed none"
                )
            case .noCredentials:
                .tls(G_TLS_ERROR_BAD_CERTIFICATE, "A DTLS server needs a certificate with its private key: set one")
            case .unusableCredentials:
                .tls(G_TLS_ERROR_BAD_CERTIFICATE, "The certificate and key of this end cannot be used\(why)")
            case .noCommonParameters:
                .tls(G_TLS_ERROR_MISC, "No version, cipher suite or signature algorithm in common\(with)\(why)")
            case .messageTooLarge(let limit):
                .io(G_IO_ERROR_MESSAGE_TOO_LARGE, "The datagram is larger than the \(limit) bytes that fit the path")
            case .invalidState:
                .io(G_IO_ERROR_INVALID_ARGUMENT, "A DTLS datagram holds at least one byte")
            case .closed:
                .io(G_IO_ERROR_CLOSED, "The DTLS connection is closed")
            case .protocolFailure:
                .tls(G_TLS_ERROR_MISC, "DTLS failed\(with)\(why)")
            case .resourcesExhausted:
                .tls(G_TLS_ERROR_MISC, "OpenSSL ran out of memory or another resource\(with)\(why)")
            }
    }

    /// An alert of the peer's; RFC 5246 §7.2 has some with a code of their own in GIO.
    private static func alert(_ alert: AlertDescription, _ activity: Activity, _ peer: String) -> GLibError {
        let message = "\(peer) sent fatal TLS alert: \(alert.name)"
        if activity.lacksRequestedCertificate, alert.maySayThatACertificateIsMissing {
            return .tls(
                G_TLS_ERROR_CERTIFICATE_REQUIRED,
                "\(message): it requires a certificate of this end. Set one with its private key, or an interaction"
            )
        }
        let code = alert.saysThatTheFallbackIsInappropriate ? G_TLS_ERROR_INAPPROPRIATE_FALLBACK : G_TLS_ERROR_MISC
        let meaning = alert.meaning.map { ": \($0)" } ?? ""
        return .tls(code, message + meaning + activity.missingCertificateHint)
    }
}

extension GLibError.Activity {
    fileprivate var refusal: Refusal? {
        if case .handshake(_, let outcome) = self { return outcome.refusal }
        return nil
    }

    /// Whether the server asked this end for a certificate, got none and has not shown yet that it does without.
    fileprivate var lacksRequestedCertificate: Bool {
        switch self {
        case .handshake(let engine, _), .association(let engine, hasHeardPeer: false):
            engine.role == .client && engine.lacksRequestedCertificate
        case .association, .sending:
            false
        }
    }

    /// What may be behind silence.
    fileprivate var hint: String {
        guard case .handshake(_, let outcome) = self, !outcome.hint.isEmpty else { return missingCertificateHint }
        return outcome.hint
    }

    /// What may be behind an error that does not say it; nobody can be sure.
    fileprivate var missingCertificateHint: String {
        lacksRequestedCertificate ? ". It had asked for a certificate of this end and got none, which may be why" : ""
    }
}
