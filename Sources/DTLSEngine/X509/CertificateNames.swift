// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension X509Certificate {
    /// Whom the certificate is about, for people: `DC=COM,DC=EXAMPLE,CN=server.example.com`, in the order of the
    /// encoding.
    ///
    /// Special characters are escaped as RFC 4514 has it, so that no value can pass for two. `nil` only where memory
    /// has run out. The corresponding C functions are `X509_get_subject_name` and `X509_NAME_print_ex`.
    public var subject: String? {
        X509_get_subject_name(pointer).flatMap(text)
    }

    /// Who vouches for the certificate, for people, as in ``subject``.
    ///
    /// The corresponding C function is `X509_get_issuer_name`.
    public var issuer: String? {
        X509_get_issuer_name(pointer).flatMap(text)
    }

    /// The subject's distinguished name in DER, byte for byte as in the certificate.
    ///
    /// The corresponding C function is `X509_NAME_get0_der`.
    public var subjectDER: [UInt8] {
        X509_get_subject_name(pointer).map(encoding) ?? []
    }

    /// The issuer's distinguished name in DER, byte for byte as in the certificate.
    ///
    /// The corresponding C function is `X509_NAME_get0_der`.
    public var issuerDER: [UInt8] {
        X509_get_issuer_name(pointer).map(encoding) ?? []
    }
}

/// A distinguished name as text; in Unicode, or with all that is not ASCII escaped where its encoding is broken.
private func text(of name: OpaquePointer) -> String? {
    let escapes = UInt(
        ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER
    )
    let layout = UInt(XN_FLAG_SEP_COMMA_PLUS) | UInt(XN_FLAG_DUMP_UNKNOWN_FIELDS) | escapes
    return print(name, layout | UInt(ASN1_STRFLGS_UTF8_CONVERT)) ?? print(name, layout | UInt(ASN1_STRFLGS_ESC_MSB))
}

private func print(_ name: OpaquePointer, _ flags: UInt) -> String? {
    guard let sink = try? OwnedBIO() else { return nil }
    defer { ERR_clear_error() }
    guard OpenSSL.call(failure: -1, { X509_NAME_print_ex(sink.pointer, name, 0, flags) }) >= 0 else { return nil }
    return sink.readAll().withUnsafeBytes { String(validating: $0, as: UTF8.self) }
}

private func encoding(of name: OpaquePointer) -> [UInt8] {
    var start: UnsafePointer<UInt8>?
    var size = 0
    // The name keeps its encoding from when it was parsed: this only looks at it.
    guard X509_NAME_get0_der(name, &start, &size) == 1 else { return [] }
    return Array(UnsafeBufferPointer(start: start, count: size))
}
