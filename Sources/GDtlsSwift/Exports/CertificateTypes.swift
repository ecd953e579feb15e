// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// The GType of the certificates.
///
/// The corresponding C function is `gdtls_swift_certificate_get_type`.
@_cdecl("gdtls_swift_certificate_get_type")
public func gdtls_swift_certificate_get_type() -> GType { CertificateObject.gtype }

/// The GType of the database of what the system trusts.
///
/// The corresponding C function is `gdtls_swift_database_get_type`.
@_cdecl("gdtls_swift_database_get_type")
public func gdtls_swift_database_get_type() -> GType { DatabaseObject.gtype }

/// The GType of databases that are files.
///
/// The corresponding C function is `gdtls_swift_file_database_get_type`.
@_cdecl("gdtls_swift_file_database_get_type")
public func gdtls_swift_file_database_get_type() -> GType { FileDatabaseObject.gtype }
