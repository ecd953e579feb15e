// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import Foundation
import Testing

@testable import DTLSEngine

@Suite struct PKCS11URITests {
    @Test func `attributes are decoded`() throws {
        let uri = try parse("pkcs11:token=My%20Token;object=%C3%BC;id=%00%ff%0A;type=private;slot-id=7")
        #expect(uri[.token] == Array("My Token".utf8))
        #expect(uri[.object] == Array("ü".utf8))
        #expect(uri[.id] == [0, 0xFF, 0x0A])
        #expect(uri[.type] == Array("private".utf8))
        #expect(uri[.slotID] == Array("7".utf8))
        #expect(uri[.serial] == nil)
        #expect(uri.modulePath == nil)
        #expect(!uri.hasPIN)
    }

    @Test func `the scheme is in either case, and may say nothing`() throws {
        #expect(try parse("PKCS11:")[.token] == nil)
        #expect(try parse("pkcs11:?pin-value=1").hasPIN)
    }

    @Test func `the query tells the PIN and the module, and what else it may tell is passed over`() throws {
        let uri = try parse("pkcs11:token=a?pin-value=a%26b%3d%00&module-path=/lib/p%201.so&module-name=x&vendor-y=z")
        #expect(try uri.pin().map(Array.init) == Array("a&b=\0".utf8))
        #expect(uri.modulePath == "/lib/p 1.so")
        #expect(uri[.token] == [0x61])
    }

    @Test func `what cannot be understood, or means two things, is an error`() {
        for text in [
            "", "pkcs11", "pkcs12:token=x", "pkcs11:token", "pkcs11:x-vendor=1", "pkcs11:token=%", "pkcs11:token=%4",
            "pkcs11:token=%4x", "pkcs11:token=a;token=b", "pkcs11:?pin-value", "pkcs11:?module-path=lib.so",
            "pkcs11:?module-path=", "pkcs11:?module-path=/a%00b", "pkcs11:?pin-source=|cat%20pin",
            "pkcs11:?pin-source=pin",
            "pkcs11:?pin-source=http://example.com/pin", "pkcs11:?pin-source=file://elsewhere/pin",
        ] {
            let error = #expect(throws: PKCS11Error.self, "\(text)") { try parse(text) }
            #expect(error?.code == .invalidURI)
        }
    }

    @Test(arguments: ["file:", "file://", "file://localhost", ""])
    func `a PIN from a file is its first line`(_ prefix: String) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "pin-\(UUID().uuidString)").path(
            percentEncoded: false
        )
        defer { try? FileManager.default.removeItem(atPath: path) }
        for contents in ["1234 5\n", "1234 5", "1234 5\r\nmore\n"] {
            try contents.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try parse("pkcs11:?pin-source=" + prefix + path).pin().map(Array.init) == Array("1234 5".utf8))
        }
    }

    @Test(arguments: ["/no/such/file", "/"]) func `a PIN from a file that cannot be read is an error`(_ path: String)
        throws
    {
        let uri = try parse("pkcs11:?pin-source=file:" + path)
        let error = #expect(throws: PKCS11Error.self) { try uri.pin() }
        #expect(error?.code == .noEntry)
        #expect(error?.description.contains(path) == true)
    }

    @Test func `what is written is read again`() throws {
        let label = Array("Jürgens Karte; 50% =?&".utf8)
        let text = PKCS11URI.text([
            (.token, label), (.id, [0, 10, 255]), (.serial, []), (.type, Array("private".utf8)),
        ])
        #expect(text == "pkcs11:token=J%C3%BCrgens%20Karte%3B%2050%25%20%3D%3F%26;id=%00%0A%FF;type=private")
        let uri = try parse(text)
        #expect(uri[.token] == label)
        #expect(uri[.id] == [0, 10, 255])
        #expect(uri[.serial] == nil)
    }

    @Test func `no text crashes the parser`() {
        let text = Array("pkcs11:token=a%20b;id=%01?pin-value=x&module-path=/y".utf8)
        for index in text.indices {
            for byte in [0, UInt8(ascii: "%"), UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "?"), 0xFF] {
                var damaged = text
                damaged[index] = byte
                _ = try? PKCS11URI(SecretBytes(copying: damaged))
                _ = try? PKCS11URI(SecretBytes(copying: Array(damaged.prefix(index))))
            }
        }
    }

    private func parse(_ text: String) throws -> PKCS11URI {
        try PKCS11URI(SecretBytes(copying: Array(text.utf8)))
    }
}

extension SecretBytes {
    fileprivate convenience init(copying bytes: [UInt8]) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: bytes)
        self.init(copying: UnsafeRawBufferPointer(buffer))
    }
}
