#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What PyGObject can do with a provider's DTLS. Ends with "N passed, N failed".

It cannot move data, for want of a way to fill Gio.OutputVector. For channel bindings it passes, misled by Gio's
introspection data, the place for a GByteArray's address instead of a GByteArray: our provider knows how to tell.

TEST_CERTIFICATES names a folder made by make-certificates.sh; GIO_USE_TLS chooses the provider.
"""

import os
import sys
import unittest

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib, GObject  # noqa: E402

CERTIFICATES = os.environ["TEST_CERTIFICATES"]
PATIENCE = 20


def ours(test):
    """For what our provider alone does: others crash or do nothing."""
    is_ours = os.environ.get("GIO_USE_TLS") == "gdtls-swift"
    return test if is_ours else unittest.skip("this provider does not do it")(test)


def file(name):
    return os.path.join(CERTIFICATES, name)


def new_socket():
    socket = Gio.Socket.new(Gio.SocketFamily.IPV4, Gio.SocketType.DATAGRAM, Gio.SocketProtocol.UDP)
    socket.bind(Gio.InetSocketAddress.new_from_string("127.0.0.1", 0), False)
    return socket


class ConnectionTest(unittest.TestCase):
    def setUp(self):
        self.sockets = new_socket(), new_socket()
        for one, other in self.sockets, self.sockets[::-1]:
            one.connect(other.get_local_address(), None)
        self.authorities = Gio.TlsFileDatabase.new(file("ca.pem"))
        certificate = Gio.TlsCertificate.new_from_file(file("server-p256.pem"))
        self.client = Gio.dtls_client_connection_new(self.sockets[0], Gio.NetworkAddress.new("localhost", 4433))
        self.client.set_database(self.authorities)
        self.server = Gio.dtls_server_connection_new(self.sockets[1], certificate)

    def shake_hands(self):
        """Returns the errors of client and server, None where there is none."""
        loop = GLib.MainLoop()
        time_limit = Gio.Cancellable()
        timer = GLib.timeout_add_seconds(PATIENCE, time_limit.cancel)
        errors = {}

        def on_done(connection, result):
            try:
                connection.handshake_finish(result)
                errors[connection] = None
            except GLib.Error as error:
                errors[connection] = error
                time_limit.cancel()
            if len(errors) == 2:
                loop.quit()

        for connection in self.server, self.client:
            connection.handshake_async(GLib.PRIORITY_DEFAULT, time_limit, on_done)
        loop.run()
        if not time_limit.is_cancelled():
            GLib.source_remove(timer)
        return errors[self.client], errors[self.server]

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
        self.server.set_certificate(Gio.TlsCertificate.new_from_file(file("stranger-p256.pem")))
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
        self.server.set_certificate(Gio.TlsCertificate.new_from_file(file("stranger-p256.pem")))
        error, _ = self.shake_hands()
        self.assertTrue(error.matches(Gio.tls_error_quark(), Gio.TlsError.BAD_CERTIFICATE), error)

    def test_a_client_shows_its_certificate(self):
        certificate = Gio.TlsCertificate.new_from_file(file("client-p256.pem"))
        self.client.set_certificate(certificate)
        self.server.set_database(self.authorities)
        self.server.set_property("authentication-mode", Gio.TlsAuthenticationMode.REQUIRED)
        self.server.connect("accept-certificate", lambda connection, certificate, errors: errors == 0)
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertTrue(self.server.get_peer_certificate().is_same(certificate))

    def test_an_interaction_gives_the_certificate(self):
        class Interaction(Gio.TlsInteraction):
            asked = 0

            def do_request_certificate(self, connection, flags, cancellable):
                self.asked += 1
                connection.set_certificate(Gio.TlsCertificate.new_from_file(file("client-p256.pem")))
                return Gio.TlsInteractionResult.HANDLED

        interaction = Interaction()
        self.client.set_interaction(interaction)
        self.server.set_database(self.authorities)
        self.server.set_property("authentication-mode", Gio.TlsAuthenticationMode.REQUIRED)
        self.server.connect("accept-certificate", lambda connection, certificate, errors: errors == 0)
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertEqual(self.server.get_peer_certificate().get_subject_name(), "O=libgdtls-swift,CN=A client")
        self.assertEqual(interaction.asked, 1)

    def test_an_interaction_may_take_its_time(self):
        class Interaction(Gio.TlsInteraction):
            def do_request_certificate_async(self, connection, flags, cancellable, callback, *data):
                def answer():
                    connection.set_certificate(Gio.TlsCertificate.new_from_file(file("client-p256.pem")))
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

    @ours
    def test_what_an_interaction_raises_is_what_the_handshake_raises(self):
        class Interaction(Gio.TlsInteraction):
            def do_request_certificate(self, connection, flags, cancellable):
                raise GLib.Error("no card in the reader", "g-file-error-quark", 4)

        self.client.set_interaction(Interaction())
        self.server.set_property("authentication-mode", Gio.TlsAuthenticationMode.REQUESTED)
        error, _ = self.shake_hands()
        self.assertTrue(error.matches(GLib.file_error_quark(), 4), error)
        self.assertEqual(error.message, "no card in the reader")

    @ours
    def test_a_subclass_decides(self):
        asked = []

        class Client(type(self.client)):
            def do_accept_certificate(self, certificate, errors):
                asked.append(errors)
                return True

        self.server.set_certificate(Gio.TlsCertificate.new_from_file(file("stranger-p256.pem")))
        self.client = Client(base_socket=self.sockets[0], server_identity=Gio.NetworkAddress.new("localhost", 4433))
        self.client.init(None)
        self.client.set_database(self.authorities)
        self.assertEqual(self.shake_hands(), (None, None))
        self.assertEqual(asked, [Gio.TlsCertificateFlags.UNKNOWN_CA])

    @ours
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
    result = unittest.main(exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors)
    passed = result.testsRun - failed - len(result.skipped)
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(failed > 0)
