// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

package import CGIO
internal import CGdtlsSwift
internal import DTLSEngine
package import GObjectKit

// gdtls-swift-certificate.h, which documents them.

@_cdecl("gdtls_swift_certificate_get_type")
package func gdtls_swift_certificate_get_type() -> GType { CertificateObject.gtype }

@_cdecl("gdtls_swift_certificate_new_from_file")
package func gdtls_swift_certificate_new_from_file(
    _ file: UnsafePointer<CChar>?,
    _ error: GErrorOut?
) -> UnsafeMutablePointer<GTlsCertificate>? {
    guard isValid(file != nil, "file != NULL", domain: .own, function: #function), let file else { return nil }
    return owned(error) {
        let contents = try readSecret(file)
        let name = displayName(file)
        guard name.hasSuffix(".p12") || name.hasSuffix(".pfx") else {
            return try CertificateObject.make(contents: contents, source: name)
        }
        return try contents.withUnsafeBytes { bytes in
            try certificate(CertificateObject.make(pkcs12: bytes.bindMemory(to: UInt8.self), password: nil))
        }
    }
}

@_cdecl("gdtls_swift_certificate_new_from_files")
package func gdtls_swift_certificate_new_from_files(
    _ certificateFile: UnsafePointer<CChar>?,
    _ keyFile: UnsafePointer<CChar>?,
    _ error: GErrorOut?
) -> UnsafeMutablePointer<GTlsCertificate>? {
    guard isValid(certificateFile != nil, "cert_file != NULL", domain: .own, function: #function),
        isValid(keyFile != nil, "key_file != NULL", domain: .own, function: #function),
        let certificateFile, let keyFile
    else { return nil }
    return owned(error) {
        try CertificateObject.make(
            contents: readSecret(certificateFile),
            key: readSecret(keyFile),
            source: "\(displayName(certificateFile)) with the key of \(displayName(keyFile))"
        )
    }
}

@_cdecl("gdtls_swift_certificate_new_from_pem")
package func gdtls_swift_certificate_new_from_pem(
    _ data: UnsafePointer<CChar>?,
    _ length: gssize,
    _ error: GErrorOut?
) -> UnsafeMutablePointer<GTlsCertificate>? {
    guard isValid(data != nil, "data != NULL", domain: .own, function: #function),
        isValid(length >= -1, "length >= -1", domain: .own, function: #function), let data
    else { return nil }
    let size = length < 0 ? Int(strlen(data)) : Int(length)
    return owned(error) {
        let bytes = UnsafeRawBufferPointer(start: data, count: size).bindMemory(to: UInt8.self)
        return try CertificateObject.make(contents: bytes, source: "the PEM text")
    }
}

@_cdecl("gdtls_swift_certificate_new_from_pkcs12")
package func gdtls_swift_certificate_new_from_pkcs12(
    _ data: UnsafePointer<UInt8>?,
    _ length: gsize,
    _ password: UnsafePointer<CChar>?,
    _ error: GErrorOut?
) -> UnsafeMutablePointer<GTlsCertificate>? {
    guard isValid(data != nil || length == 0, "data != NULL || length == 0", domain: .own, function: #function),
        isValid(length <= gsize(guint.max), "length <= G_MAXUINT", domain: .own, function: #function)
    else { return nil }
    return owned(error) {
        let bytes = UnsafeBufferPointer(start: data, count: Int(length))
        return try certificate(CertificateObject.make(pkcs12: bytes, password: password))
    }
}

private func certificate(_ object: GRef<UnsafeMutablePointer<GObject>>) -> GRef<UnsafeMutablePointer<GTlsCertificate>> {
    GRef(taking: UnsafeMutableRawPointer(object.retained()).assumingMemoryBound(to: GTlsCertificate.self))
}

private func owned(
    _ error: GErrorOut?,
    _ body: () throws -> GRef<UnsafeMutablePointer<GTlsCertificate>>?
) -> UnsafeMutablePointer<GTlsCertificate>? {
    bridge(error, failure: nil) { try body()?.retained() }
}

/// Reads a file that may hold a key.
///
/// - Throws: `G_FILE_ERROR`.
private func readSecret(_ file: UnsafePointer<CChar>) throws -> SecretBytes {
    var contents: UnsafeMutablePointer<CChar>?
    var size: gsize = 0
    _ = try withGError { g_file_get_contents(file, &contents, &size, $0) }
    defer {
        if let contents { memset(contents, 0, Int(size)) }
        g_free(contents)
    }
    return SecretBytes(copying: UnsafeRawBufferPointer(start: contents, count: Int(size)))
}

/// A file's name for people.
private func displayName(_ file: UnsafePointer<CChar>) -> String {
    guard let name = g_filename_display_name(file) else { return "?" }
    defer { g_free(name) }
    return String(cString: name)
}

private func checkSignatures() {
    check(gdtls_swift_certificate_get_type, matches: CGdtlsSwift.gdtls_swift_certificate_get_type)
    check(gdtls_swift_certificate_new_from_file, matches: CGdtlsSwift.gdtls_swift_certificate_new_from_file)
    check(gdtls_swift_certificate_new_from_files, matches: CGdtlsSwift.gdtls_swift_certificate_new_from_files)
    check(gdtls_swift_certificate_new_from_pem, matches: CGdtlsSwift.gdtls_swift_certificate_new_from_pem)
    check(gdtls_swift_certificate_new_from_pkcs12, matches: CGdtlsSwift.gdtls_swift_certificate_new_from_pkcs12)
}
