// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Whom a certificate has to be about.
public enum PeerIdentity: Sendable, Hashable {
    /// A host's DNS name, in ASCII: an internationalized one in its `xn--` form. A dot at its end means nothing here.
    case dnsName(String)

    /// An address in network order, 4 bytes (IPv4) or 16 (IPv6).
    case ipAddress([UInt8])

    /// Something that no certificate can be about, such as a local socket's path. Never matches.
    case unverifiable
}

extension X509Certificate {
    /// Whether the certificate is about `identity`.
    ///
    /// A DNS name is looked for in the subjectAltName extension, and in the subject's CN only where that extension
    /// names no host; `*` stands for one whole leftmost label. An address is looked for in the extension alone.
    /// An IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) is an IPv4 address too.
    ///
    /// The corresponding C functions are `X509_check_host` and `X509_check_ip`.
    public func names(_ identity: PeerIdentity) -> Bool {
        switch identity {
        case .dnsName(let name): hasHost(name)
        case .ipAddress(let address): hasAddress(address) || mappedIPv4(address).map(hasAddress) ?? false
        case .unverifiable: false
        }
    }

    private func hasHost(_ name: String) -> Bool {
        var host = name[...]
        if host.hasSuffix(".") { host.removeLast() }
        // libcrypto takes a leading dot for "any host below"; that is nobody's identity.
        // Nor is a pattern, which a certificate may have.
        guard !host.isEmpty, !host.hasPrefix("."), !host.contains("*"),
            host.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return false }
        // It would take one that it cannot read for one that is not there, and look at the CN.
        guard !hasUnreadableAlternatives else { return false }
        let flags = UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
        let size = host.utf8.count
        return isMatch { String(host).withCString { X509_check_host(pointer, $0, size, flags, nil) } }
    }

    private var hasUnreadableAlternatives: Bool {
        defer { ERR_clear_error() }
        // −1: there is no such extension; −2: there are several; as it was: nobody has looked.
        var criticality: Int32 = 0
        let names = OpenSSL.call(failure: nil) { X509_get_ext_d2i(pointer, NID_subject_alt_name, &criticality, nil) }
        guard let names else { return criticality != -1 }
        GENERAL_NAMES_free(OpaquePointer(names))
        return false
    }

    private func hasAddress(_ address: [UInt8]) -> Bool {
        guard address.count == 4 || address.count == 16 else { return false }
        return isMatch { X509_check_ip(pointer, address, address.count, 0) }
    }

    private func mappedIPv4(_ address: [UInt8]) -> [UInt8]? {
        let prefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return address.count == 16 && address.starts(with: prefix) ? Array(address.suffix(4)) : nil
    }

    private func isMatch(_ check: () -> Int32) -> Bool {
        defer { ERR_clear_error() }
        return OpenSSL.call(failure: -1, check) == 1
    }
}
