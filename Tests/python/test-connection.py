#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client and a server through PyGObject: the usual course of things. Ends with "N passed, N failed"."""

from harness import Gio, GObject, Pair, TestCase, certificate, file, main, not_yet


class ConnectionTest(TestCase):
    def setUp(self):
        self.pair = Pair()
        self.client, self.server = self.pair.client, self.pair.server

    def shake_hands(self):
        return self.pair.shake_hands()

    def test_both_ends_agree(self):
        for connection in self.client, self.server:
            connection.set_advertised_protocols(["one", "two"])
        self.assertEqual(self.shake_hands(), (None, None))
        for connection in self.client, self.server:
            self.assertEqual(connection.get_protocol_version(), Gio.TlsProtocolVersion.DTLS_1_2)
            self.assertEqual(connection.get_negotiated_protocol(), "one")
            self.assertTrue(connection.get_ciphersuite_name())
        self.assertEqual(self.client.get_ciphersuite_name(), self.server.get_ciphersuite_name())
        self.assertTrue(self.client.get_peer_certificate().is_same(self.server.get_certificate()))
        self.assertEqual(self.client.get_peer_certificate_errors(), 0)
        self.assertTrue(self.client.close())
        self.assertTrue(self.server.close())

    def test_a_handler_may_accept_a_stranger(self):
        self.server.set_certificate(certificate("stranger-p256.pem"))
        asked = []

        def accept(connection, certificate, errors):
            asked.append((certificate.get_subject_name(), errors))
            return True

        self.client.connect("accept-certificate", accept)
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertEqual(len(asked), 1)
        self.assertTrue(asked[0][1] & Gio.TlsCertificateFlags.UNKNOWN_CA)
        self.assertTrue(self.client.get_peer_certificate_errors() & Gio.TlsCertificateFlags.UNKNOWN_CA)

    def test_a_stranger_is_refused(self):
        self.server.set_certificate(certificate("stranger-p256.pem"))
        error, _ = self.shake_hands()
        self.assertTlsError(error, Gio.TlsError.BAD_CERTIFICATE)

    def test_a_client_shows_its_certificate(self):
        shown = certificate("client-p256.pem")
        self.client.set_certificate(shown)
        self.server.set_database(self.pair.authorities)
        self.server.set_property("authentication-mode", Gio.TlsAuthenticationMode.REQUIRED)
        self.server.connect("accept-certificate", lambda connection, certificate, errors: errors == 0)
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertTrue(self.server.get_peer_certificate().is_same(shown))

    @not_yet
    def test_an_interaction_gives_the_certificate(self):
        class Interaction(Gio.TlsInteraction):
            def do_request_certificate(self, connection, flags, cancellable):
                connection.set_certificate(Gio.TlsCertificate.new_from_file(file("client-p256.pem")))
                return Gio.TlsInteractionResult.HANDLED

        self.client.set_interaction(Interaction())
        self.server.set_database(self.pair.authorities)
        self.server.set_property("authentication-mode", Gio.TlsAuthenticationMode.REQUIRED)
        self.server.connect("accept-certificate", lambda connection, certificate, errors: errors == 0)
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertEqual(self.server.get_peer_certificate().get_subject_name(), "O=libgdtls-swift,CN=A client")

    def test_properties_are_notified(self):
        notified = set()
        self.client.connect("notify", lambda connection, property: notified.add(property.name))
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertLessEqual({"peer-certificate", "ciphersuite-name", "protocol-version"}, notified)

    def test_interfaces(self):
        self.assertIsInstance(self.client, Gio.DtlsConnection)
        self.assertIsInstance(self.client, Gio.DatagramBased)
        self.assertTrue(GObject.type_is_a(self.client, Gio.DtlsClientConnection))
        self.assertTrue(GObject.type_is_a(self.server, Gio.DtlsServerConnection))
        self.assertTrue(Gio.TlsBackend.get_default().supports_dtls())


if __name__ == "__main__":
    main()
