// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL
internal import CPKCS11

/// A PKCS#11 module: a library that knows the tokens of some kind, or p11-kit's proxy, which knows those of all.
///
/// Any thread may use it. It is never unloaded, and never finalised, since others in the process may use it too.
///
/// Unchecked Sendable: nothing changes it after `init`, and the module was told to lock for itself.
public final class PKCS11Module: @unchecked Sendable {
    /// The name under which the module was loaded, for whoever has to load it again.
    public let path: String

    private let functions: UnsafeMutablePointer<CK_FUNCTION_LIST>
    private let process = getpid()

    /// The proxy of p11-kit, and the library that it is on systems that install it without its second name.
    private static let defaultPaths = ["p11-kit-proxy.so", "libp11-kit.so.0"]

    /// Loads a module and initialises it, where nobody in this process has.
    ///
    /// It blocks for as long as that takes the module. The corresponding C functions are `dlopen` and `C_Initialize`.
    ///
    /// - Parameter path: an absolute file name; `nil` for p11-kit's proxy.
    /// - Throws: ``PKCS11Error``.
    public init(path: String?) throws(PKCS11Error) {
        var loaded: (path: String, library: UnsafeMutableRawPointer)?
        for path in path.map({ [$0] }) ?? Self.defaultPaths where loaded == nil {
            loaded = dlopen(path, RTLD_NOW | RTLD_LOCAL).map { (path, $0) }
        }
        guard let loaded else {
            let reason = dlerror().map { String(cString: $0) } ?? "no reason is given"
            guard path == nil else {
                throw PKCS11Error(.notSupported, "The PKCS #11 module cannot be loaded: \(reason)")
            }
            throw PKCS11Error(
                .notSupported,
                "PKCS #11 needs p11-kit (on Debian: p11-kit-modules), or a module-path in the URI (\(reason))"
            )
        }
        var functions: UnsafeMutablePointer<CK_FUNCTION_LIST>?
        guard let list = CPKCS11_C_GetFunctionList(loaded.library), list(&functions) == CKR_OK, let functions else {
            throw PKCS11Error(.notSupported, "“\(loaded.path)” is no PKCS #11 module")
        }
        self.path = loaded.path
        self.functions = functions
        var arguments = CK_C_INITIALIZE_ARGS()
        arguments.flags = CKF_OS_LOCKING_OK
        // Modules that use OpenSSL leave what they tried in the queue of this thread.
        defer { ERR_clear_error() }
        let result = functions.pointee.C_Initialize.map { $0(&arguments) } ?? CKR_FUNCTION_NOT_SUPPORTED
        guard result == CKR_OK || result == CKR_CRYPTOKI_ALREADY_INITIALIZED else {
            throw PKCS11Error("C_Initialize", result)
        }
    }

    /// Whether this is still the process that initialised the module; a fork has to do it anew.
    public var isUsable: Bool { process == getpid() }

    /// The tokens that are present and fit the URI, as far as it speaks of tokens.
    ///
    /// The corresponding C functions are `C_GetSlotList` and `C_GetTokenInfo`.
    ///
    /// - Throws: ``PKCS11Error``; with ``PKCS11Error/Code/tokenAbsent`` where there is none.
    public func tokens(matching uri: PKCS11URI) throws(PKCS11Error) -> [PKCS11Token] {
        let tokens = try slots().compactMap { PKCS11Token(slot: $0, of: self) }.filter { $0.matches(uri) }
        guard !tokens.isEmpty else {
            let name = uri[.token].map { " “\(String(decoding: $0, as: UTF8.self))”" } ?? ""
            throw PKCS11Error(.tokenAbsent, "No PKCS #11 token\(name) that fits the URI is there")
        }
        return tokens
    }

    /// Calls a function of the module.
    ///
    /// - Throws: ``PKCS11Error`` for everything but `CKR_OK`.
    func check(_ name: StaticString, _ call: (CK_FUNCTION_LIST) -> CK_RV?) throws(PKCS11Error) {
        defer { ERR_clear_error() }
        let result = call(functions.pointee) ?? CKR_FUNCTION_NOT_SUPPORTED
        guard result == CKR_OK else { throw PKCS11Error(name, result) }
    }

    private func slots() throws(PKCS11Error) -> [CK_ULONG] {
        var slots: [CK_ULONG] = []
        var count: CK_ULONG = 0
        repeat {
            // Some more than there were, for tokens that are inserted between the two calls.
            try check("C_GetSlotList") { $0.C_GetSlotList?(1, nil, &count) }
            slots = Array(repeating: 0, count: min(Int(count) + 8, 4096))
            count = CK_ULONG(slots.count)
            try check("C_GetSlotList") { $0.C_GetSlotList?(1, &slots, &count) }
        } while count > slots.count
        return Array(slots.prefix(Int(count)))
    }
}
