// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// The alerts of TLS (RFC 5246 §7.2) for people: their names, and what the peer means by them.
struct AlertDescription {
    /// The number on the wire.
    let number: UInt8

    /// "unknown CA (48)", or the number alone where nobody has given it a name.
    var name: String {
        Self.table[number].map { "\($0.name) (\(number))" } ?? "\(number)"
    }

    /// What the peer says of this end, as the rest of a sentence; `nil` where the name says it all.
    var meaning: String? {
        Self.table[number]?.meaning
    }

    /// Whether a server may say by this that it lacks a client's certificate.
    var maySayThatACertificateIsMissing: Bool { [40, 41, 42, 116].contains(number) }

    /// Whether it says that the two ends have nothing in common.
    var saysThatTheFallbackIsInappropriate: Bool { number == 86 }

    private static let table: [UInt8: (name: String, meaning: String?)] = [
        0: ("close notify", nil),
        10: ("unexpected message", "what this end sent was not due"),
        20: ("bad record MAC", "what this end sent did not arrive unchanged"),
        22: ("record overflow", "what this end sent is too large for it"),
        40: ("handshake failure", "it finds nothing that it accepts in what this end offers"),
        41: ("no certificate", nil),
        42: ("bad certificate", "it does not accept this end's certificate"),
        43: ("unsupported certificate", "it cannot use a certificate of this end's kind"),
        44: ("certificate revoked", "it knows this end's certificate to be revoked"),
        45: ("certificate expired", "it takes this end's certificate for expired: renew it, or compare the clocks"),
        46: ("certificate unknown", "it does not accept this end's certificate"),
        47: ("illegal parameter", "it takes what this end sent for wrong"),
        48: ("unknown CA", "it does not trust the authority that issued this end's certificate"),
        49: ("access denied", "it knows who this end is and does not let it in"),
        50: ("decode error", "it cannot read what this end sent"),
        51: ("decrypt error", "it cannot verify what this end signed or encrypted"),
        70: ("protocol version", "it does not speak the same version of DTLS"),
        71: ("insufficient security", "it demands stronger ciphers"),
        80: ("internal error", "the trouble is its own: see its log"),
        86: ("inappropriate fallback", "it speaks a newer version than this end asked for"),
        90: ("user canceled", "its user has given up"),
        109: ("missing extension", nil),
        110: ("unsupported extension", nil),
        112: ("unrecognized name", "it does not serve the name in server-identity"),
        116: ("certificate required", nil),
        120: ("no application protocol", "it speaks none of the advertised protocols"),
    ]
}
