#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client and a server through PyGObject: the usual course of things. Ends with "N passed, N failed"."""

from harness import GLib, GObject, Gio, Pair, TestCase, certificate, main, ours_alone, python_may_answer_later


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

    def test_an_interaction_gives_the_certificate(self):
        class Interaction(Gio.TlsInteraction):
            asked = 0

            def do_request_certificate(self, connection, flags, cancellable):
                self.asked += 1
                connection.set_certificate(certificate("client-p256.pem"))
                return Gio.TlsInteractionResult.HANDLED

        interaction = Interaction()
        self.client.set_interaction(interaction)
        self.server.set_database(self.pair.authorities)
        self.server.set_property("authentication-mode", Gio.TlsAuthenticationMode.REQUIRED)
        self.server.connect("accept-certificate", lambda connection, certificate, errors: errors == 0)
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertEqual(self.server.get_peer_certificate().get_subject_name(), "O=libgdtls-swift,CN=A client")
        self.assertEqual(interaction.asked, 1)

    @python_may_answer_later
    def test_an_interaction_may_take_its_time(self):
        class Interaction(Gio.TlsInteraction):
            def do_request_certificate_async(self, connection, flags, cancellable, callback, *data):
                def answer():
                    connection.set_certificate(certificate("client-p256.pem"))
                    task.return_int(Gio.TlsInteractionResult.HANDLED)
                    return False

                task = Gio.Task.new(self, cancellable, callback)
                GLib.timeout_add(50, answer)

            def do_request_certificate_finish(self, result):
                return Gio.TlsInteractionResult(result.propagate_int())

        self.client.set_interaction(Interaction())
        self.server.set_property("authentication-mode", Gio.TlsAuthenticationMode.REQUIRED)
        self.server.connect("accept-certificate", lambda connection, certificate, errors: True)
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertIsNotNone(self.server.get_peer_certificate())

    @ours_alone
    def test_what_an_interaction_raises_is_what_the_handshake_raises(self):
        class Interaction(Gio.TlsInteraction):
            def do_request_certificate(self, connection, flags, cancellable):
                raise GLib.Error("no card in the reader", "g-file-error-quark", 4)

        self.client.set_interaction(Interaction())
        self.server.set_property("authentication-mode", Gio.TlsAuthenticationMode.REQUESTED)
        error, _ = self.shake_hands()
        self.assertTrue(error.matches(GLib.file_error_quark(), 4), error)
        self.assertEqual(error.message, "no card in the reader")

    @ours_alone
    def test_a_subclass_decides(self):
        asked = []

        class Client(type(self.client), Gio.DtlsConnection):
            def do_accept_certificate(self, certificate, errors):
                asked.append(errors)
                return True

        self.pair = Pair(Client, certificate_file="stranger-p256.pem")
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertEqual(asked, [Gio.TlsCertificateFlags.UNKNOWN_CA])

    @ours_alone
    def test_channel_bindings(self):
        kind = Gio.TlsChannelBindingType
        with self.assertRaises(GLib.Error) as raised:
            self.client.get_channel_binding_data(kind.UNIQUE)
        invalid_state = Gio.TlsChannelBindingError.INVALID_STATE
        self.assertTrue(raised.exception.matches(Gio.tls_channel_binding_error_quark(), invalid_state))
        self.assertEqual(self.shake_hands(), (None, None))
        for type, size in (kind.UNIQUE, 12), (kind.SERVER_END_POINT, 32), (kind.EXPORTER, 32):
            for _ in range(10):
                data = [end.get_channel_binding_data(type) for end in (self.client, self.server)]
                self.assertEqual(data[0], data[1])
                self.assertTrue(data[0][0])
                self.assertEqual(len(data[0][1]), size)

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
