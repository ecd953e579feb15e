// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit

/// A GTlsDatabase, whose C class has private data and a class struct to fill.
class FileBase: ObjectImpl, @unchecked Sendable {
    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "TestFileBase",
        parent: { g_tls_database_get_type() },
        classInit: { classStruct in
            let database = classStruct.assumingMemoryBound(to: GTlsDatabaseClass.self)
            database.pointee.create_certificate_handle = { me, _ in
                g_strdup(implementation(me, as: FileBase.self).handle)
            }
        }
    )

    var handle: String { "base" }
}

/// A class below it that adds an interface, and implements that interface's property.
final class FileDatabase: FileBase, @unchecked Sendable {
    var anchors: String?

    override class var objectType: ObjectType { type }

    private static let type = ObjectType(
        name: "TestFileDatabase",
        parent: { ObjectType.register(FileBase.self) },
        interfaces: [Interface(g_tls_file_database_get_type)],
        properties: [
            .override(
                "anchors",
                of: FileDatabase.self,
                get: { $1.set(string: $0.anchors) },
                set: { $0.anchors = $1.string }
            )
        ]
    )

    override var handle: String { "file" }
}
