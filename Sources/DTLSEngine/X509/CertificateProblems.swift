// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// What is wrong with a certificate; empty where nothing is.
///
/// The bits are those of `GTlsCertificateFlags`, so that nobody has to translate.
public struct CertificateProblems: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: UInt32

    /// The problems of these bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// No trusted certificate vouches for it.
    public static let unknownCA = CertificateProblems(rawValue: 1 << 0)
    /// It is about somebody else.
    public static let badIdentity = CertificateProblems(rawValue: 1 << 1)
    /// It, or one above it, is not valid yet.
    public static let notActivated = CertificateProblems(rawValue: 1 << 2)
    /// It, or one above it, is no longer valid.
    public static let expired = CertificateProblems(rawValue: 1 << 3)
    /// It, or one above it, has been revoked.
    public static let revoked = CertificateProblems(rawValue: 1 << 4)
    /// A key is too short, or a signature's digest too weak.
    public static let insecure = CertificateProblems(rawValue: 1 << 5)
    /// Anything else: a certificate that may not be used like this, or could not be analysed.
    public static let generic = CertificateProblems(rawValue: 1 << 6)
}

extension CertificateProblems {
    /// What one of libcrypto's `X509_V_ERR_…` codes means here; what nobody foresaw is ``generic``, never nothing.
    init(verificationError code: Int32) {
        self =
            switch code {
            case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
                X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_UNTRUSTED, X509_V_ERR_CERT_REJECTED,
                X509_V_ERR_CERT_CHAIN_TOO_LONG:
                .unknownCA
            // An authority of the same name, but not with the key that signed: a stranger, as far as we know.
            case X509_V_ERR_CERT_SIGNATURE_FAILURE:
                .unknownCA
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH, X509_V_ERR_EMAIL_MISMATCH:
                .badIdentity
            case X509_V_ERR_CERT_NOT_YET_VALID:
                .notActivated
            case X509_V_ERR_CERT_HAS_EXPIRED:
                .expired
            case X509_V_ERR_CERT_REVOKED:
                .revoked
            case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK:
                .insecure
            default:
                .generic
            }
    }
}
