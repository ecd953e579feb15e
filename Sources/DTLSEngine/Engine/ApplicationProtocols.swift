// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Application-Layer Protocol Negotiation (RFC 7301).
enum ApplicationProtocols {
    /// The list as it goes on the wire, or `nil` where there is nothing to offer.
    ///
    /// Names of no bytes or more than 255 have no place on it.
    static func wire(_ protocols: [[UInt8]]) -> [UInt8]? {
        let names = protocols.filter { (1...255).contains($0.count) }
        return names.isEmpty ? nil : names.flatMap { [UInt8($0.count)] + $0 }
    }

    /// Given to `SSL_CTX_set_alpn_select_cb`: the client's first choice that the server has too.
    ///
    /// Where there is none the handshake goes on without, as GLib programs expect.
    static let selectCallback:
        @convention(c) (
            OpenSSLPointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
            UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { ssl, chosen, chosenLength, offered, offeredLength, _ in
            guard let ssl, let engine = DTLSEngine.of(ssl), let offered, let chosen, let chosenLength else {
                return SSL_TLSEXT_ERR_NOACK
            }
            let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
            var index = 0
            while index < list.count {
                let start = index + 1
                let end = start + Int(list[index])
                guard end <= list.count else { break }
                if engine.configuration.protocols.contains(where: { $0.elementsEqual(list[start..<end]) }) {
                    // Libssl copies it at once; it points into the offer, which outlives this call.
                    chosen.pointee = offered + start
                    chosenLength.pointee = list[index]
                    return SSL_TLSEXT_ERR_OK
                }
                index = end
            }
            return SSL_TLSEXT_ERR_NOACK
        }
}
