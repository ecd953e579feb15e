// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

/// Fills the vtable of GTlsDatabase; asynchronous verification is GIO's own, which runs this one in a thread.
func installDatabaseFunctions(_ table: UnsafeMutablePointer<GTlsDatabaseClass>) {
    installAsynchronousLookups(table)
    table.pointee.verify_chain = { me, chain, purpose, identity, _, _, cancellable, error in
        bridge(error, failure: G_TLS_CERTIFICATE_GENERIC_ERROR) {
            guard let chain else { return G_TLS_CERTIFICATE_GENERIC_ERROR }
            return try implementation(me, as: DatabaseObject.self)
                .verify(chain, purpose: purpose, identity: identity, cancellable: cancellable)
        }
    }
    table.pointee.create_certificate_handle = { me, certificate in
        certificate.flatMap { try? implementation(me, as: DatabaseObject.self).handle(of: $0) }.flatMap { g_strdup($0) }
    }
    table.pointee.lookup_certificate_for_handle = { me, handle, _, flags, cancellable, error in
        lookUp(flags, cancellable, error) {
            guard let handle else { return nil }
            return try implementation(me, as: DatabaseObject.self).certificate(forHandle: String(cString: handle))
        }
    }
    table.pointee.lookup_certificate_issuer = { me, certificate, _, flags, cancellable, error in
        lookUp(flags, cancellable, error) {
            guard let certificate else { return nil }
            return try implementation(me, as: DatabaseObject.self).issuer(of: certificate)
        }
    }
    table.pointee.lookup_certificates_issued_by = { me, name, _, flags, cancellable, error in
        lookUpAll(flags, cancellable, error) {
            guard let name else { return [] }
            return try implementation(me, as: DatabaseObject.self).certificates(issuedBy: name)
        }
    }
}

/// Runs a look-up for one certificate, and gives C its object (transfer full), or NULL.
private func lookUp(
    _ flags: GTlsDatabaseLookupFlags,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ error: GErrorOut?,
    _ body: () throws -> X509Certificate?
) -> UnsafeMutablePointer<GTlsCertificate>? {
    bridge(error, failure: nil) {
        try checkCancelled(cancellable)
        guard flags.allowsCertificates, let found = try body() else { return nil }
        return CertificateObject.make(x509: found)?.retained()
    }
}

/// Runs a look-up for any number of certificates, and gives C a list of their objects (transfer full).
private func lookUpAll(
    _ flags: GTlsDatabaseLookupFlags,
    _ cancellable: UnsafeMutablePointer<GCancellable>?,
    _ error: GErrorOut?,
    _ body: () throws -> [X509Certificate]
) -> UnsafeMutablePointer<GList>? {
    bridge(error, failure: nil) {
        try checkCancelled(cancellable)
        guard flags.allowsCertificates else { return nil }
        return try body().reversed().reduce(nil) { list, found in
            guard let object = CertificateObject.make(x509: found) else { return list }
            return g_list_prepend(list, object.retained())
        }
    }
}

extension GTlsDatabaseLookupFlags {
    /// Whether certificates without their keys will do: we have no others.
    fileprivate var allowsCertificates: Bool { rawValue & G_TLS_DATABASE_LOOKUP_KEYPAIR.rawValue == 0 }
}
