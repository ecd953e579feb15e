// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CGIO
internal import DTLSEngine
internal import GObjectKit

extension ConnectionObject {
    /// RFC 5929 and RFC 9266; the errors are those that GIO documents.
    ///
    /// The corresponding C function is `g_dtls_connection_get_channel_binding_data`.
    ///
    /// - Parameters:
    ///   - type: which binding.
    ///   - data: its content is replaced; NULL asks only whether the type is known.
    /// - Returns: true, as C has it.
    /// - Throws: `G_TLS_CHANNEL_BINDING_ERROR_NOT_IMPLEMENTED` for a type that is not known, `…_INVALID_STATE` where
    ///   there is no association, `…_NOT_AVAILABLE` where this one does not have it, `…_NOT_SUPPORTED` where the
    ///   server's certificate does not allow it, `…_GENERAL_ERROR` where `data` is no GByteArray.
    func bindingData(_ type: GTlsChannelBindingType, into data: UnsafeMutablePointer<GByteArray>?) throws -> gboolean {
        guard Self.knownBindings.contains(where: { $0 == type }) else {
            throw GLibError.channelBinding(
                G_TLS_CHANNEL_BINDING_ERROR_NOT_IMPLEMENTED,
                "This channel binding type is not known: \(type.rawValue)"
            )
        }
        guard let data else { return 1 }
        let bytes = try bindingBytes(type)
        switch data.kind {
        case .array:
            g_byte_array_set_size(data, 0)
            g_byte_array_append(data, bytes, guint(bytes.count))
        case .place(let place):
            place.pointee = lend(bytes)
        case .unknown:
            throw GLibError.channelBinding(
                G_TLS_CHANNEL_BINDING_ERROR_GENERAL_ERROR,
                "The place for the channel binding is no GByteArray: make one with g_byte_array_new()"
            )
        }
        return 1
    }

    private static let knownBindings = [
        G_TLS_CHANNEL_BINDING_TLS_UNIQUE, G_TLS_CHANNEL_BINDING_TLS_SERVER_END_POINT,
        G_TLS_CHANNEL_BINDING_TLS_EXPORTER,
    ]

    private func bindingBytes(_ type: GTlsChannelBindingType) throws -> [UInt8] {
        guard let bytes = try? driver.bindingBytes(type) else {
            throw GLibError.channelBinding(
                G_TLS_CHANNEL_BINDING_ERROR_INVALID_STATE,
                "There are channel bindings between the handshake and the close alone"
            )
        }
        return try bytes.get()
    }
}

extension ConnectionDriver {
    /// The binding's bytes or why there are none; `nil` where there is no association.
    fileprivate func bindingBytes(_ type: GTlsChannelBindingType) -> Result<[UInt8], GLibError>? {
        monitor.withLock {
            guard case .established(let engine) = phase, closed != .both else { return nil }
            switch type {
            case G_TLS_CHANNEL_BINDING_TLS_UNIQUE:
                return .some(engine.channelBinding(.tlsUnique), or: "This association has no Finished message to show")
            case G_TLS_CHANNEL_BINDING_TLS_EXPORTER:
                return .some(
                    engine.channelBinding(.tlsExporter),
                    or: "tls-exporter needs the extended master secret, which the peer does not do"
                )
            default:
                guard let certificate = engine.serverCertificate else {
                    return .some(nil, or: "The server of this association has shown no certificate")
                }
                return .some(
                    certificate.serverEndPoint,
                    G_TLS_CHANNEL_BINDING_ERROR_NOT_SUPPORTED,
                    or:
                        "tls-server-end-point needs a certificate signed with one hash function, which the server's is not"
                )
            }
        }
    }
}

extension Result where Success == [UInt8], Failure == GLibError {
    fileprivate static func some(
        _ bytes: [UInt8]?,
        _ code: GTlsChannelBindingError = G_TLS_CHANNEL_BINDING_ERROR_NOT_AVAILABLE,
        or complaint: String
    ) -> Self {
        bytes.map { .success($0) } ?? .failure(.channelBinding(code, complaint))
    }
}

/// What callers pass for the bytes of a channel binding.
private enum BindingPlace {
    /// A GByteArray to fill, as C has it.
    case array
    /// The place for the address of a GByteArray that the connection keeps.
    case place(UnsafeMutablePointer<UnsafeMutablePointer<GByteArray>?>)
    case unknown
}

extension UnsafeMutablePointer where Pointee == GByteArray {
    /// Tells a GByteArray from what PyGObject passes.
    ///
    /// Gio's introspection data promises that the callee allocates the array, so PyGObject passes the place for its
    /// address. It is a word of a larger record of PyGObject's, whose next word points back at the place, and whose
    /// third is 0. Where a GByteArray has its element size, which GLib sets to 1, and divides by.
    fileprivate var kind: BindingPlace {
        let raw = UnsafeMutableRawPointer(self)
        // A GByteArray is a GArray with elements of one byte; this reads the field and no more.
        if g_array_get_element_size(raw.assumingMemoryBound(to: GArray.self)) == 1 { return .array }
        let words = raw.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        guard words[0] == nil, words[1] == raw, words[2] == nil else { return .unknown }
        return .place(raw.assumingMemoryBound(to: UnsafeMutablePointer<GByteArray>?.self))
    }
}
