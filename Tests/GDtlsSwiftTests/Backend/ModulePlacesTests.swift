// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Glibc
import Testing

// Where the module finds the library. Each runs in a process of its own, since GIO and the module look only once.

@Suite struct ModulePlacesTests {
    @Test func `installed, the library stands two folders above the module`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            try folder.makeFolder("gio")
            try folder.makeFolder("gio/modules")
            try folder.copy(Provider.buildFolder + "/libgiogdtls-swift.so", as: "gio/modules/libgiogdtls-swift.so")
            try folder.link(Provider.buildFolder + "/libgdtls-swift.so", as: "libgdtls-swift.so.0")
            try #require(defaultBackend(modules: folder.path + "/gio/modules") == "GTlsBackendGdtlsSwift")
        }
    }

    @Test func `without the library, GIO takes another backend`() async {
        await #expect(processExitsWith: .success) {
            // Where the library is installed for all, the module rightly finds it.
            guard dlopen("libgdtls-swift.so.0", RTLD_NOW) == nil else { return }
            let folder = try TemporaryFolder()
            try folder.copy(Provider.buildFolder + "/libgiogdtls-swift.so", as: "libgiogdtls-swift.so")
            try #require(defaultBackend(modules: folder.path) == "GDummyTlsBackend")
            let message = try #require(initError())
            try #require(message.contains("libgdtls-swift.so.0"))
            try #require(message.contains(folder.path + "/libgdtls-swift.so: cannot open"))
        }
    }

    @Test func `a file that is not the library is no backend`() async {
        await #expect(processExitsWith: .success) {
            guard dlopen("libgdtls-swift.so.0", RTLD_NOW) == nil else { return }
            let folder = try TemporaryFolder()
            try folder.copy(Provider.buildFolder + "/libgiogdtls-swift.so", as: "libgiogdtls-swift.so")
            try folder.copy(Provider.buildFolder + "/libgiogdtls-swift.so", as: "libgdtls-swift.so")
            try #require(defaultBackend(modules: folder.path) == "GDummyTlsBackend")
            try #require(initError()?.contains("gdtls_swift_backend_get_vtable") == true)
        }
    }
}

/// The type name of the backend that GIO takes, with modules from one folder only.
private func defaultBackend(modules folder: String) -> String? {
    g_setenv("GIO_MODULE_DIR", folder, 1)
    g_setenv("GIO_USE_TLS", "gdtls-swift", 1)
    g_unsetenv("GIO_EXTRA_MODULES")
    let backend = g_tls_backend_get_default().map { UnsafeMutablePointer<GTypeInstance>($0) }
    return g_type_name_from_instance(backend).map { String(cString: $0) }
}

/// Why the backend cannot be initialised.
private func initError() -> String? {
    guard let point = g_io_extension_point_lookup("gio-tls-backend"),
        let ours = g_io_extension_point_get_extension_by_name(point, "gdtls-swift"),
        let object = g_object_new_with_properties(g_io_extension_get_type(ours), 0, nil, nil)
    else { return nil }
    defer { g_object_unref(object) }
    var error: UnsafeMutablePointer<GError>?
    g_initable_init(OpaquePointer(object), nil, &error)
    defer { g_clear_error(&error) }
    return error?.pointee.message.map { String(cString: $0) }
}
