// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import GObjectKit

/// The GType of `GDtlsSwiftClientConnection`.
@_cdecl("gdtls_swift_client_connection_get_type")
public func gdtls_swift_client_connection_get_type() -> UInt {
    UInt(ObjectType.register(ClientConnectionObject.self))
}

/// The GType of `GDtlsSwiftServerConnection`.
@_cdecl("gdtls_swift_server_connection_get_type")
public func gdtls_swift_server_connection_get_type() -> UInt {
    UInt(ObjectType.register(ServerConnectionObject.self))
}
