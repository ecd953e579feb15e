// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import Foundation
import Testing

/// The certificates of Scripts/make-test-pki.sh, made once for each run of the tests, as GIO sees them.
enum CertificateFiles {
    static let folder: String = {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gdtls-pki-\(UUID().uuidString)").path(
            percentEncoded: false
        )
        let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Scripts")
        do {
            let made = try Process.run(scripts.appending(path: "make-test-pki.sh"), arguments: [folder])
            made.waitUntilExit()
            precondition(made.terminationStatus == 0, "Scripts/make-test-pki.sh failed: run it by hand to see why")
        } catch {
            preconditionFailure("Scripts/make-test-pki.sh cannot be run: \(error)")
        }
        atexit { try? FileManager.default.removeItem(atPath: CertificateFiles.folder) }
        return folder
    }()

    static func path(_ file: String) -> String { folder + "/" + file }

    static func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path(file))))
    }

    /// A certificate of our type, from any file that GIO reads.
    static func certificate(_ file: String, password: String? = nil) throws -> Object<GTlsCertificate> {
        try Provider.load()
        return try Object {
            guard let password else { return g_tls_certificate_new_from_file(path(file), $0) }
            return g_tls_certificate_new_from_file_with_password(path(file), password, $0)
        }
    }

    /// A file database of our type.
    static func database(_ file: String) throws -> Object<GTlsDatabase> {
        try Provider.load()
        return try Object { g_tls_file_database_new(path(file), $0) }
    }
}

/// An error that C reported.
struct Failure: Error, CustomStringConvertible {
    let domain: GQuark
    let code: Int32
    let description: String

    func isTLS(_ code: GTlsError) -> Bool { domain == g_tls_error_quark() && self.code == Int32(code.rawValue) }

    func isIO(_ code: GIOErrorEnum) -> Bool { domain == g_io_error_quark() && self.code == Int32(code.rawValue) }
}

/// Calls C, and throws what it reports.
func check<R>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<GError>?>) -> R) throws -> R {
    var error: UnsafeMutablePointer<GError>?
    let result = body(&error)
    guard let error else { return result }
    defer { g_error_free(error) }
    throw Failure(
        domain: error.pointee.domain,
        code: error.pointee.code,
        description: String(cString: error.pointee.message)
    )
}

/// A GObject that a test owns.
///
/// Keep it in a variable: what is never named goes before its pointer is used.
final class Object<T>: @unchecked Sendable {
    // Unchecked Sendable: what tests share between threads is thread-safe.
    let pointer: UnsafeMutablePointer<T>

    init(_ pointer: UnsafeMutablePointer<T>) {
        self.pointer = pointer
    }

    /// Takes what a constructor returns, or throws its error.
    convenience init(
        _ make: (UnsafeMutablePointer<UnsafeMutablePointer<GError>?>) -> UnsafeMutablePointer<T>?
    ) throws {
        self.init(try #require(try check(make)))
    }

    deinit {
        g_object_unref(UnsafeMutableRawPointer(pointer))
    }

    /// Reads a property, of the type that the closure takes out.
    func get<R>(_ name: String, _ type: GType, _ read: (UnsafePointer<GValue>) throws -> R) rethrows -> R {
        var value = GValue()
        g_value_init(&value, type)
        defer { g_value_unset(&value) }
        g_object_get_property(UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: GObject.self), name, &value)
        return try read(&value)
    }

    func string(_ name: String) -> String? {
        get(name, 16 << 2) { g_value_get_string($0).map { String(cString: $0) } }
    }

    func bytes(_ name: String) -> [UInt8]? {
        get(name, g_byte_array_get_type()) { value in
            g_value_get_boxed(value).map {
                let array = $0.assumingMemoryBound(to: GByteArray.self).pointee
                return Array(UnsafeBufferPointer(start: array.data, count: Int(array.len)))
            }
        }
    }
}
