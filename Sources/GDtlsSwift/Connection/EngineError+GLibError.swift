// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension GLibError {
    /// What an association was doing when it failed.
    enum Activity {
        case handshake(DTLSEngine)
        case association
        case sending
    }

    /// The engine's errors as GIO documents them: the one place where they are given domain and code.
    init(_ error: EngineError, during activity: Activity, with base: BaseSocket) {
        let peer = base.peerDescription
        let with = peer.isEmpty ? "" : " with \(peer)"
        let by = peer.isEmpty ? "the peer" : peer
        self =
            switch error.code {
            case .handshakeTimedOut:
                // Not TIMED_OUT, which GIO keeps for the caller's own limits.
                .tls(G_TLS_ERROR_HANDSHAKE, "The DTLS handshake\(with) was given up: no answer came in time")
            case .notDTLS:
                .tls(G_TLS_ERROR_NOT_TLS, "What \(by) sends is no DTLS")
            case .peerAlert(let number):
                .alert(number, activity, by)
            case .closedDuringHandshake:
                .tls(G_TLS_ERROR_EOF, "The connection was closed by \(by) during the DTLS handshake")
            case .peerCertificateRefused:
                .tls(G_TLS_ERROR_BAD_CERTIFICATE, "Unacceptable TLS certificate of \(by)")
            case .peerCertificateMissing:
                .tls(G_TLS_ERROR_CERTIFICATE_REQUIRED, "A certificate is required, but \(by) showed none")
            case .noCredentials:
                .tls(G_TLS_ERROR_BAD_CERTIFICATE, "A DTLS server needs a certificate with its private key: set one")
            case .unusableCredentials:
                .tls(G_TLS_ERROR_BAD_CERTIFICATE, "The certificate and key of this end cannot be used: \(error)")
            case .noCommonParameters:
                .tls(G_TLS_ERROR_MISC, "No version, cipher suite or signature algorithm in common\(with): \(error)")
            case .messageTooLarge(let limit):
                .io(G_IO_ERROR_MESSAGE_TOO_LARGE, "The datagram is larger than the \(limit) bytes that fit the path")
            case .invalidState:
                .io(G_IO_ERROR_INVALID_ARGUMENT, "A DTLS datagram holds at least one byte")
            case .closed:
                .io(G_IO_ERROR_CLOSED, "The DTLS connection is closed")
            case .protocolFailure:
                .tls(G_TLS_ERROR_MISC, "DTLS failed\(with): \(error)")
            case .resourcesExhausted:
                .tls(G_TLS_ERROR_MISC, "OpenSSL ran out of memory or another resource\(with): \(error)")
            }
    }

    /// RFC 5246 §7.2 alerts that have a code of their own in GIO.
    private static func alert(_ number: UInt8, _ activity: Activity, _ peer: String) -> GLibError {
        let message = "\(peer) sent fatal TLS alert: \(alertName(number))"
        if case .handshake(let engine) = activity, engine.role == .client, engine.lacksRequestedCertificate,
            [40, 41, 42, 116].contains(number)
        {
            return .tls(G_TLS_ERROR_CERTIFICATE_REQUIRED, "\(message): it requires a certificate of this end")
        }
        return .tls(number == 86 ? G_TLS_ERROR_INAPPROPRIATE_FALLBACK : G_TLS_ERROR_MISC, message)
    }

    private static func alertName(_ number: UInt8) -> String {
        alertNames[number].map { "\($0) (\(number))" } ?? "\(number)"
    }

    private static let alertNames: [UInt8: String] = [
        0: "close notify", 10: "unexpected message", 20: "bad record MAC", 22: "record overflow",
        40: "handshake failure", 42: "bad certificate", 43: "unsupported certificate", 44: "certificate revoked",
        45: "certificate expired", 46: "certificate unknown", 47: "illegal parameter", 48: "unknown CA",
        49: "access denied", 50: "decode error", 51: "decrypt error", 70: "protocol version",
        71: "insufficient security", 80: "internal error", 86: "inappropriate fallback", 90: "user canceled",
        109: "missing extension", 110: "unsupported extension", 112: "unrecognized name", 116: "certificate required",
        120: "no application protocol",
    ]
}
