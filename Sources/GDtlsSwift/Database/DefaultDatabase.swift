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
}
