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

    /// The default database of the process: the one that the application has set with
    /// `g_tls_backend_set_default_database`, else ours, whatever the default backend is.
    static func ofProcess() -> GRef<UnsafeMutablePointer<GTlsDatabase>>? {
        guard let known = NoBackend.knownDatabase(), !isOfBackend(known) else { return GRef(taking: shared()) }
        return known
    }

    /// Whether a database is the default backend's own, and not the application's.
    private static func isOfBackend(_ database: GRef<UnsafeMutablePointer<GTlsDatabase>>) -> Bool {
        guard let backend = g_tls_backend_get_default() else { return false }
        let instance = UnsafeMutableRawPointer(backend).assumingMemoryBound(to: GTypeInstance.self)
        let table = g_type_interface_peek(instance.pointee.g_class, g_tls_backend_get_type())?
            .assumingMemoryBound(to: GTlsBackendInterface.self)
        return GRef(taking: table?.pointee.get_default_database?(backend))?.pointer == database.pointer
    }
}

/// A TLS backend that has nothing: asked for its default database, GIO gives the one that it has already, which is one
/// for all backends, or none; any other backend would read its authorities to have one.
private final class NoBackend: ObjectImpl, @unchecked Sendable {
    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "GDtlsSwiftNoBackend",
        parent: { .object },
        flags: .final,
        interfaces: [
            Interface({ g_tls_backend_get_type() }) { table, _ in
                table?.assumingMemoryBound(to: GTlsBackendInterface.self).pointee.get_default_database = { _ in nil }
            }
        ]
    )

    private static let instance = newObject(ObjectType.register(NoBackend.self))

    /// The default database of the process, if there is one yet.
    ///
    /// The corresponding C function is `g_tls_backend_get_default_database`.
    static func knownDatabase() -> GRef<UnsafeMutablePointer<GTlsDatabase>>? {
        guard let instance else { return nil }
        return GRef(taking: g_tls_backend_get_default_database(OpaquePointer(instance.pointer)))
    }
}
