// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension CertificateObject {
    /// The properties of GTlsCertificate, all of them.
    static let properties: [Property] = [
        .override(
            "certificate",
            of: CertificateObject.self,
            // Of a token that is not there nothing, but no NULL: g_tls_certificate_is_same does not expect one.
            get: { $1.set(bytes: $0.x509?.der ?? []) },
            set: { me, value in
                guard let der = value.byteArray else { return }
                me.setCertificate("DER") { () throws(OpenSSLError) in try X509Certificate(der: der) }
            }
        ),
        .override(
            "certificate-pem",
            of: CertificateObject.self,
            get: { $1.set(string: $0.x509?.pem) },
            set: { me, value in
                guard let pem = value.stringBytes else { return }
                me.setCertificate("PEM") { () throws(OpenSSLError) in try X509Certificate(pem: pem) }
            }
        ),
        .override(
            "private-key",
            of: CertificateObject.self,
            get: { $1.set(bytes: try? $0.key?.pkcs8DER) },
            set: { me, value in
                guard let der = value.byteArray else { return }
                me.setKey("DER") { () throws(OpenSSLError) in try PrivateKey(der: der) }
            }
        ),
        .override(
            "private-key-pem",
            of: CertificateObject.self,
            get: { $1.set(secretString: try? $0.key?.pkcs8PEM) },
            set: { me, value in
                guard let pem = value.stringBytes else { return }
                me.setKey("PEM") { () throws(OpenSSLError) in try PrivateKey(pem: pem) }
            }
        ),
        .override(
            "issuer",
            of: CertificateObject.self,
            get: { $1.set(object: $0.issuer) },
            set: { $0.setIssuer($1.dupObject()) }
        ),
        .override(
            "pkcs12-data",
            of: CertificateObject.self,
            set: { me, value in
                value.byteArray.map { me.setContainer(SecretBytes(copying: UnsafeRawBufferPointer($0))) }
            }
        ),
        .override(
            "password",
            of: CertificateObject.self,
            set: { me, value in value.secretString.map(me.setPassword) }
        ),
        .override(
            "pkcs11-uri",
            of: CertificateObject.self,
            get: { $1.set(secretString: $0.tokenURIs.certificate) },
            set: { me, value in value.secretString.map(me.setCertificateURI) }
        ),
        .override(
            "private-key-pkcs11-uri",
            of: CertificateObject.self,
            get: { $1.set(secretString: $0.tokenURIs.key) },
            set: { me, value in value.secretString.map(me.setKeyURI) }
        ),
        .override("not-valid-before", of: CertificateObject.self, get: { $1.set(dateTime: $0.x509?.notBefore) }),
        .override("not-valid-after", of: CertificateObject.self, get: { $1.set(dateTime: $0.x509?.notAfter) }),
        .override("subject-name", of: CertificateObject.self, get: { $1.set(string: $0.x509?.subject) }),
        .override("issuer-name", of: CertificateObject.self, get: { $1.set(string: $0.x509?.issuer) }),
        .override(
            "dns-names",
            of: CertificateObject.self,
            get: { $1.set(byteStrings: $0.x509?.alternativeNames.dnsNames ?? []) }
        ),
        .override(
            "ip-addresses",
            of: CertificateObject.self,
            get: { $1.set(addresses: $0.x509?.alternativeNames.ipAddresses ?? []) }
        ),
    ]
}
