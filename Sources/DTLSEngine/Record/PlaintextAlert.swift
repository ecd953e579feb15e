// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

/// An alert in the clear (RFC 5246 §7.2).
struct PlaintextAlert {
    static let closeNotify: UInt8 = 0
    static let handshakeFailure: UInt8 = 40
    static let badCertificate: UInt8 = 42
    static let certificateRevoked: UInt8 = 44
    static let certificateExpired: UInt8 = 45
    static let unknownAuthority: UInt8 = 48
    static let internalError: UInt8 = 80
    static let userCanceled: UInt8 = 90

    private static let warning: UInt8 = 1
    private static let fatal: UInt8 = 2

    let isFatal: Bool
    let description: UInt8

    init(fatal description: UInt8) {
        isFatal = true
        self.description = description
    }

    init(warning description: UInt8) {
        isFatal = false
        self.description = description
    }

    /// Reads a record's body; `nil` where it is no alert, or a warning that ends nothing.
    init?(_ body: UnsafeRawBufferPointer) {
        guard body.count == 2, body[0] == Self.warning || body[0] == Self.fatal else { return nil }
        isFatal = body[0] == Self.fatal
        description = body[1]
        guard isFatal || description == Self.closeNotify else { return nil }
    }

    /// The body of its record.
    var bytes: [UInt8] { [isFatal ? Self.fatal : Self.warning, description] }
}
