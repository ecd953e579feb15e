// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO
internal import GObjectKit

/// What the GIO module gets from the library: the functions of a `GTlsBackend`.
///
/// The module has the backend object and answers for TLS over streams; the rest comes through here. The table is
/// constant and immortal. Safe to call from any thread.
@_cdecl("gdtls_swift_backend_get_vtable")
public func gdtls_swift_backend_get_vtable() -> UnsafePointer<GTlsBackendInterface>? {
    BackendTable.shared
}

/// The functions, in the form that GIO has for them.
private enum BackendTable {
    // nonisolated(unsafe): filled once by its initialiser, and only read afterwards.
    nonisolated(unsafe) static let shared: UnsafePointer<GTlsBackendInterface> = {
        let table = UnsafeMutablePointer<GTlsBackendInterface>.allocate(capacity: 1)
        table.initialize(to: GTlsBackendInterface())
        fill(&table.pointee)
        return UnsafePointer(table)
    }()

    private static func fill(_ table: inout GTlsBackendInterface) {
        table.supports_tls = { _ in false.gboolean }
        table.supports_dtls = { _ in true.gboolean }
        table.get_certificate_type = { CertificateObject.gtype }
        table.get_file_database_type = { FileDatabaseObject.gtype }
        table.get_default_database = { _ in DefaultDatabase.shared() }
        table.get_dtls_client_connection_type = { ClientConnectionObject.gtype }
        table.get_dtls_server_connection_type = { ServerConnectionObject.gtype }
    }
}
