// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CPKCS11

/// A token: a smart card, a security module, or a file that pretends to be one.
public struct PKCS11Token: Sendable {
    /// What a token says of its user PIN, as `CK_TOKEN_INFO` has it.
    public struct Flags: OptionSet, Sendable {
        /// The bits.
        public let rawValue: UInt

        /// The flags of these bits.
        public init(rawValue: UInt) { self.rawValue = rawValue }

        /// Something in it can only be used after a login.
        public static let loginRequired = Flags(rawValue: CKF_LOGIN_REQUIRED)
        /// A PIN has been set.
        public static let hasPIN = Flags(rawValue: CKF_USER_PIN_INITIALIZED)
        /// The PIN is typed at the device, and nobody else's business.
        public static let hasPINPad = Flags(rawValue: CKF_PROTECTED_AUTHENTICATION_PATH)
        /// There has been a wrong PIN since the last right one.
        public static let fewTriesLeft = Flags(rawValue: CKF_USER_PIN_COUNT_LOW)
        /// One more wrong PIN locks the token.
        public static let finalTry = Flags(rawValue: CKF_USER_PIN_FINAL_TRY)
        /// The PIN is locked.
        public static let locked = Flags(rawValue: CKF_USER_PIN_LOCKED)
        static let initialized = Flags(rawValue: CKF_TOKEN_INITIALIZED)
    }

    let module: PKCS11Module
    let slot: CK_ULONG
    private let label: [UInt8]
    private let manufacturer: [UInt8]
    private let model: [UInt8]
    private let serial: [UInt8]

    /// What it said of its PIN when it was last asked.
    public let flags: Flags

    /// Whether it serves one session at a time, so that nobody but who has that one can use it.
    let isLimitedToOneSession: Bool

    /// What it is called, for people.
    public var name: String { String(decoding: label.isEmpty ? model : label, as: UTF8.self) }

    /// Asks the token in a slot for its particulars; `nil` where there is none that could be used.
    init?(slot: CK_ULONG, of module: PKCS11Module) {
        var info = CK_TOKEN_INFO()
        guard (try? module.check("C_GetTokenInfo") { $0.C_GetTokenInfo?(slot, &info) }) != nil else { return nil }
        self.module = module
        self.slot = slot
        label = text(info.label)
        manufacturer = text(info.manufacturerID)
        model = text(info.model)
        serial = text(info.serialNumber)
        flags = Flags(rawValue: info.flags)
        isLimitedToOneSession = info.ulMaxSessionCount == 1
        guard flags.contains(.initialized) else { return nil }
    }

    /// The same token with what it says of its PIN now.
    ///
    /// - Throws: ``PKCS11Error`` with the code ``PKCS11Error/Code/tokenAbsent`` where it is gone, or is another.
    public func refreshed() throws(PKCS11Error) -> PKCS11Token {
        guard let token = PKCS11Token(slot: slot, of: module), token.isSame(as: self) else {
            throw PKCS11Error(.tokenAbsent, "The PKCS #11 token “\(name)” is gone")
        }
        return token
    }

    /// Whether both are the same token, wherever it is inserted.
    public func isSame(as other: PKCS11Token) -> Bool {
        label == other.label && serial == other.serial && manufacturer == other.manufacturer && model == other.model
    }

    /// Whether the URI may mean something in this token.
    func matches(_ uri: PKCS11URI) -> Bool {
        func fits(_ attribute: PKCS11URI.Attribute, _ value: [UInt8]) -> Bool {
            uri[attribute].map { $0 == value } ?? true
        }
        return fits(.token, label) && fits(.manufacturer, manufacturer) && fits(.model, model) && fits(.serial, serial)
            && fits(.slotID, Array(String(slot).utf8)) && slotMatches(uri)
    }

    private func slotMatches(_ uri: PKCS11URI) -> Bool {
        guard uri[.slotDescription] != nil || uri[.slotManufacturer] != nil else { return true }
        var info = CK_SLOT_INFO()
        guard (try? module.check("C_GetSlotInfo") { $0.C_GetSlotInfo?(slot, &info) }) != nil else { return false }
        return uri[.slotDescription].map { $0 == text(info.slotDescription) } ?? true
            && uri[.slotManufacturer].map { $0 == text(info.manufacturerID) } ?? true
    }

    /// The URI of a private key in this token, for a bridge to look up.
    func uri(ofKey object: PKCS11Object) -> String {
        PKCS11URI.text([
            (.model, model), (.manufacturer, manufacturer), (.serial, serial), (.token, label), (.id, object.id),
            (.object, object.label), (.type, Array("private".utf8)),
        ])
    }
}

/// A field of text, without the blanks that fill it up.
private func text<T>(_ field: T) -> [UInt8] {
    var bytes = withUnsafeBytes(of: field) { Array($0) }
    while let last = bytes.last, last == UInt8(ascii: " ") || last == 0 { bytes.removeLast() }
    return bytes
}
