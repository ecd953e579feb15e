// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import GObjectKit

/// The database that connections use where the application sets none: one for the process, for ever.
enum DefaultDatabase {
    private static let database = newObject(DatabaseObject.gtype)

    /// The database (transfer full); NULL only where the type system refuses.
    ///
    /// Thread-safe; reads no file. The corresponding C vfunc is `GTlsBackendInterface.get_default_database`.
    static func shared() -> UnsafeMutablePointer<GTlsDatabase>? {
        database?.retained().objectPointer.assumingMemoryBound(to: GTlsDatabase.self)
    }

    /// The default database of the process: the default backend's where that is ours, since the application may have
    /// replaced it with `g_tls_backend_set_default_database`; else ours.
    static func ofProcess() -> GRef<UnsafeMutablePointer<GTlsDatabase>>? {
        guard let backend = g_tls_backend_get_default(),
            let name = g_type_name(CGIO_G_TYPE_FROM_INSTANCE(UnsafeRawPointer(backend))),
            String(cString: name) == "GTlsBackendGdtlsSwift"
        else { return GRef(taking: shared()) }
        return GRef(taking: g_tls_backend_get_default_database(backend)) ?? GRef(taking: shared())
    }
}
