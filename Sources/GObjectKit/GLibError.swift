// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

public import CGIO

/// A GError as a Swift error: what vfuncs throw, and what calls into GIO throw.
///
/// Two are equal if domain and code are; the message is for people. The corresponding C type is `GError`.
public struct GLibError: Error, Sendable {
    /// The error domain.
    public let domain: GQuark
    /// The code in the domain.
    public let code: Int32
    /// What went wrong, for people.
    public let message: String

    /// Makes an error of any domain.
    public init(domain: GQuark, code: Int32, message: String) {
        self.domain = domain
        self.code = code
        self.message = message
    }

    /// Reads an error and frees it (transfer full).
    public init(taking error: UnsafeMutablePointer<GError>) {
        self.init(copying: error)
        g_error_free(error)
    }

    /// Reads an error that somebody else owns (transfer none).
    public init(copying error: UnsafePointer<GError>) {
        let message = error.pointee.message.map { String(cString: $0) } ?? ""
        self.init(domain: error.pointee.domain, code: error.pointee.code, message: message)
    }

    /// An error of the domain `G_IO_ERROR`.
    public static func io(_ code: GIOErrorEnum, _ message: String) -> GLibError {
        GLibError(domain: g_io_error_quark(), code: Int32(bitPattern: code.rawValue), message: message)
    }

    /// An error of the domain `G_TLS_ERROR`.
    public static func tls(_ code: GTlsError, _ message: String) -> GLibError {
        GLibError(domain: g_tls_error_quark(), code: Int32(bitPattern: code.rawValue), message: message)
    }

    /// An error of the domain `G_TLS_CHANNEL_BINDING_ERROR`.
    public static func channelBinding(_ code: GTlsChannelBindingError, _ message: String) -> GLibError {
        let domain = g_tls_channel_binding_error_quark()
        return GLibError(domain: domain, code: Int32(bitPattern: code.rawValue), message: message)
    }

    /// A copy for C to own (transfer full).
    ///
    /// The corresponding C function is `g_error_new_literal`.
    public func makeGError() -> UnsafeMutablePointer<GError> {
        g_error_new_literal(domain, code, message)
    }

    /// Whether this is the given `G_IO_ERROR`.
    public func isIO(_ code: GIOErrorEnum) -> Bool {
        domain == g_io_error_quark() && self.code == Int32(bitPattern: code.rawValue)
    }

    /// Whether this is the given `G_TLS_ERROR`.
    public func isTLS(_ code: GTlsError) -> Bool {
        domain == g_tls_error_quark() && self.code == Int32(bitPattern: code.rawValue)
    }

    /// Any error as one that C can be given: others become `G_IO_ERROR_FAILED` with their description.
    public init(_ error: any Error) {
        self = error as? GLibError ?? .io(G_IO_ERROR_FAILED, String(describing: error))
    }
}

extension GLibError: Equatable {
    /// Whether domain and code are the same.
    public static func == (left: GLibError, right: GLibError) -> Bool {
        left.domain == right.domain && left.code == right.code
    }
}

extension GLibError: CustomStringConvertible {
    /// The message, with domain and code.
    public var description: String {
        let domain = g_quark_to_string(domain).map { String(cString: $0) } ?? "?"
        return "\(message) (\(domain), \(code))"
    }
}
