// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later

import CGIO
import GObjectKit
import Testing

@Suite struct ErrorTests {
    @Test func `what a body throws becomes one GError`() throws {
        var error: UnsafeMutablePointer<GError>?
        let result = bridge(&error, failure: -1) { () throws -> Int in
            throw GLibError.io(G_IO_ERROR_CLOSED, "It is closed")
        }
        #expect(result == -1)
        let reported = GLibError(taking: try #require(error))
        #expect(reported.isIO(G_IO_ERROR_CLOSED))
        #expect(reported.message == "It is closed")
    }

    @Test func `success sets no error`() {
        var error: UnsafeMutablePointer<GError>?
        #expect(bridge(&error, failure: -1) { 7 } == 7)
        #expect(error == nil)
    }

    @Test func `a caller that wants no error gets none`() {
        #expect(bridge(nil, failure: false) { throw GLibError.tls(G_TLS_ERROR_MISC, "x") } == false)
    }

    @Test func `an error of another kind becomes failed, with its description`() throws {
        struct Odd: Error, CustomStringConvertible { let description = "An odd thing" }
        var error: UnsafeMutablePointer<GError>?
        bridge(&error, failure: ()) { throw Odd() }
        let reported = GLibError(taking: try #require(error))
        #expect(reported.isIO(G_IO_ERROR_FAILED))
        #expect(reported.message == "An odd thing")
    }

    @Test func `what C reports is thrown`() {
        #expect(throws: GLibError.io(G_IO_ERROR_NOT_FOUND, "")) {
            try withGError { error in
                g_propagate_error(error, GLibError.io(G_IO_ERROR_NOT_FOUND, "gone").makeGError())
            }
        }
        #expect(throws: Never.self) { try withGError { _ in 1 } }
    }

    @Test func `a percent sign in a message stays one`() {
        let error = GLibError(taking: GLibError.io(G_IO_ERROR_FAILED, "100 %s %n").makeGError())
        #expect(error.message == "100 %s %n")
        #expect(error.description.hasPrefix("100 %s %n (g-io-error-quark"))
    }

    @Test func `errors are equal by domain and code`() {
        #expect(GLibError.io(G_IO_ERROR_CLOSED, "a") == .io(G_IO_ERROR_CLOSED, "b"))
        #expect(GLibError.tls(G_TLS_ERROR_EOF, "a").isTLS(G_TLS_ERROR_EOF))
        #expect(!GLibError.tls(G_TLS_ERROR_EOF, "a").isIO(G_IO_ERROR_FAILED))
        #expect(GLibError.channelBinding(G_TLS_CHANNEL_BINDING_ERROR_NOT_AVAILABLE, "").code == 2)
    }
}
