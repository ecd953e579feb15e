// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

internal import COpenSSL

/// Which object in which token is meant: a URI such as `pkcs11:token=My%20Token;object=Server?pin-source=file:/pin`
/// (RFC 7512).
///
/// Of the query it understands `pin-value`, `pin-source` with a file, and `module-path`, and passes over the rest. An
/// attribute of the path that it does not understand is an error, since it might be the one that tells two objects
/// apart; `library-…` alone is passed over, because the library behind p11-kit cannot be seen.
public struct PKCS11URI: Sendable {
    /// The attributes of the path, by their names in the RFC.
    public enum Attribute: String, Sendable {
        case token, manufacturer, serial, model
        case object, id, type
        case slotID = "slot-id"
        case slotDescription = "slot-description"
        case slotManufacturer = "slot-manufacturer"
        case libraryManufacturer = "library-manufacturer"
        case libraryDescription = "library-description"
        case libraryVersion = "library-version"
    }

    /// Where the PIN is to be had without asking anybody.
    private enum PINSource {
        case value(SecretBytes)
        case file(String)
    }

    /// The file name of the module to use; `nil` for p11-kit's choice.
    public let modulePath: String?

    private let attributes: [Attribute: [UInt8]]
    private let pinSource: PINSource?

    /// The attribute's value, decoded; `nil` where the URI does not have it.
    public subscript(attribute: Attribute) -> [UInt8]? { attributes[attribute] }

    /// Whether the URI brings the PIN along, or says where it is.
    public var hasPIN: Bool { pinSource != nil }

    /// The PIN that the URI brings along; `nil` where it has none.
    ///
    /// - Throws: ``PKCS11Error`` where the file that it names cannot be read.
    public func pin() throws(PKCS11Error) -> SecretBytes? {
        switch pinSource {
        case nil: return nil
        case .value(let pin): return pin
        case .file(let path):
            do throws(OpenSSLError) {
                return try SecretBytes(firstLineOfFile: path)
            } catch {
                throw PKCS11Error(.noEntry, "The PIN cannot be read from “\(path)”: \(error)")
            }
        }
    }

    /// Parses a URI.
    ///
    /// - Parameter text: the URI, which may hold a PIN.
    /// - Throws: ``PKCS11Error`` with the code ``PKCS11Error/Code/invalidURI``.
    public init(_ text: SecretBytes) throws(PKCS11Error) {
        guard String(decoding: text.prefix(7), as: UTF8.self).lowercased() == "pkcs11:" else {
            throw PKCS11Error(.invalidURI, "A PKCS #11 URI begins with “pkcs11:” (RFC 7512)")
        }
        let parts = text.dropFirst(7).split(separator: ascii("?"), maxSplits: 1, omittingEmptySubsequences: false)
        attributes = try Self.attributes(of: parts[0])
        var modulePath: String?
        var pinSource: PINSource?
        for pair in parts.dropFirst().joined().split(separator: ascii("&")) {
            let (name, value) = try Self.pair(pair)
            switch name {
            case "module-path": modulePath = try Self.text(value, of: name)
            case "pin-value": pinSource = .value(value)
            case "pin-source": pinSource = .file(try Self.path(ofSource: value))
            default: break
            }
        }
        if let modulePath, !modulePath.hasPrefix("/") {
            throw PKCS11Error(.invalidURI, "The module-path of a PKCS #11 URI must be absolute, not “\(modulePath)”")
        }
        self.modulePath = modulePath
        self.pinSource = pinSource
    }

    private static func attributes(of path: Slice<SecretBytes>) throws(PKCS11Error) -> [Attribute: [UInt8]] {
        var attributes: [Attribute: [UInt8]] = [:]
        for pair in path.split(separator: ascii(";")) {
            let (name, value) = try Self.pair(pair)
            guard let attribute = Attribute(rawValue: name) else {
                throw PKCS11Error(.invalidURI, "“\(name)” in the PKCS #11 URI is not understood here")
            }
            guard attributes.updateValue(Array(value), forKey: attribute) == nil else {
                throw PKCS11Error(.invalidURI, "“\(name)” stands twice in the PKCS #11 URI")
            }
        }
        return attributes
    }

    /// `name=value`, the value decoded.
    private static func pair(_ text: some Collection<UInt8>) throws(PKCS11Error) -> (String, SecretBytes) {
        guard let equals = text.firstIndex(of: ascii("=")) else {
            throw PKCS11Error(.invalidURI, "A part of the PKCS #11 URI has no “=”")
        }
        let name = String(decoding: text[..<equals], as: UTF8.self)
        guard let value = SecretBytes(percentDecoding: text[text.index(after: equals)...]) else {
            throw PKCS11Error(.invalidURI, "“\(name)” in the PKCS #11 URI has a “%” without two digits")
        }
        return (name, value)
    }

    private static func text(_ value: SecretBytes, of name: String) throws(PKCS11Error) -> String {
        guard let text = String(validating: value, as: UTF8.self), !text.isEmpty, !text.contains("\0") else {
            throw PKCS11Error(.invalidURI, "“\(name)” in the PKCS #11 URI is no text")
        }
        return text
    }

    /// Of RFC 7512's sources only files: a command to run is no matter for a library in somebody else's process.
    private static func path(ofSource value: SecretBytes) throws(PKCS11Error) -> String {
        var source = try text(value, of: "pin-source")[...]
        if source.hasPrefix("file:") { source.removeFirst(5) }
        for host in ["//localhost/", "///"] where source.hasPrefix(host) { source.removeFirst(host.utf8.count - 1) }
        guard source.hasPrefix("/"), !source.hasPrefix("//") else {
            throw PKCS11Error(.invalidURI, "The pin-source of a PKCS #11 URI must be a file with an absolute name")
        }
        return String(source)
    }
}

extension PKCS11URI {
    /// Writes the URI of one object.
    ///
    /// - Parameter attributes: names and values; those without a value are left out.
    /// - Returns: a URI that every reader of RFC 7512 understands.
    static func text(_ attributes: [(Attribute, [UInt8])]) -> String {
        let pairs = attributes.filter { !$0.1.isEmpty }.map { name, value in
            name.rawValue + "=" + value.map(percentEncoded).joined()
        }
        return "pkcs11:" + pairs.joined(separator: ";")
    }

    private static func percentEncoded(_ byte: UInt8) -> String {
        let isPlain = (ascii("0")...ascii("9")).contains(byte) || (ascii("a")...ascii("z")).contains(byte | 0x20)
        if isPlain { return String(UnicodeScalar(byte)) }
        return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
    }
}

private func ascii(_ character: Character) -> UInt8 { character.asciiValue ?? 0 }
