// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

extension X509Certificate {
    /// When the certificate begins to be valid, in seconds since 1970-01-01 00:00 UTC; `nil` where the field is broken.
    ///
    /// The corresponding C function is `X509_get0_notBefore`.
    public var notBefore: Int64? {
        X509_get0_notBefore(pointer).flatMap(secondsSince1970)
    }

    /// When the certificate ends to be valid, in seconds since 1970-01-01 00:00 UTC; `nil` where the field is broken.
    ///
    /// The corresponding C function is `X509_get0_notAfter`.
    public var notAfter: Int64? {
        X509_get0_notAfter(pointer).flatMap(secondsSince1970)
    }
}

private func secondsSince1970(_ time: UnsafePointer<ASN1_TIME>) -> Int64? {
    var epoch = tm()
    epoch.tm_year = 70
    epoch.tm_mday = 1
    var moment = tm()
    var days: Int32 = 0
    var seconds: Int32 = 0
    // Days and seconds apart, since time_t ends in 2038 on some machines and certificates do not.
    guard ASN1_TIME_to_tm(time, &moment) == 1, OPENSSL_gmtime_diff(&days, &seconds, &epoch, &moment) == 1 else {
        ERR_clear_error()
        return nil
    }
    return Int64(days) * 86_400 + Int64(seconds)
}
