#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every row of the documentation of Gio.DtlsConnection for Python: each method, property, signal and virtual method has
a test of its name, of what the documentation promises. Where PyGObject cannot express a row, the test shows how it
fails, and fails itself when a newer PyGObject can."""

import contextlib
import ctypes
import sys

import raw
from harness import (
    GLib,
    GObject,
    Gio,
    Pair,
    TestCase,
    Thread,
    authorities,
    certificate,
    complaints_allowed,
    connection_classes,
    error_of,
    iterate_until,
    main,
    new_socket,
    ours_alone,
    run_python,
    with_functions,
)

UNKNOWN_CA = Gio.TlsCertificateFlags.UNKNOWN_CA
Binding = Gio.TlsChannelBindingType


class Rows(TestCase):
    def test_every_row_has_a_test(self):
        info = Gio.DtlsConnection.__info__
        rows = [
            *(f"method_{method.get_name()}" for method in info.get_methods()),
            *(f"property_{spec.get_name().replace('-', '_')}" for spec in info.get_properties()),
            *(f"signal_{signal.get_name().replace('-', '_')}" for signal in info.get_signals()),
            *(f"virtual_{function.get_name()}" for function in info.get_vfuncs()),
        ]
        self.assertEqual(len(rows), 50)
        for row in rows:
            self.assertTrue(any(hasattr(case, f"test_{row}") for case in (Methods, Properties, Signals, Virtual)), row)


class Case(TestCase):
    def setUp(self):
        self.pair = Pair()
        self.client, self.server = self.pair.client, self.pair.server

    def connect_pair(self, pair=None):
        self.assertEqual((pair or self.pair).shake_hands_blocking(), (None, None))

    def result_of(self, start, finish, *arguments, cancellable=None):
        """Runs an asynchronous operation, and gives what its finish function gives."""
        results = []
        start(*arguments, GLib.PRIORITY_DEFAULT, cancellable, lambda *details: results.append(details), "some data")
        self.assertEqual(results, [])
        iterate_until(lambda: results)
        [(source, result, data)] = results
        self.assertEqual((source, data), (finish.__self__ if hasattr(finish, "__self__") else source, "some data"))
        return finish(result)

    def assertClosed(self, connection):
        with self.assertRaisesIO(Gio.IOErrorEnum.CLOSED):
            raw.receive(connection, 0)
        with self.assertRaisesIO(Gio.IOErrorEnum.CLOSED):
            raw.send(connection, b"x", 0)
        with self.assertRaisesIO(Gio.IOErrorEnum.CLOSED):
            connection.handshake(None)


class Methods(Case):
    def test_method_close(self):
        self.connect_pair()
        raw.send(self.client, b"last words")
        cancelled = Gio.Cancellable()
        cancelled.cancel()
        with self.assertRaisesIO(Gio.IOErrorEnum.CANCELLED):
            self.client.close(cancelled)
        self.assertTrue(self.client.close(None))
        self.assertTrue(self.client.close())
        self.assertClosed(self.client)
        self.assertEqual(raw.receive(self.server), b"last words")
        self.assertIsNone(raw.receive(self.server))
        self.assertFalse(self.pair.sockets[0].is_closed())

    def test_method_close_async(self):
        self.connect_pair()
        self.assertTrue(self.result_of(self.client.close_async, self.client.close_finish))
        self.assertTrue(self.result_of(self.client.close_async, self.client.close_finish))
        self.assertClosed(self.client)
        self.assertIsNone(raw.receive(self.server))

    def test_method_close_finish(self):
        self.connect_pair()
        cancelled = Gio.Cancellable()
        cancelled.cancel()
        with self.assertRaisesIO(Gio.IOErrorEnum.CANCELLED):
            self.result_of(self.client.close_async, self.client.close_finish, cancellable=cancelled)
        self.assertTrue(self.result_of(self.client.close_async, self.client.close_finish))

    def test_method_emit_accept_certificate(self):
        shown = certificate("stranger-p256.pem")
        self.assertFalse(self.client.emit_accept_certificate(shown, UNKNOWN_CA))
        asked = []
        answers = iter([False, True])
        self.client.connect("accept-certificate", lambda *arguments: asked.append(arguments) or next(answers))
        self.assertFalse(self.client.emit_accept_certificate(shown, UNKNOWN_CA))
        self.assertTrue(self.client.emit_accept_certificate(shown, UNKNOWN_CA))
        self.assertEqual(asked, [(self.client, shown, UNKNOWN_CA)] * 2)

    def test_method_get_certificate(self):
        self.assertIsNone(self.client.get_certificate())
        self.assertEqual(self.server.get_certificate().get_subject_name(), "O=libgdtls-swift,CN=localhost")

    @ours_alone
    def test_method_get_channel_binding_data(self):
        domain = Gio.tls_channel_binding_error_quark()
        with self.assertRaises(GLib.Error) as caught:
            self.client.get_channel_binding_data(Binding.UNIQUE)
        self.assertMatches(caught.exception, domain, Gio.TlsChannelBindingError.INVALID_STATE)
        self.connect_pair()
        # PyGObject (3.42) passes the place for a GByteArray's address instead of a GByteArray. Our provider can tell.
        for kind, size in (Binding.UNIQUE, 12), (Binding.EXPORTER, 32), (Binding.SERVER_END_POINT, 32):
            is_known, data = self.client.get_channel_binding_data(kind)
            self.assertTrue(is_known)
            self.assertEqual(len(data), size)
            self.assertEqual(self.server.get_channel_binding_data(kind), (True, data))
            self.assertEqual(channel_binding(self.client, kind), data)
        # What PyGObject cannot ask, for want of None there: whether the provider knows such bindings at all.
        self.assertTrue(is_binding_known(self.client, Binding.UNIQUE))
        self.client.close()
        with self.assertRaises(GLib.Error) as caught:
            self.client.get_channel_binding_data(Binding.UNIQUE)
        self.assertMatches(caught.exception, domain, Gio.TlsChannelBindingError.INVALID_STATE)

    def test_method_get_ciphersuite_name(self):
        self.assertIsNone(self.client.get_ciphersuite_name())
        self.connect_pair()
        self.assertTrue(self.client.get_ciphersuite_name())
        self.assertEqual(self.client.get_ciphersuite_name(), self.server.get_ciphersuite_name())

    @ours_alone
    def test_method_get_ciphersuite_name_after_the_end(self):
        self.connect_pair()
        self.client.close()
        self.assertIsNone(self.client.get_ciphersuite_name())

    def test_method_get_database(self):
        self.assertEqual(self.client.get_database(), self.pair.authorities)
        self.assertEqual(self.server.get_database(), Gio.TlsBackend.get_default().get_default_database())

    def test_method_get_interaction(self):
        self.assertIsNone(self.client.get_interaction())

    def test_method_get_negotiated_protocol(self):
        self.assertIsNone(self.client.get_negotiated_protocol())
        self.client.set_advertised_protocols(["one", "two"])
        self.server.set_advertised_protocols(["two"])
        self.connect_pair()
        self.assertEqual(self.client.get_negotiated_protocol(), "two")
        self.assertEqual(self.server.get_negotiated_protocol(), "two")

    def test_method_get_negotiated_protocol_without_a_common_one(self):
        self.client.set_advertised_protocols(["one"])
        self.server.set_advertised_protocols(["two"])
        self.connect_pair()
        self.assertIsNone(self.client.get_negotiated_protocol())

    def test_method_get_peer_certificate(self):
        self.assertIsNone(self.client.get_peer_certificate())
        self.connect_pair()
        self.assertTrue(self.client.get_peer_certificate().is_same(self.server.get_certificate()))
        self.assertIsNone(self.server.get_peer_certificate())

    def test_method_get_peer_certificate_after_a_failure(self):
        pair = Pair(certificate_file="stranger-p256.pem")
        self.assertTrue(pair.shake_hands_blocking()[0])
        self.assertTrue(pair.client.get_peer_certificate().is_same(pair.server.get_certificate()))

    def test_method_get_peer_certificate_errors(self):
        self.assertEqual(self.client.get_peer_certificate_errors(), 0)
        self.connect_pair()
        self.assertEqual(self.client.get_peer_certificate_errors(), 0)
        pair = Pair(certificate_file="elsewhere-p256.pem")
        self.assertTrue(pair.shake_hands_blocking()[0])
        self.assertEqual(pair.client.get_peer_certificate_errors(), Gio.TlsCertificateFlags.BAD_IDENTITY)

    def test_method_get_protocol_version(self):
        self.assertEqual(self.client.get_protocol_version(), Gio.TlsProtocolVersion.UNKNOWN)
        self.connect_pair()
        self.assertEqual(self.client.get_protocol_version(), Gio.TlsProtocolVersion.DTLS_1_2)
        self.assertEqual(self.server.get_protocol_version(), Gio.TlsProtocolVersion.DTLS_1_2)

    @ours_alone
    def test_method_get_protocol_version_after_the_end(self):
        self.connect_pair()
        self.client.close()
        self.assertEqual(self.client.get_protocol_version(), Gio.TlsProtocolVersion.UNKNOWN)

    def test_method_get_rehandshake_mode(self):
        with complaints_allowed():
            self.assertEqual(self.client.get_rehandshake_mode(), Gio.TlsRehandshakeMode.SAFELY)

    def test_method_get_require_close_notify(self):
        self.assertTrue(self.client.get_require_close_notify())

    def test_method_handshake(self):
        server = Thread(self.server.handshake, None)
        self.assertTrue(self.client.handshake())
        self.assertTrue(server.result())
        # "Since GLib 2.64, calling this function after the initial handshake will no longer do anything."
        self.assertTrue(self.client.handshake(None))

    def test_method_handshake_cancelled(self):
        cancellable = Gio.Cancellable()
        waiting = Thread(error_of, self.client.handshake, cancellable)
        cancellable.cancel()
        self.assertIOError(waiting.result(), Gio.IOErrorEnum.CANCELLED)

    @ours_alone
    def test_method_handshake_after_a_failure(self):
        pair = Pair(certificate_file="stranger-p256.pem")
        error, _ = pair.shake_hands_blocking()
        self.assertTlsError(error, Gio.TlsError.BAD_CERTIFICATE)
        self.assertTlsError(error_of(pair.client.handshake), Gio.TlsError.BAD_CERTIFICATE)

    def test_method_handshake_async(self):
        server = Thread(self.server.handshake, None)
        self.assertTrue(self.result_of(self.client.handshake_async, self.client.handshake_finish))
        self.assertTrue(server.result())

    def test_method_handshake_async_in_another_context(self):
        seen = []

        def shake_hands():
            context = GLib.MainContext()
            context.push_thread_default()
            self.client.handshake_async(0, None, lambda *details: seen.append(context.is_owner()))
            iterate_until(lambda: seen, context)
            context.pop_thread_default()

        server = Thread(self.server.handshake, None)
        Thread(shake_hands).result()
        server.result()
        self.assertEqual(seen, [True])

    def test_method_handshake_finish(self):
        cancelled = Gio.Cancellable()
        cancelled.cancel()
        with self.assertRaisesIO(Gio.IOErrorEnum.CANCELLED):
            self.result_of(self.client.handshake_async, self.client.handshake_finish, cancellable=cancelled)

    def test_method_set_advertised_protocols(self):
        self.client.set_advertised_protocols(["one", "two"])
        self.assertEqual(self.client.props.advertised_protocols, ["one", "two"])
        # None for NULL: "Specifying None for the value of protocols will disable ALPN negotiation."
        self.client.set_advertised_protocols(None)
        self.server.set_advertised_protocols(["two"])
        self.connect_pair()
        self.assertIsNone(self.client.get_negotiated_protocol())

    def test_method_set_certificate(self):
        shown = certificate("client-p256.pem")
        self.client.set_certificate(shown)
        self.assertEqual(self.client.get_certificate(), shown)
        self.pair.ask_for_client_certificate()
        self.server.connect("accept-certificate", lambda connection, peer, errors: errors == 0)
        self.connect_pair()
        self.assertTrue(self.server.get_peer_certificate().is_same(shown))

    def test_method_set_certificate_left_out(self):
        self.pair.ask_for_client_certificate()
        client_error, server_error = self.pair.shake_hands_blocking()
        self.assertTlsError(server_error, Gio.TlsError.CERTIFICATE_REQUIRED)
        self.assertTlsError(client_error, Gio.TlsError.CERTIFICATE_REQUIRED)

    def test_method_set_database(self):
        self.client.set_database(None)
        self.assertIsNone(self.client.get_database())
        asked = []
        self.client.connect("accept-certificate", lambda connection, peer, errors: asked.append(errors) or True)
        self.connect_pair()
        self.assertEqual(asked, [UNKNOWN_CA])
        database = authorities()
        self.client.set_database(database)
        self.assertEqual(self.client.get_database(), database)

    def test_method_set_interaction(self):
        interaction = Gio.TlsInteraction()
        self.client.set_interaction(interaction)
        self.assertEqual(self.client.get_interaction(), interaction)
        self.client.set_interaction(None)
        self.assertIsNone(self.client.get_interaction())

    def test_method_set_rehandshake_mode(self):
        with complaints_allowed():
            self.client.set_rehandshake_mode(Gio.TlsRehandshakeMode.NEVER)
            # "Changing the rehandshake mode is no longer supported and will have no effect."
            self.assertEqual(self.client.get_rehandshake_mode(), Gio.TlsRehandshakeMode.SAFELY)

    def test_method_set_require_close_notify(self):
        self.client.set_require_close_notify(False)
        self.assertFalse(self.client.get_require_close_notify())
        # The connection's own close notifies all the same.
        self.connect_pair()
        self.client.close()
        self.assertIsNone(raw.receive(self.server))

    @ours_alone
    def test_method_shutdown(self):
        self.connect_pair()
        self.assertTrue(self.client.shutdown(False, False))
        raw.send(self.client, b"one")
        self.assertTrue(self.client.shutdown(True, False, None))
        with self.assertRaisesIO(Gio.IOErrorEnum.CLOSED):
            raw.receive(self.client, 0)
        raw.send(self.client, b"two")
        self.assertTrue(self.client.shutdown(False, True))
        with self.assertRaisesIO(Gio.IOErrorEnum.CLOSED):
            raw.send(self.client, b"three")
        self.assertEqual([raw.receive(self.server) for _ in range(3)], [b"one", b"two", None])
        self.assertClosed(self.client)

    @ours_alone
    def test_method_shutdown_for_writing_leaves_reading(self):
        self.connect_pair()
        self.assertTrue(self.client.shutdown(False, True))
        self.assertIsNone(raw.receive(self.server))
        raw.send(self.server, b"still here")
        self.assertEqual(raw.receive(self.client), b"still here")

    def test_method_shutdown_cancelled(self):
        self.connect_pair()
        cancelled = Gio.Cancellable()
        cancelled.cancel()
        with self.assertRaisesIO(Gio.IOErrorEnum.CANCELLED):
            self.client.shutdown(True, True, cancelled)
        self.assertTrue(self.client.shutdown(True, True))
        self.assertClosed(self.client)

    def test_method_shutdown_async(self):
        self.connect_pair()
        client = self.client
        # GIO shuts both directions down, whatever it is told.
        self.assertTrue(self.result_of(client.shutdown_async, client.shutdown_finish, True, False))
        self.assertClosed(client)

    def test_method_shutdown_finish(self):
        self.connect_pair()
        client = self.client
        cancelled = Gio.Cancellable()
        cancelled.cancel()
        with self.assertRaisesIO(Gio.IOErrorEnum.CANCELLED):
            self.result_of(client.shutdown_async, client.shutdown_finish, True, True, cancellable=cancelled)
        self.assertTrue(self.result_of(client.shutdown_async, client.shutdown_finish, True, True))


class Properties(Case):
    def notifications(self, connection, name):
        seen = []
        connection.connect(f"notify::{name}", lambda source, spec: seen.append(source.get_property(spec.name)))
        return seen

    def test_property_advertised_protocols(self):
        seen = self.notifications(self.client, "advertised-protocols")
        self.client.props.advertised_protocols = ["one"]
        self.assertEqual(self.client.get_property("advertised-protocols"), ["one"])
        self.client.set_property("advertised-protocols", ["one", "two"])
        self.client.set_advertised_protocols(None)
        self.assertEqual(seen, [["one"], ["one", "two"], []])

    def test_property_base_socket(self):
        self.assertEqual(self.client.props.base_socket, self.pair.sockets[0])
        self.assertEqual(self.server.get_property("base-socket"), self.pair.sockets[1])
        # Construct only: GObject complains, and that is all.
        with complaints_allowed():
            self.client.props.base_socket = self.pair.sockets[1]
        self.assertEqual(self.client.props.base_socket, self.pair.sockets[0])

    def test_property_certificate(self):
        shown = certificate("client-p256.pem")
        seen = self.notifications(self.client, "certificate")
        self.assertIsNone(self.client.props.certificate)
        self.client.props.certificate = shown
        self.assertEqual(self.client.props.certificate, shown)
        self.assertEqual(seen, [shown])

    def test_property_ciphersuite_name(self):
        seen = self.notifications(self.client, "ciphersuite-name")
        self.assertIsNone(self.client.props.ciphersuite_name)
        self.connect_pair()
        self.assertEqual(seen, [self.client.get_ciphersuite_name()])
        self.assertEqual(self.client.props.ciphersuite_name, self.client.get_ciphersuite_name())

    def test_property_database(self):
        database = authorities()
        seen = self.notifications(self.client, "database")
        self.client.props.database = database
        self.assertEqual(self.client.props.database, database)
        self.client.props.database = None
        self.assertIsNone(self.client.props.database)
        self.assertEqual(seen, [database, None])

    def test_property_interaction(self):
        interaction = Gio.TlsInteraction()
        seen = self.notifications(self.client, "interaction")
        self.client.props.interaction = interaction
        self.assertEqual(self.client.props.interaction, interaction)
        self.client.props.interaction = None
        self.assertEqual(seen, [interaction, None])

    def test_property_negotiated_protocol(self):
        seen = self.notifications(self.client, "negotiated-protocol")
        self.assertIsNone(self.client.props.negotiated_protocol)
        for connection in self.client, self.server:
            connection.set_advertised_protocols(["one"])
        self.connect_pair()
        self.assertEqual(self.client.props.negotiated_protocol, "one")
        self.assertEqual(seen, ["one"])

    def test_property_peer_certificate(self):
        seen = self.notifications(self.client, "peer-certificate")
        self.assertIsNone(self.client.props.peer_certificate)
        self.connect_pair()
        self.assertTrue(self.client.props.peer_certificate.is_same(self.server.props.certificate))
        self.assertEqual(seen, [self.client.props.peer_certificate])

    def test_property_peer_certificate_errors(self):
        self.client.props.database = None
        self.client.connect("accept-certificate", lambda *_: True)
        seen = self.notifications(self.client, "peer-certificate-errors")
        self.assertEqual(self.client.props.peer_certificate_errors, 0)
        self.connect_pair()
        self.assertEqual(self.client.props.peer_certificate_errors, UNKNOWN_CA)
        self.assertEqual(seen, [UNKNOWN_CA])

    def test_property_protocol_version(self):
        seen = self.notifications(self.client, "protocol-version")
        self.assertEqual(self.client.props.protocol_version, Gio.TlsProtocolVersion.UNKNOWN)
        self.connect_pair()
        self.assertEqual(self.client.props.protocol_version, Gio.TlsProtocolVersion.DTLS_1_2)
        self.assertEqual(seen, [Gio.TlsProtocolVersion.DTLS_1_2])

    def test_property_rehandshake_mode(self):
        with complaints_allowed():
            self.assertEqual(self.client.props.rehandshake_mode, Gio.TlsRehandshakeMode.NEVER)
            self.client.props.rehandshake_mode = Gio.TlsRehandshakeMode.UNSAFELY
            if self.client.__gtype__.name.startswith("GDtlsSwift"):
                self.assertEqual(self.client.props.rehandshake_mode, Gio.TlsRehandshakeMode.SAFELY)

    def test_property_require_close_notify(self):
        seen = self.notifications(self.client, "require-close-notify")
        self.assertTrue(self.client.props.require_close_notify)
        self.client.props.require_close_notify = False
        self.assertFalse(self.client.props.require_close_notify)
        self.assertEqual(seen, [False])

    def test_read_only_properties_refuse_to_be_set(self):
        names = "ciphersuite_name negotiated_protocol peer_certificate peer_certificate_errors protocol_version"
        for name in names.split():
            with self.subTest(name), self.assertRaises(TypeError):
                setattr(self.client.props, name, getattr(self.client.props, name))


class Signals(Case):
    def test_signal_accept_certificate(self):
        pair = Pair(certificate_file="stranger-p256.pem")
        asked = []

        def refuse(connection, peer, errors, data):
            asked.append((connection, peer.get_subject_name(), errors, data))
            # "It is not set during the emission."
            self.assertIsNone(connection.get_peer_certificate())
            self.assertEqual(connection.get_peer_certificate_errors(), 0)

        def accept(connection, peer, errors):
            asked.append("accepting")
            return True

        pair.client.connect("accept-certificate", refuse, "some data")
        pair.client.connect("accept-certificate", accept)
        pair.client.connect("accept-certificate", lambda *_: self.fail("one has accepted already"))
        self.assertEqual(pair.shake_hands(), (None, None))
        [(connection, name, errors, data), accepting] = asked
        self.assertEqual((connection, data, accepting), (pair.client, "some data", "accepting"))
        self.assertEqual(name, "O=libgdtls-swift,CN=localhost")
        self.assertEqual(errors, UNKNOWN_CA)
        self.assertEqual(pair.client.get_peer_certificate_errors(), UNKNOWN_CA)

    def test_signal_accept_certificate_refused(self):
        pair = Pair(certificate_file="stranger-p256.pem")
        pair.client.connect("accept-certificate", lambda *_: False)
        error, _ = pair.shake_hands()
        self.assertTlsError(error, Gio.TlsError.BAD_CERTIFICATE)

    def test_signal_accept_certificate_is_not_emitted_without_errors(self):
        self.client.connect("accept-certificate", lambda *_: self.fail("nothing is wrong"))
        self.assertEqual(self.pair.shake_hands(), (None, None))

    def test_signal_accept_certificate_of_a_server(self):
        self.client.set_certificate(certificate("client-p256.pem"))
        self.pair.ask_for_client_certificate()
        asked = []
        self.server.connect("accept-certificate", lambda connection, peer, errors: asked.append(errors) or True)
        self.assertEqual(self.pair.shake_hands(), (None, None))
        self.assertEqual(asked, [0])

    def test_signal_accept_certificate_of_a_server_without_a_handler(self):
        self.client.set_certificate(certificate("client-p256.pem"))
        self.pair.ask_for_client_certificate()
        _, error = self.pair.shake_hands()
        self.assertTlsError(error, Gio.TlsError.BAD_CERTIFICATE)

    def test_signal_accept_certificate_from_a_blocking_call_is_emitted_in_its_thread(self):
        pair = Pair(certificate_file="stranger-p256.pem")
        emitted_in = []
        pair.client.connect("accept-certificate", lambda *_: emitted_in.append(GLib.Thread.self()) or True)
        self.connect_pair(pair)
        self.assertEqual(len(emitted_in), 1)


@ours_alone
class Virtual(Case):
    """PyGObject sets a virtual method of an interface in the class for which that interface is named again: without
    Gio.DtlsConnection as a base of its own, it would overwrite that of all connections (see test-subclass.py)."""

    def make(self, certificate_file="server-p256.pem", **functions):
        """A pair whose client has the given virtual methods; each gets its class's parent as first argument."""
        parent = with_functions(connection_classes()[0])

        def bind(function):
            return lambda self, *arguments: function(parent, self, *arguments)

        body = {f"do_{name}": bind(function) for name, function in functions.items()}
        self.calls = []
        pair = Pair(client=type("Client", (parent, Gio.DtlsConnection), body), certificate_file=certificate_file)
        self.assertEqual(pair.client.__gtype__.parent, parent.__gtype__)
        return pair

    def test_virtual_accept_certificate(self):
        for answer in True, False:
            pair = self.make(
                "stranger-p256.pem",
                accept_certificate=lambda parent, me, peer, errors: self.calls.append((me, errors)) or answer,
            )
            error, _ = pair.shake_hands()
            self.assertEqual(self.calls, [(pair.client, UNKNOWN_CA)])
            self.assertEqual(error is None, answer)

    def test_virtual_accept_certificate_comes_after_the_handlers(self):
        pair = self.make("stranger-p256.pem", accept_certificate=lambda *_: self.fail("a handler has accepted"))
        pair.client.connect("accept-certificate", lambda *_: True)
        self.assertEqual(pair.shake_hands(), (None, None))

    def test_virtual_get_binding_data(self):
        def get_binding_data(parent, me, kind, data):
            self.calls.append((kind, type(data)))
            return parent.do_get_binding_data(me, kind, data)

        pair = self.make(get_binding_data=get_binding_data)
        self.connect_pair(pair)
        # It is called, and can fail. But it gets a copy of the array as bytes, so that the binding goes nowhere.
        self.assertEqual(channel_binding(pair.client, Binding.UNIQUE), b"")
        self.assertEqual(self.calls, [(Binding.UNIQUE, bytes)])
        self.assertTrue(channel_binding(pair.server, Binding.UNIQUE))

    def test_virtual_get_negotiated_protocol(self):
        def get_negotiated_protocol(parent, me):
            protocol = parent.do_get_negotiated_protocol(me)
            return protocol and protocol.upper()

        pair = self.make(get_negotiated_protocol=get_negotiated_protocol)
        self.assertIsNone(pair.client.get_negotiated_protocol())
        for connection in pair.client, pair.server:
            connection.set_advertised_protocols(["one"])
        self.connect_pair(pair)
        self.assertEqual(pair.client.get_negotiated_protocol(), "ONE")
        self.assertEqual(pair.client.props.negotiated_protocol, "one")

    def test_virtual_handshake(self):
        def handshake(parent, me, cancellable):
            self.calls.append(cancellable)
            return parent.do_handshake(me, cancellable)

        pair = self.make(handshake=handshake)
        cancellable = Gio.Cancellable()
        server = Thread(pair.server.handshake)
        self.assertTrue(pair.client.handshake(cancellable))
        server.result()
        self.assertEqual(self.calls, [cancellable])
        self.assertTrue(pair.client.get_ciphersuite_name())

    def test_virtual_handshake_that_raises(self):
        def handshake(parent, me, cancellable):
            raise GLib.Error.new_literal(Gio.io_error_quark(), "Not today", Gio.IOErrorEnum.BUSY)

        error = error_of(self.make(handshake=handshake).client.handshake)
        self.assertIOError(error, Gio.IOErrorEnum.BUSY)
        self.assertEqual(error.message, "Not today")

    def test_virtual_handshake_that_passes_an_error_on(self):
        pair = self.make(handshake=lambda parent, me, cancellable: parent.do_handshake(me, cancellable))
        cancelled = Gio.Cancellable()
        cancelled.cancel()
        self.assertIOError(error_of(pair.client.handshake, cancelled), Gio.IOErrorEnum.CANCELLED)

    def test_virtual_handshake_async(self):
        # PyGObject (3.42) cannot call the parent's function, see below, so this one does the work in a thread.
        def handshake_async(parent, me, priority, cancellable, callback, data):
            self.calls.append((priority, cancellable, data))
            task = Gio.Task.new(me, cancellable, lambda source, result, data: callback(source, result), None)

            def shake_hands():
                try:
                    task.return_boolean(me.handshake(cancellable))
                except GLib.Error as error:
                    task.return_error(error)

            threads.append(Thread(shake_hands))

        def handshake_finish(parent, me, task):
            return task.propagate_boolean()

        threads = []
        pair = self.make(handshake_async=handshake_async, handshake_finish=handshake_finish)
        server = Thread(pair.server.handshake)
        self.assertTrue(self.result_of(pair.client.handshake_async, pair.client.handshake_finish))
        server.result()
        self.assertEqual(self.calls, [(GLib.PRIORITY_DEFAULT, None, None)])
        for thread in threads:
            thread.result()

    def test_virtual_handshake_async_of_the_parent_is_out_of_reach(self):
        self.assertParentIsOutOfReach("handshake_async", "0, None")

    def test_virtual_handshake_finish(self):
        def handshake_finish(parent, me, result):
            self.calls.append(result)
            return parent.do_handshake_finish(me, result)

        pair = self.make(handshake_finish=handshake_finish)
        self.assertEqual(pair.shake_hands(), (None, None))
        self.assertEqual(len(self.calls), 1)
        self.assertIsInstance(self.calls[0], Gio.AsyncResult)

    def test_virtual_set_advertised_protocols(self):
        def set_advertised_protocols(parent, me, protocols):
            self.calls.append(protocols)
            parent.do_set_advertised_protocols(me, protocols and [*protocols, "more"])

        pair = self.make(set_advertised_protocols=set_advertised_protocols)
        pair.client.set_advertised_protocols(["one"])
        self.assertEqual(pair.client.props.advertised_protocols, ["one", "more"])
        pair.client.set_advertised_protocols(None)
        self.assertEqual(pair.client.props.advertised_protocols, [])
        self.assertIn(self.calls, ([["one"], None], [["one"], []]))

    def test_virtual_shutdown(self):
        def shutdown(parent, me, reading, writing, cancellable):
            self.calls.append((reading, writing, cancellable))
            return parent.do_shutdown(me, reading, writing, cancellable)

        pair = self.make(shutdown=shutdown)
        self.connect_pair(pair)
        self.assertTrue(pair.client.shutdown(True, False))
        self.assertTrue(pair.client.close())
        self.assertEqual(self.calls, [(True, False, None), (True, True, None)])
        self.assertIsNone(raw.receive(pair.server))

    def test_virtual_shutdown_async(self):
        def shutdown_async(parent, me, reading, writing, priority, cancellable, callback, data):
            self.calls.append((reading, writing, priority, cancellable, data))
            task = Gio.Task.new(me, cancellable, lambda source, result, data: callback(source, result), None)
            task.return_boolean(me.shutdown(reading, writing, cancellable))

        pair = self.make(
            shutdown_async=shutdown_async, shutdown_finish=lambda parent, me, task: task.propagate_boolean()
        )
        self.connect_pair(pair)
        self.assertTrue(self.result_of(pair.client.close_async, pair.client.close_finish))
        self.assertEqual(self.calls, [(True, True, GLib.PRIORITY_DEFAULT, None, None)])
        self.assertIsNone(raw.receive(pair.server))

    def test_virtual_shutdown_async_of_the_parent_is_out_of_reach(self):
        self.assertParentIsOutOfReach("shutdown_async", "True, True, 0, None")

    def test_virtual_shutdown_finish(self):
        def shutdown_finish(parent, me, result):
            self.calls.append(result)
            return parent.do_shutdown_finish(me, result)

        pair = self.make(shutdown_finish=shutdown_finish)
        client = pair.client
        self.assertTrue(self.result_of(client.shutdown_async, client.shutdown_finish, True, True))
        self.assertEqual(len(self.calls), 1)

    def assertParentIsOutOfReach(self, name, arguments):
        """For the callback of a virtual method that Python calls, PyGObject (3.42) passes an address in the heap."""
        program = f"""
client, _ = connection_classes()
class Client(with_functions(client), Gio.DtlsConnection):
    def do_{name}(self, *arguments):
        client.do_{name}(self, {arguments}, lambda *_: None)
connection = Client(base_socket=new_socket())
connection.init(None)
connection.{name}({arguments}, lambda *_: None)
context = GLib.MainContext.default()
for _ in range(10): context.iteration(False)
connection.close()
for _ in range(10): context.iteration(False)
"""
        result = run_python(program)
        self.assertLess(result.returncode, 0, result.stderr)


glib = ctypes.CDLL("libglib-2.0.so.0")
glib.g_byte_array_new.restype = ctypes.c_void_p
glib.g_byte_array_unref.argtypes = [ctypes.c_void_p]
glib.g_byte_array_unref.restype = None
raw.gio.g_dtls_connection_get_channel_binding_data.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]


class ByteArray(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("len", ctypes.c_uint)]


def channel_binding(connection, kind):
    """The binding as bytes, by ctypes."""
    array = glib.g_byte_array_new()
    try:
        raw.call(raw.gio.g_dtls_connection_get_channel_binding_data, hash(connection), int(kind), array)
        content = ByteArray.from_address(array)
        return ctypes.string_at(content.data, content.len) if content.len else b""
    finally:
        glib.g_byte_array_unref(array)


def is_binding_known(connection, kind):
    return bool(raw.call(raw.gio.g_dtls_connection_get_channel_binding_data, hash(connection), int(kind), None))


if __name__ == "__main__":
    main()
