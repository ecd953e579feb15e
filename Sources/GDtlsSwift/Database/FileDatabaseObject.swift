// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit
internal import Synchronization

/// `GDtlsSwiftFileDatabase`: a GTlsFileDatabase, whose anchors are the certificates of a file.
///
/// The file is read in `g_initable_init`, and again whenever `anchors` is set afterwards; where that fails, the old
/// anchors stay and a warning says so. Before, and without a file, nobody is trusted.
///
/// Unchecked Sendable: the state is behind a lock, which is never held while reading or verifying.
final class FileDatabaseObject: DatabaseObject, @unchecked Sendable {
    private struct State {
        /// The name of the file as C gave it, with its NUL; not always UTF-8.
        var path: [CChar]?
        var store: TrustStore?
        var isInitialized = false
    }

    private let state = Mutex(State())

    override class var objectType: ObjectType { type }

    /// The GType, registered on first use.
    ///
    /// The corresponding C function is `gdtls_swift_file_database_get_type`.
    override class var gtype: GType { ObjectType.register(FileDatabaseObject.self) }

    private static let type = ObjectType(
        name: "GDtlsSwiftFileDatabase",
        parent: { DatabaseObject.gtype },
        flags: .final,
        interfaces: [
            Interface({ g_initable_get_type() }, install: installInitable),
            Interface({ g_tls_file_database_get_type() }),
        ],
        properties: [
            .override(
                "anchors",
                of: FileDatabaseObject.self,
                get: { $1.set(path: $0.state.withLock(\.path)) },
                set: { $0.setAnchors($1.path) }
            )
        ]
    )

    override func trustStore() throws -> TrustStore {
        try state.withLock(\.store) ?? Self.empty()
    }

    override var handlePrefix: String {
        guard let path = state.withLock(\.path), let uri = g_filename_to_uri(path, nil, nil) else { return "file:#" }
        defer { g_free(uri) }
        return String(cString: uri) + "#"
    }

    /// Reads the file.
    ///
    /// The corresponding C vfunc is `GInitableIface.init`.
    ///
    /// - Throws: `G_TLS_ERROR_MISC` where the file cannot be read, or holds no or a broken certificate;
    ///   `G_IO_ERROR_CANCELLED`.
    func load(_ cancellable: UnsafeMutablePointer<GCancellable>?) throws {
        try checkCancelled(cancellable)
        let path = state.withLock(\.path)
        let store = try path.map(Self.read) ?? Self.empty()
        state.withLock {
            $0.store = store
            $0.isInitialized = true
        }
    }

    private func setAnchors(_ path: [CChar]?) {
        if let path, g_path_is_absolute(path) == 0 {
            logWarning(
                "A file database takes anchors by an absolute path, and “\(displayName(path))” is none: its anchors stay what "
                    + "they were. g_canonicalize_filename() makes a path absolute"
            )
            return
        }
        // In construction: g_initable_init will read it.
        guard state.withLock(\.isInitialized) else { return state.withLock { $0.path = path } }
        do {
            let store = try path.map(Self.read) ?? Self.empty()
            state.withLock {
                $0.path = path
                $0.store = store
            }
        } catch {
            logWarning("\(error): the anchors stay what they were")
        }
    }

    private static func read(_ path: [CChar]) throws -> TrustStore {
        do {
            var contents: UnsafeMutablePointer<CChar>?
            var size: gsize = 0
            _ = try withGError { g_file_get_contents(path, &contents, &size, $0) }
            defer { g_free(contents) }
            let bytes = UnsafeRawBufferPointer(start: contents, count: Int(size))
            return try TrustStore(CertificateFile.certificates(in: Array(bytes), strictness: .refuse))
        } catch {
            let reason = (error as? GLibError)?.message ?? String(describing: error)
            let message = "The trust anchors of “\(displayName(path))” cannot be loaded: \(reason)"
            throw GLibError.tls(G_TLS_ERROR_MISC, message)
        }
    }

    private static func empty() throws -> TrustStore {
        try TrustStore([])
    }
}

private let installInitable: Interface.Install = { vtable, _ in
    vtable?.assumingMemoryBound(to: GInitableIface.self).pointee.`init` = { me, cancellable, error in
        bridge(error, failure: 0) {
            try implementation(me, as: FileDatabaseObject.self).load(cancellable)
            return 1
        }
    }
}

extension UnsafeMutablePointer where Pointee == GValue {
    /// A string in the file system's encoding, with its NUL.
    fileprivate var path: [CChar]? {
        g_value_get_string(self).map { Array(UnsafeBufferPointer(start: $0, count: Int(strlen($0)) + 1)) }
    }

    fileprivate func set(path: [CChar]?) {
        guard let path else { return g_value_set_string(self, nil) }
        g_value_set_string(self, path)
    }
}

/// A file's name for people.
///
/// The corresponding C function is `g_filename_display_name`.
private func displayName(_ path: [CChar]) -> String {
    guard let name = g_filename_display_name(path) else { return "?" }
    defer { g_free(name) }
    return String(cString: name)
}
