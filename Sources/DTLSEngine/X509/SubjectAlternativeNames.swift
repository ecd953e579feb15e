// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// The names that a certificate's subjectAltName extension gives to its subject.
public struct SubjectAlternativeNames: Sendable, Equatable {
    /// The DNS names as they are written there, none of them empty: normally ASCII, possibly with a wildcard.
    public var dnsNames: [[UInt8]] = []

    /// The addresses, 4 bytes (IPv4) or 16 (IPv6) in network order; others are left out.
    public var ipAddresses: [[UInt8]] = []
}

extension X509Certificate {
    /// The names of the subjectAltName extension; none where there is no such extension, or a broken one.
    ///
    /// Complexity: O(n), parsed each time. The corresponding C function is `X509_get_ext_d2i`.
    public var alternativeNames: SubjectAlternativeNames {
        var names = SubjectAlternativeNames()
        defer { ERR_clear_error() }
        let found = OpenSSL.call(failure: nil) { X509_get_ext_d2i(pointer, NID_subject_alt_name, nil, nil) }
        guard let found else { return names }
        let list = OpaquePointer(found)
        defer { GENERAL_NAMES_free(list) }
        for index in 0..<max(0, OPENSSL_sk_num(list)) {
            guard let entry = OPENSSL_sk_value(list, index) else { continue }
            var kind: Int32 = 0
            let value = GENERAL_NAME_get0_value(entry.assumingMemoryBound(to: GENERAL_NAME.self), &kind)
            guard let value, kind == GEN_DNS || kind == GEN_IPADD else { continue }
            // Both kinds are an ASN1_STRING under another name.
            let bytes = contents(of: value.assumingMemoryBound(to: ASN1_STRING.self))
            if kind == GEN_DNS, !bytes.isEmpty { names.dnsNames.append(bytes) }
            if kind == GEN_IPADD, bytes.count == 4 || bytes.count == 16 { names.ipAddresses.append(bytes) }
        }
        return names
    }
}

private func contents(of string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
    Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(max(0, ASN1_STRING_length(string)))))
}
