// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGdtls
import Glibc

/// A folder in which GIO looks for modules, and what there is of ours.
struct ModuleFolder {
    enum Cache: String {
        /// `giomodule.cache` knows the module.
        case current
        /// It is older than the module, or does not mention it: GIO opens the module in every process.
        case stale
        case missing
    }

    let path: String
    /// The variable that names it; `nil` for the one that GIO was built with.
    let variable: String?
    let hasModule: Bool
    let cache: Cache

    static let module = "libgiogdtls-swift.so"

    /// All of them, in GIO's order.
    static func all() -> [ModuleFolder] {
        let extra = environment("GIO_EXTRA_MODULES")?.split(separator: ":").map(String.init) ?? []
        let usual = environment("GIO_MODULE_DIR")
        return extra.map { ModuleFolder($0, "GIO_EXTRA_MODULES") }
            + [ModuleFolder(usual ?? builtIn(), usual == nil ? nil : "GIO_MODULE_DIR")]
    }

    private init(_ path: String, _ variable: String?) {
        self.path = path
        self.variable = variable
        let (module, cache) = ("\(path)/\(Self.module)", "\(path)/giomodule.cache")
        hasModule = g_file_test(module, G_FILE_TEST_EXISTS) != 0
        guard let changed = Self.changed(cache) else {
            self.cache = .missing
            return
        }
        let mentions = Self.text(cache)?.split(separator: "\n").contains { $0.hasPrefix("\(Self.module):") } == true
        // Seconds, as GIO counts.
        self.cache = mentions && changed >= Self.changed(module) ?? 0 ? .current : .stale
    }

    /// Where the module was installed with the library that this process runs with, if it was.
    static func besideLibrary() -> String? {
        guard let library = Versions.loadedFile("libgdtls-swift.so") else { return nil }
        let folder = (takeString(g_path_get_dirname(library)) ?? "") + "/gio/modules"
        return g_file_test("\(folder)/\(module)", G_FILE_TEST_EXISTS) != 0 ? folder : nil
    }

    /// Where GIO looks if nobody says otherwise: beside itself.
    private static func builtIn() -> String {
        let library = Versions.loadedFile("libgio-2.0.so") ?? ""
        return (takeString(g_path_get_dirname(library)) ?? "") + "/gio/modules"
    }

    private static func changed(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_ctim.tv_sec : nil
    }

    private static func text(_ path: String) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard g_file_get_contents(path, &text, nil, nil) != 0 else { return nil }
        return takeString(text)
    }
}

/// A variable of the environment.
func environment(_ name: String) -> String? { g_getenv(name).map { String(cString: $0) } }

extension ModuleFolder {
    /// What is wrong with the cache, and what to do.
    var cacheWords: String {
        switch cache {
        case .current: ""
        case .stale: "; its giomodule.cache is stale, so that GIO opens it in every process: run gio-querymodules on it"
        case .missing: "; it has no giomodule.cache, so that GIO opens it in every process: run gio-querymodules on it"
        }
    }

    var json: JSON {
        [
            "path": .string(path), "named_by": .string(orNull: variable), "has_module": .bool(hasModule),
            "cache": hasModule ? .string(cache.rawValue) : .null,
        ]
    }
}
