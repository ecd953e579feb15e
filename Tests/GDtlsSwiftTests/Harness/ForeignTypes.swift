// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO

/// A certificate type of somebody else's, which holds one of ours and shows its properties.
enum ForeignCertificate {
    // nonisolated(unsafe): written once, when GObject makes the class.
    nonisolated(unsafe) private static var parentClass: UnsafeMutablePointer<GObjectClass>?

    private static let quark = g_quark_from_static_string("foreign-certificate-inner")

    static let gtype: GType = {
        var info = GTypeInfo()
        var query = GTypeQuery()
        g_type_query(g_tls_certificate_get_type(), &query)
        info.class_size = UInt16(query.class_size)
        info.instance_size = UInt16(query.instance_size)
        info.class_init = { table, _ in
            guard let table else { return }
            let objectClass = table.assumingMemoryBound(to: GObjectClass.self)
            objectClass.pointee.get_property = { object, _, value, spec in
                guard let inner = g_object_get_qdata(object, ForeignCertificate.quark) else { return }
                g_object_get_property(inner.assumingMemoryBound(to: GObject.self), spec?.pointee.name, value)
            }
            objectClass.pointee.set_property = { _, _, _, _ in }
            let names = [
                "certificate", "certificate-pem", "private-key", "private-key-pem", "issuer", "pkcs11-uri",
                "private-key-pkcs11-uri",
            ]
            for (id, name) in zip(1..., names) {
                g_object_class_override_property(objectClass, UInt32(id), name)
            }
        }
        return g_type_register_static(
            g_tls_certificate_get_type(),
            "ForeignCertificate",
            &info,
            GTypeFlags(rawValue: 0)
        )
    }()

    /// A foreign certificate that shows what `inner` has.
    static func showing(_ inner: Object<GTlsCertificate>?) -> Object<GTlsCertificate> {
        guard let object = g_object_new_with_properties(gtype, 0, nil, nil) else { preconditionFailure("no such type") }
        if let inner {
            g_object_set_qdata_full(object, quark, g_object_ref(UnsafeMutableRawPointer(inner.pointer))) {
                g_object_unref($0)
            }
        }
        return Object(UnsafeMutableRawPointer(object).assumingMemoryBound(to: GTlsCertificate.self))
    }
}

/// A database type of somebody else's, with an opinion of its own.
enum ForeignDatabase {
    /// What it says to everything: flags, or a failure.
    enum Opinion: Int {
        case fine = 1
        case revoked = 2
        case failure = 3
    }

    private static let quark = g_quark_from_static_string("foreign-database-opinion")

    static let gtype: GType = {
        var info = GTypeInfo()
        var query = GTypeQuery()
        g_type_query(g_tls_database_get_type(), &query)
        info.class_size = UInt16(query.class_size)
        info.instance_size = UInt16(query.instance_size)
        info.class_init = { table, _ in
            table?.assumingMemoryBound(to: GTlsDatabaseClass.self).pointee.verify_chain = {
                me,
                _,
                _,
                _,
                _,
                _,
                _,
                error in
                let object = me.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: GObject.self) }
                let opinion = Opinion(rawValue: Int(bitPattern: g_object_get_qdata(object, ForeignDatabase.quark)))
                switch opinion {
                case .revoked: return G_TLS_CERTIFICATE_REVOKED
                case .failure:
                    error?.pointee = g_error_new_literal(g_io_error_quark(), Int32(G_IO_ERROR_BUSY.rawValue), "not now")
                    // What no database should say along with an error, and what must not be believed.
                    return GTlsCertificateFlags(rawValue: 0)
                default: return GTlsCertificateFlags(rawValue: 0)
                }
            }
        }
        return g_type_register_static(g_tls_database_get_type(), "ForeignDatabase", &info, GTypeFlags(rawValue: 0))
    }()

    static func saying(_ opinion: Opinion) -> Object<GTlsDatabase> {
        guard let object = g_object_new_with_properties(gtype, 0, nil, nil) else { preconditionFailure("no such type") }
        g_object_set_qdata(object, quark, UnsafeMutableRawPointer(bitPattern: opinion.rawValue))
        return Object(UnsafeMutableRawPointer(object).assumingMemoryBound(to: GTlsDatabase.self))
    }
}
