// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import DTLSEngine

/// Certificates and keys, read from any bytes, and everything that is asked of them afterwards.
enum CertificatesTarget {
    static func run(_ bytes: UnsafeRawBufferPointer) throws {
        let bytes = Array(bytes)
        for strictness in [CertificateFile.Strictness.skip, .refuse] {
            guard let list = try? CertificateFile.certificates(in: bytes, strictness: strictness) else { continue }
            try promise(!list.isEmpty, "a list of no certificates")
            try use(list)
        }
        if let certificate = try? X509Certificate(der: bytes) { try use([certificate]) }
        if let certificate = try? X509Certificate(pem: bytes) { try use([certificate]) }
        for key in [try? PrivateKey(der: bytes), try? PrivateKey(pem: bytes)] {
            guard let key else { continue }
            _ = try? key.pkcs8PEM
            if let der = try? key.pkcs8DER {
                try promise((try? PrivateKey(der: der)) != nil, "a key that was written is not read")
            }
            if let own = try? Ends.credentials.get() { _ = own.chain[0].matches(key) }
        }
    }

    /// A peer chose them: nothing that is looked at may crash.
    private static func use(_ certificates: [X509Certificate]) throws {
        for certificate in certificates.prefix(4) {
            _ = (certificate.subject, certificate.issuer, certificate.subjectDER, certificate.issuerDER)
            _ = (certificate.notBefore, certificate.notAfter, certificate.sha256, certificate.serverEndPoint)
            _ = (certificate.isSelfIssued, certificate.alternativeNames, certificate.pem)
            for identity in [
                PeerIdentity.dnsName("www.example.org"), .ipAddress([127, 0, 0, 1]),
                .ipAddress(.init(repeating: 0, count: 16)),
            ] { _ = certificate.names(identity) }
            let again = try? X509Certificate(der: certificate.der)
            try promise(again == certificate, "a certificate that was written is not read")
        }
        let path = certificates[0].path(through: certificates)
        try promise(path.first == certificates[0] && path.count <= certificates.count + 1, "a path that is none")
        guard let store = try? TrustStore(certificates.suffix(2)) else { return }
        _ = store.verify(chain: path, identity: .dnsName("fuzz"), purpose: .server, time: 1_800_000_000)
        if let own = try? Ends.credentials.get(), let store = try? TrustStore(own.chain) {
            _ = store.verify(chain: path, identity: nil, purpose: .client, time: 1_800_000_000)
        }
    }
}
