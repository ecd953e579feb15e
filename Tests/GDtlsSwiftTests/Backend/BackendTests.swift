// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Testing

@Suite struct BackendTests {
    @Test func `GIO's default backend is ours`() throws {
        let backend = try Provider.load()
        #expect(typeName(backend) == "GTlsBackendGdtlsSwift")
        #expect(g_tls_backend_supports_dtls(backend) != 0)
        #expect(g_tls_backend_supports_tls(backend) == 0)
    }

    @Test func `opening the module does not open the library`() throws {
        try Provider.load()
        #expect(!Provider.moduleOpenedLibrary)
        #expect(Provider.isMapped("libgdtls-swift.so"))
    }

    @Test func `it has to be asked for, for it has no TLS over streams`() throws {
        try Provider.load()
        let point = try #require(g_io_extension_point_lookup("gio-tls-backend"))
        let ours = try #require(g_io_extension_point_get_extension_by_name(point, "gdtls-swift"))
        #expect(g_io_extension_get_priority(ours) == -10)
    }

    @Test(arguments: [true, false]) func `TLS over a stream fails and says why`(isServer: Bool) throws {
        try Provider.load()
        let input = try #require(g_memory_input_stream_new())
        let output = try #require(g_memory_output_stream_new_resizable())
        let stream = try #require(g_simple_io_stream_new(input, output))
        defer {
            for object in [UnsafeMutableRawPointer(stream), .init(output), .init(input)] { g_object_unref(object) }
        }
        let base = UnsafeMutablePointer<GIOStream>(stream)
        var error: UnsafeMutablePointer<GError>?
        let connection =
            isServer
            ? g_tls_server_connection_new(base, nil, &error) : g_tls_client_connection_new(base, nil, &error)
        #expect(connection == nil)
        let failure = try #require(error)
        defer { g_error_free(failure) }
        #expect(failure.pointee.domain == g_tls_error_quark())
        #expect(failure.pointee.code == Int32(G_TLS_ERROR_UNAVAILABLE.rawValue))
        #expect(String(cString: failure.pointee.message).contains("TLS over streams is not supported"))
    }

    private func typeName(_ object: OpaquePointer) -> String {
        String(cString: g_type_name_from_instance(UnsafeMutablePointer<GTypeInstance>(object)))
    }
}
