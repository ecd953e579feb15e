// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import CPKCS11

/// Why something in a PKCS#11 token cannot be had.
public struct PKCS11Error: Error, Sendable, CustomStringConvertible {
    /// What kind of reason it is.
    public enum Code: Sendable {
        /// The URI is none, or says what nobody here understands.
        case invalidURI
        /// Something is not installed, or the token wants what we cannot do.
        case notSupported
        /// No token that fits the URI is there; it may be inserted later.
        case tokenAbsent
        /// The token is there, but has no such object.
        case objectAbsent
        /// The PIN is wrong, and the next one may be right.
        case wrongPIN
        /// The token lets nobody in, whatever the PIN.
        case noEntry
        /// The module or the device failed.
        case failed
    }

    /// What kind of reason it is.
    public let code: Code
    /// The reason, for people.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// What a function of a module answered.
    ///
    /// - Parameters:
    ///   - function: its name in the specification.
    ///   - result: a `CK_RV` that is not `CKR_OK`.
    init(_ function: StaticString, _ result: CK_RV) {
        let code: Code
        let reason: String
        switch result {
        case CKR_PIN_INCORRECT, CKR_PIN_INVALID: (code, reason) = (.wrongPIN, "the PIN is wrong")
        case CKR_PIN_LEN_RANGE: (code, reason) = (.wrongPIN, "the PIN is too short or too long")
        case CKR_PIN_EXPIRED: (code, reason) = (.noEntry, "the PIN has expired")
        case CKR_PIN_LOCKED: (code, reason) = (.noEntry, "the PIN is locked")
        case CKR_USER_PIN_NOT_INITIALIZED: (code, reason) = (.noEntry, "the PIN has never been set")
        case CKR_FUNCTION_CANCELED: (code, reason) = (.noEntry, "it was cancelled at the device")
        case CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED, CKR_DEVICE_REMOVED:
            (code, reason) = (.tokenAbsent, "the token is gone")
        case CKR_SESSION_COUNT: (code, reason) = (.failed, "the token allows no further session")
        case CKR_DEVICE_ERROR: (code, reason) = (.failed, "the device failed")
        case CKR_HOST_MEMORY: (code, reason) = (.failed, "memory has run out")
        case CKR_FUNCTION_NOT_SUPPORTED: (code, reason) = (.failed, "the module does not have this function")
        default: (code, reason) = (.failed, "error 0x" + String(result, radix: 16))
        }
        self.init(code, "\(reason) (\(function))")
    }
}
