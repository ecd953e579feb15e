#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library's own API from Python: GDtlsSwift, blocking and from a main loop. Ends with "N passed, N failed".

TEST_CERTIFICATES names a folder made by make-certificates.sh; GI_TYPELIB_PATH and LD_LIBRARY_PATH lead to the
installation. No TLS backend of GIO is needed.
"""

import os
import sys
import threading
import unittest

import gi

gi.require_version("GDtlsSwift", "1.0")
from gi.repository import GDtlsSwift, Gio, GLib  # noqa: E402

CERTIFICATES = os.environ["TEST_CERTIFICATES"]
HEADER = os.path.join(os.path.dirname(__file__), "../../include/gdtls-swift/gdtls-swift-connection.h")
PATIENCE = 30  # seconds
LONG = PATIENCE * 1_000_000


def file(name):
    return os.path.join(CERTIFICATES, name)


def new_socket():
    socket = Gio.Socket.new(Gio.SocketFamily.IPV4, Gio.SocketType.DATAGRAM, Gio.SocketProtocol.UDP)
    socket.bind(Gio.InetSocketAddress.new_from_string("127.0.0.1", 0), False)
    return socket


def in_thread(function, *arguments):
    """Runs a blocking call beside this thread; join() gives its result."""
    box = {}

    def run():
        try:
            box["result"] = function(*arguments)
        except GLib.Error as error:
            box["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def join():
        thread.join(PATIENCE)
        if "error" in box:
            raise box["error"]
        return box["result"]

    return join


class Pair(unittest.TestCase):
    def setUp(self):
        self.sockets = new_socket(), new_socket()
        for one, other in self.sockets, self.sockets[::-1]:
            one.connect(other.get_local_address(), None)
        self.identity = Gio.NetworkAddress.new("localhost", 4433)
        self.certificate = GDtlsSwift.Certificate.new_from_file(file("server-p256.pem"))
        self.client = GDtlsSwift.ClientConnection.new(self.sockets[0], self.identity)
        self.client.set_database(GDtlsSwift.FileDatabase.new(file("ca.pem")))
        self.server = GDtlsSwift.ServerConnection.new(self.sockets[1], self.certificate)

    def connect(self):
        server = in_thread(self.server.handshake, None)
        self.assertTrue(self.client.handshake(None))
        self.assertTrue(server())

    def assertRaisesGLib(self, domain, code):
        return _Raises(self, domain, code)


class _Raises:
    def __init__(self, test, domain, code):
        self.test, self.domain, self.code = test, domain, code

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.test.assertIsInstance(error, GLib.Error, "no GLib.Error came")
        self.test.assertTrue(error.matches(self.domain, self.code), f"{error.domain} {error.code}: {error.message}")
        self.error = error
        return True


class BlockingTest(Pair):
    def test_bytes_go_both_ways(self):
        self.connect()
        self.assertEqual(self.client.send(b"to the server", LONG, None), 13)
        self.assertEqual(self.server.receive(LONG, None).get_data(), b"to the server")
        self.assertEqual(self.server.send(bytes(range(256)), LONG, None), 256)
        self.assertEqual(self.client.receive(LONG, None).get_data(), bytes(range(256)))

    def test_sending_shakes_hands_by_itself(self):
        received = in_thread(self.server.receive, LONG, None)
        self.assertEqual(self.client.send(b"first", LONG, None), 5)
        self.assertEqual(received().get_data(), b"first")

    def test_the_end_is_none_and_no_error(self):
        self.connect()
        self.client.close(None)
        self.assertIsNone(self.server.receive(LONG, None))
        self.assertIsNone(self.server.receive(LONG, None))

    def test_errors_are_exceptions(self):
        self.connect()
        with self.assertRaisesGLib(Gio.io_error_quark(), Gio.IOErrorEnum.WOULD_BLOCK):
            self.client.receive(0, None)
        with self.assertRaisesGLib(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
            self.client.receive(10_000, None)
        with self.assertRaisesGLib(Gio.io_error_quark(), Gio.IOErrorEnum.MESSAGE_TOO_LARGE):
            self.client.send(bytes(self.client.get_max_data_size() + 1), LONG, None)
        with self.assertRaisesGLib(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT):
            self.client.send(b"", LONG, None)
        cancelled = Gio.Cancellable()
        cancelled.cancel()
        with self.assertRaisesGLib(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            self.client.receive(-1, cancelled)
        self.client.close(None)
        with self.assertRaisesGLib(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED):
            self.client.send(b"late", LONG, None)

    def test_a_stranger_is_refused(self):
        self.server.set_certificate(GDtlsSwift.Certificate.new_from_file(file("stranger-p256.pem")))
        server = in_thread(self.server.handshake, None)
        with self.assertRaisesGLib(Gio.tls_error_quark(), Gio.TlsError.BAD_CERTIFICATE):
            self.client.handshake(None)
        with self.assertRaises(GLib.Error):
            server()
        self.assertTrue(self.client.get_peer_certificate_errors() & Gio.TlsCertificateFlags.UNKNOWN_CA)


class ConstructionTest(Pair):
    def test_by_keywords_and_init(self):
        connection = GDtlsSwift.ClientConnection(base_socket=self.sockets[0], server_identity=self.identity, mtu=1200)
        self.assertTrue(connection.init(None))
        self.assertIs(connection.props.base_socket, self.sockets[0])
        self.assertEqual(connection.props.mtu, 1200)
        server = GDtlsSwift.ServerConnection(base_socket=self.sockets[1], certificate=self.certificate)
        self.assertTrue(server.init(None))
        self.assertIs(server.props.certificate, self.certificate)

    def test_no_socket_is_an_error(self):
        with self.assertRaisesGLib(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT):
            GDtlsSwift.ClientConnection().init(None)

    def test_a_server_needs_a_key(self):
        with self.assertRaisesGLib(Gio.tls_error_quark(), Gio.TlsError.BAD_CERTIFICATE):
            GDtlsSwift.ServerConnection.new(self.sockets[1], GDtlsSwift.Certificate.new_from_file(file("ca.pem")))

    def test_connections_are_gio_s(self):
        self.assertIsInstance(self.client, GDtlsSwift.Connection)
        self.assertIsInstance(self.client, Gio.DtlsClientConnection)
        self.assertIsInstance(self.server, Gio.DtlsServerConnection)
        self.assertIsInstance(self.client, Gio.DatagramBased)
        self.assertIsInstance(GDtlsSwift.Database.get_default(), Gio.TlsDatabase)
        self.assertIs(self.server.get_database(), GDtlsSwift.Database.get_default())

    def test_a_subclass_answers_for_itself(self):
        class Trusting(GDtlsSwift.ClientConnection, Gio.DtlsConnection):
            asked = 0

            def do_accept_certificate(self, certificate, errors):
                self.asked += 1
                return True

        self.client = Trusting(base_socket=self.sockets[0], server_identity=self.identity)
        self.client.init(None)
        self.client.set_database(None)
        self.connect()
        self.assertEqual(self.client.asked, 1)

    def test_version(self):
        parts = GDtlsSwift.MAJOR_VERSION, GDtlsSwift.MINOR_VERSION, GDtlsSwift.MICRO_VERSION
        self.assertEqual(GDtlsSwift.version(), "%d.%d.%d" % parts)
        self.assertTrue(GDtlsSwift.check_version(*parts))
        self.assertFalse(GDtlsSwift.check_version(parts[0], parts[1] + 1, 0))


class PropertyTest(Pair):
    def test_mtu(self):
        self.assertEqual(self.client.props.mtu, 1400)
        self.assertEqual(self.client.get_max_data_size(), 0)
        notified = []
        self.client.connect("notify::max-data-size", lambda *_: notified.append(self.client.props.max_data_size))
        self.connect()
        before = self.client.props.max_data_size
        self.assertIn(before, range(1300, 1400))
        self.client.props.mtu = 600
        self.assertEqual(self.client.props.max_data_size, before - 800)
        self.assertEqual(notified, [before, before - 800])
        self.assertEqual(self.client.send(bytes(before - 800), LONG, None), before - 800)
        with self.assertRaisesGLib(Gio.io_error_quark(), Gio.IOErrorEnum.MESSAGE_TOO_LARGE):
            self.client.send(bytes(before - 799), LONG, None)
        self.client.set_mtu(65507)
        self.assertEqual(self.client.get_max_data_size(), 16384)
        self.client.send(bytes(16384), LONG, None)
        self.assertEqual(self.server.receive(LONG, None).get_size(), before - 800)
        self.assertEqual(self.server.receive(LONG, None).get_size(), 16384)
        self.client.close(None)
        self.assertEqual((self.client.get_max_data_size(), notified[-1]), (0, 0))

    def test_a_handshake_keeps_to_its_time(self):
        self.client.set_handshake_timeout(300_000)
        self.assertEqual(self.client.props.handshake_timeout, 300_000)
        with self.assertRaisesGLib(Gio.tls_error_quark(), Gio.TlsError.HANDSHAKE):
            self.client.handshake(None)

    def test_the_cipher_list_decides(self):
        self.assertIsNone(self.client.get_cipher_list())
        self.client.set_cipher_list("ECDHE-ECDSA-CHACHA20-POLY1305")
        self.assertEqual(self.client.props.cipher_list, "ECDHE-ECDSA-CHACHA20-POLY1305")
        self.connect()
        self.assertIn("CHACHA20", self.client.get_ciphersuite_name())

    def test_a_cipher_list_of_nothing_is_an_error(self):
        self.client.props.cipher_list = "NO-SUCH-CIPHER"
        with self.assertRaisesGLib(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT) as raised:
            self.client.handshake(None)
        self.assertIn("NO-SUCH-CIPHER", raised.error.message)

    def test_min_protocol_version(self):
        self.assertEqual(self.client.get_min_protocol_version(), Gio.TlsProtocolVersion.UNKNOWN)
        self.client.props.min_protocol_version = Gio.TlsProtocolVersion.DTLS_1_2
        # What it cannot speak it refuses, with a warning on the log.
        self.client.props.min_protocol_version = Gio.TlsProtocolVersion.TLS_1_3
        self.assertEqual(self.client.get_min_protocol_version(), Gio.TlsProtocolVersion.DTLS_1_2)
        self.connect()
        self.assertEqual(self.client.get_protocol_version(), Gio.TlsProtocolVersion.DTLS_1_2)

    def test_statistics(self):
        self.assertEqual(set(self.client.get_statistics().unpack().values()), {0})
        self.connect()
        dropped = self.client.get_statistics().unpack()["dropped"]
        self.sockets[1].send(b"noise that is no DTLS", None)
        self.server.send(b"datagram", LONG, None)
        self.client.receive(LONG, None)
        counted = self.client.get_statistics()
        self.assertEqual(counted.get_type_string(), "a{st}")
        counted = counted.unpack()
        self.assertGreater(counted["dropped"], dropped)
        self.assertEqual(sum(n for key, n in counted.items() if key.startswith("dropped-")), counted["dropped"])
        # Each is in the documentation.
        with open(HEADER) as header:
            text = header.read()
        for key in counted:
            self.assertIn(f"`{key}`", text)
        for key in "datagrams-sent", "datagrams-received", "bytes-sent", "bytes-received":
            self.assertGreater(counted[key], 1, key)
        self.client.close(None)
        self.assertGreaterEqual(self.client.get_statistics().unpack()["datagrams-sent"], counted["datagrams-sent"])


class CertificateTest(unittest.TestCase):
    def test_files(self):
        whole = GDtlsSwift.Certificate.new_from_file(file("server-p256.pem"))
        two = GDtlsSwift.Certificate.new_from_files(file("server-p256.pem"), file("server-p256.pem"))
        with open(file("server-p256.pem")) as pem:
            text = GDtlsSwift.Certificate.new_from_pem(pem.read(), -1)
        for other in two, text:
            self.assertTrue(whole.is_same(other))
            self.assertEqual(whole.props.private_key_pem, other.props.private_key_pem)

    def test_errors(self):
        with self.assertRaises(GLib.Error) as raised:
            GDtlsSwift.Certificate.new_from_file("/nowhere")
        self.assertTrue(raised.exception.matches(GLib.file_error_quark(), GLib.FileError.NOENT))
        for broken in "", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n":
            with self.assertRaises(GLib.Error) as raised:
                GDtlsSwift.Certificate.new_from_pem(broken, -1)
            self.assertTrue(raised.exception.matches(Gio.tls_error_quark(), Gio.TlsError.BAD_CERTIFICATE))
        with self.assertRaises(GLib.Error) as raised:
            GDtlsSwift.Certificate.new_from_files(file("server-p256.pem"), file("client-p256.pem"))
        self.assertIn("private key", raised.exception.message)
        with self.assertRaises(GLib.Error):
            GDtlsSwift.FileDatabase.new("/nowhere")


class LoopTest(Pair):
    """Asynchronous calls from a GLib main loop."""

    def setUp(self):
        super().setUp()
        self.loop = GLib.MainLoop()
        self.has_timed_out = False
        self.timer = GLib.timeout_add_seconds(PATIENCE, self.on_time_over)

    def on_time_over(self):
        self.has_timed_out = True
        self.loop.quit()
        return GLib.SOURCE_CONTINUE

    def run_loop(self):
        self.loop.run()
        self.assertFalse(self.has_timed_out, "nothing happened for long")

    def tearDown(self):
        GLib.source_remove(self.timer)

    def test_a_conversation_in_one_thread(self):
        heard = []

        def on_received(connection, result):
            datagram = connection.receive_finish(result)
            if datagram is None:
                self.loop.quit()
                return
            heard.append((connection is self.server, datagram.get_data()))
            if connection is self.client:
                connection.close_async(GLib.PRIORITY_DEFAULT, None, None)
                return
            connection.send_async(b"echo of " + datagram.get_data(), GLib.PRIORITY_DEFAULT, None, None)
            connection.receive_async(GLib.PRIORITY_DEFAULT, None, on_received)

        def on_sent(connection, result):
            heard.append((None, connection.send_finish(result)))

        for connection in self.server, self.client:
            connection.receive_async(GLib.PRIORITY_DEFAULT, None, on_received)
        self.client.send_async(b"hello", GLib.PRIORITY_DEFAULT, None, on_sent)
        self.run_loop()
        self.assertIn((None, 5), heard)
        self.assertIn((True, b"hello"), heard)
        self.assertIn((False, b"echo of hello"), heard)

    def test_many_wait_and_are_served_in_order(self):
        self.connect()
        count = 200
        heard = []

        def on_received(connection, result, place):
            heard.append((place, connection.receive_finish(result).get_data()))
            if len(heard) == count:
                self.loop.quit()

        for place in range(count):
            self.server.receive_async(GLib.PRIORITY_DEFAULT, None, on_received, place)
        for place in range(count):
            self.client.send_async(b"%d" % place, GLib.PRIORITY_DEFAULT, None, None)
        self.run_loop()
        self.assertEqual(heard, [(place, b"%d" % place) for place in range(count)])

    def test_one_of_them_may_be_cancelled(self):
        self.connect()
        cancellable = Gio.Cancellable()
        heard = []

        def on_received(connection, result, name):
            try:
                heard.append((name, connection.receive_finish(result).get_data()))
                self.loop.quit()
            except GLib.Error as error:
                heard.append((name, error.code))
                self.client.send(b"x", LONG, None)

        self.server.receive_async(GLib.PRIORITY_DEFAULT, cancellable, on_received, "cancelled")
        self.server.receive_async(GLib.PRIORITY_DEFAULT, None, on_received, "waiting")
        GLib.idle_add(cancellable.cancel)
        self.run_loop()
        self.assertEqual(heard, [("cancelled", Gio.IOErrorEnum.CANCELLED), ("waiting", b"x")])

    def test_a_shutdown_ends_the_waiting(self):
        self.connect()
        codes = []

        def on_received(connection, result):
            try:
                connection.receive_finish(result)
            except GLib.Error as error:
                codes.append(error.code)
            self.loop.quit()

        self.server.receive_async(GLib.PRIORITY_DEFAULT, None, on_received)
        GLib.idle_add(lambda: self.server.shutdown(True, False, None) and GLib.SOURCE_REMOVE)
        self.run_loop()
        self.assertEqual(codes, [Gio.IOErrorEnum.CLOSED])


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(failed != 0)
