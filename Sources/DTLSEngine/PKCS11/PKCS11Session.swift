// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CPKCS11

/// A session with a token, closed when this object goes.
///
/// A login belongs to the process, not to a session, and lasts while the process has a session with the token: who
/// needs it holds one.
///
/// Unchecked Sendable: immutable, and the module locks for itself.
public final class PKCS11Session: @unchecked Sendable {
    /// The token as it was when the session began.
    public let token: PKCS11Token
    private let handle: CK_ULONG

    /// Opens a session for reading.
    ///
    /// The corresponding C function is `C_OpenSession`.
    public init(with token: PKCS11Token) throws(PKCS11Error) {
        var handle: CK_ULONG = 0
        try token.module.check("C_OpenSession") {
            $0.C_OpenSession?(token.slot, CKF_SERIAL_SESSION, nil, nil, &handle)
        }
        self.token = token
        self.handle = handle
    }

    deinit {
        // After a fork the handle is nobody's, or somebody else's.
        guard token.module.isUsable else { return }
        try? token.module.check("C_CloseSession") { [handle] in $0.C_CloseSession?(handle) }
    }

    /// Whether the token is still there, and this is not a fork.
    public var isUsable: Bool { token.module.isUsable && state != nil }

    /// Whether the user is logged in, by this session or another.
    public var isLoggedIn: Bool { state.map { $0 == CKS_RO_USER_FUNCTIONS || $0 == CKS_RW_USER_FUNCTIONS } ?? false }

    /// Logs the user in.
    ///
    /// The corresponding C function is `C_Login`.
    ///
    /// - Parameter pin: the PIN; `nil` where the device has a pad of its own.
    /// - Throws: ``PKCS11Error``.
    public func logIn(_ pin: SecretBytes?) throws(PKCS11Error) {
        var result: CK_RV?
        try token.module.check("C_Login") { functions in
            result = functions.C_Login?(handle, CKU_USER, pin?.start, CK_ULONG(pin?.count ?? 0))
            return result == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : result
        }
        withExtendedLifetime(pin) {}
    }

    private var state: CK_ULONG? {
        var info = CK_SESSION_INFO()
        guard (try? token.module.check("C_GetSessionInfo") { $0.C_GetSessionInfo?(handle, &info) }) != nil else {
            return nil
        }
        return info.state
    }
}

/// An object in a token.
struct PKCS11Object {
    let handle: CK_ULONG
    let id: [UInt8]
    let label: [UInt8]
}

extension PKCS11Session {
    /// The objects of a class that fit the URI, as far as this user may see them.
    ///
    /// The corresponding C functions are `C_FindObjectsInit` and `C_FindObjects`.
    ///
    /// - Parameters:
    ///   - kind: `CKO_…`.
    ///   - uri: says which.
    ///   - id: what to look for instead of what the URI says of the identifier and the label.
    /// - Returns: 32 of them at most.
    /// - Throws: ``PKCS11Error``.
    func objects(_ kind: CK_ULONG, matching uri: PKCS11URI, id: [UInt8]? = nil) throws(PKCS11Error) -> [PKCS11Object] {
        var criteria: [(CK_ULONG, [UInt8])] = [(CKA_CLASS, withUnsafeBytes(of: kind) { Array($0) })]
        if let id = id ?? uri[.id] { criteria.append((CKA_ID, id)) }
        if id == nil, let label = uri[.object] { criteria.append((CKA_LABEL, label)) }
        return try find(criteria).map {
            PKCS11Object(handle: $0, id: value(CKA_ID, of: $0) ?? [], label: value(CKA_LABEL, of: $0) ?? [])
        }
    }

    /// An attribute of an object; `nil` where it has none.
    ///
    /// The corresponding C function is `C_GetAttributeValue`.
    func value(_ attribute: CK_ULONG, of object: CK_ULONG) -> [UInt8]? {
        var query = CK_ATTRIBUTE(type: attribute, pValue: nil, ulValueLen: 0)
        guard ask(object, &query), query.ulValueLen <= 1 << 20 else { return nil }
        return withUnsafeTemporaryAllocation(byteCount: Int(query.ulValueLen) + 1, alignment: 8) { buffer in
            query.pValue = buffer.baseAddress
            guard ask(object, &query), query.ulValueLen < CK_ULONG(buffer.count) else { return nil }
            return Array(buffer.prefix(Int(query.ulValueLen)))
        }
    }

    /// Whether an object has this `CK_BBOOL` attribute, and it is true.
    ///
    /// Its size is known: some modules do not tell it, as ``value(_:of:)`` asks them to.
    func isSet(_ attribute: CK_ULONG, of object: CK_ULONG) -> Bool {
        var flag: CK_BYTE = 0
        return withUnsafeMutableBytes(of: &flag) { place in
            var query = CK_ATTRIBUTE(type: attribute, pValue: place.baseAddress, ulValueLen: 1)
            return ask(object, &query) && query.ulValueLen == 1 && place[0] != 0
        }
    }

    private func ask(_ object: CK_ULONG, _ query: inout CK_ATTRIBUTE) -> Bool {
        (try? token.module.check("C_GetAttributeValue") { $0.C_GetAttributeValue?(handle, object, &query, 1) }) != nil
    }

    private func find(_ criteria: [(CK_ULONG, [UInt8])]) throws(PKCS11Error) -> [CK_ULONG] {
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: criteria.reduce(0) { $0 + $1.1.count } + 1)
        defer { bytes.deallocate() }
        var used = 0
        var query: [CK_ATTRIBUTE] = []
        for (type, value) in criteria {
            let place = UnsafeMutableBufferPointer(rebasing: bytes[used..<used + value.count])
            _ = place.initialize(from: value)
            query.append(CK_ATTRIBUTE(type: type, pValue: place.baseAddress, ulValueLen: CK_ULONG(value.count)))
            used += value.count
        }
        try token.module.check("C_FindObjectsInit") { $0.C_FindObjectsInit?(handle, &query, CK_ULONG(query.count)) }
        defer { try? token.module.check("C_FindObjectsFinal") { $0.C_FindObjectsFinal?(handle) } }
        // More than anybody has under one name.
        var found = [CK_ULONG](repeating: 0, count: 32)
        var count: CK_ULONG = 0
        try token.module.check("C_FindObjects") { $0.C_FindObjects?(handle, &found, CK_ULONG(found.count), &count) }
        return Array(found.prefix(Int(count)))
    }
}
