#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Classes in Python that are derived from the provider's connections."""

import contextlib
import gc
import io
import itertools
import threading

import raw
from harness import (
    GLib,
    GObject,
    Gio,
    Pair,
    TestCase,
    Thread,
    certificate,
    connection_classes,
    error_of,
    iterate_until,
    main,
    new_socket,
    ours_alone,
    run_python,
    with_functions,
)

ParentClient, ParentServer = map(with_functions, connection_classes())


class Client(ParentClient, Gio.DtlsConnection):
    """Accepts what its verdict says, and remembers what it was asked."""

    verdict = False

    def __init__(self, **properties):
        super().__init__(**properties)
        self.asked = []

    def do_accept_certificate(self, peer, errors):
        self.asked.append((peer.get_subject_name(), errors, threading.current_thread()))
        return self.verdict


class Server(ParentServer, Gio.DtlsConnection):
    nickname = GObject.Property(type=str, default="nobody")
    patience = GObject.Property(type=int, default=3, minimum=0, maximum=10)

    def __init__(self, **properties):
        super().__init__(**properties)
        self.asked = []

    @GObject.Signal(arg_types=(str, int), return_type=bool, flags=GObject.SignalFlags.RUN_LAST)
    def moved(self, where, distance):
        return distance > 0

    def do_accept_certificate(self, peer, errors):
        self.asked.append((peer.get_subject_name(), errors))
        return errors == 0


class TypeTest(TestCase):
    def test_classes_are_found_by_the_backend(self):
        backend = Gio.TlsBackend.get_default()
        self.assertEqual(backend.get_dtls_client_connection_type(), ParentClient.__gtype__)
        self.assertEqual(backend.get_dtls_server_connection_type(), ParentServer.__gtype__)
        self.assertIs(backend.get_dtls_client_connection_type().pytype, ParentClient)

    @ours_alone
    def test_classes_are_found_by_name(self):
        self.assertEqual(GObject.type_from_name("GDtlsSwiftClientConnection"), ParentClient.__gtype__)
        self.assertEqual(GObject.type_from_name("GDtlsSwiftServerConnection"), ParentServer.__gtype__)

    def test_subclasses_have_types_of_their_own(self):
        self.assertTrue(GObject.type_is_a(Client, Gio.DtlsClientConnection))
        self.assertTrue(GObject.type_is_a(Server, Gio.DtlsServerConnection))
        self.assertEqual(Client.__gtype__.parent, ParentClient.__gtype__)
        self.assertTrue(issubclass(Client, Gio.DatagramBased))

    @ours_alone
    def test_the_common_parent_is_abstract(self):
        with self.assertRaises(TypeError):
            ParentClient.__gtype__.parent.pytype(base_socket=new_socket())

    def test_an_unknown_property_is_refused(self):
        with self.assertRaises(TypeError):
            Client(nonsense=1)

    @ours_alone
    def test_without_a_base_socket_init_fails(self):
        self.assertIOError(error_of(Client().init, None), Gio.IOErrorEnum.INVALID_ARGUMENT)

    @ours_alone
    def test_without_init_nothing_works_and_nothing_breaks(self):
        client = Client(base_socket=new_socket())
        self.assertIOError(error_of(client.handshake), Gio.IOErrorEnum.CLOSED)
        self.assertIOError(error_of(raw.send, client, b"x"), Gio.IOErrorEnum.CLOSED)
        self.assertIOError(error_of(client.close), Gio.IOErrorEnum.CLOSED)
        self.assertIsNone(client.get_ciphersuite_name())

    def test_a_server_without_a_key_is_refused_by_init(self):
        shown = certificate("server-p256.pem")
        keyless = Gio.TlsCertificate.new_from_pem(shown.props.certificate_pem, -1)
        server = Server(base_socket=new_socket(), certificate=keyless)
        self.assertTlsError(error_of(server.init, None), Gio.TlsError.BAD_CERTIFICATE)

    def test_init_may_be_cancelled(self):
        cancelled = Gio.Cancellable()
        cancelled.cancel()
        client = Client(base_socket=new_socket())
        error = error_of(client.init, cancelled)
        if error:
            self.assertIOError(error, Gio.IOErrorEnum.CANCELLED)


@ours_alone
class SubclassTest(TestCase):
    def test_both_ends_derived_shake_hands_and_talk(self):
        pair = Pair(Client, Server)
        self.assertEqual(pair.shake_hands(), (None, None))
        raw.send(pair.client, b"a word")
        self.assertEqual(raw.receive(pair.server), b"a word")
        raw.send(pair.server, b"an answer")
        self.assertEqual(raw.receive(pair.client), b"an answer")
        self.assertTrue(pair.client.close())
        self.assertIsNone(raw.receive(pair.server))
        self.assertTrue(pair.server.close())

    def test_both_ends_derived_shake_hands_in_threads(self):
        self.assertEqual(Pair(Client, Server).shake_hands_blocking(), (None, None))

    def test_the_client_is_asked(self):
        for is_blocking, verdict in itertools.product((False, True), repeat=2):
            with self.subTest(is_blocking=is_blocking, verdict=verdict):
                pair = Pair(Client, certificate_file="stranger-p256.pem")
                pair.client.verdict = verdict
                error, _ = pair.shake_hands_blocking() if is_blocking else pair.shake_hands()
                asked = ("O=libgdtls-swift,CN=localhost", Gio.TlsCertificateFlags.UNKNOWN_CA, threading.main_thread())
                self.assertEqual(pair.client.asked, [asked])
                if verdict:
                    self.assertIsNone(error)
                else:
                    self.assertTlsError(error, Gio.TlsError.BAD_CERTIFICATE)

    def test_a_client_is_not_asked_without_need(self):
        pair = Pair(Client)
        self.assertEqual(pair.shake_hands(), (None, None))
        self.assertEqual(pair.client.asked, [])

    def test_the_server_is_asked(self):
        for name, accepted in ("client-p256.pem", True), ("stranger-p256.pem", False):
            with self.subTest(name):
                pair = Pair(Client, Server)
                pair.client.set_certificate(certificate(name))
                pair.ask_for_client_certificate()
                client_error, server_error = pair.shake_hands()
                self.assertEqual(len(pair.server.asked), 1)
                if accepted:
                    self.assertEqual((client_error, server_error), (None, None))
                else:
                    self.assertTlsError(server_error, Gio.TlsError.BAD_CERTIFICATE)

    def test_a_function_that_raises_refuses(self):
        class Raising(ParentClient, Gio.DtlsConnection):
            def do_accept_certificate(self, peer, errors):
                raise ValueError("an error that the test wants")

        pair = Pair(Raising, certificate_file="stranger-p256.pem")
        with contextlib.redirect_stderr(io.StringIO()) as printed:
            error, _ = pair.shake_hands()
        self.assertTlsError(error, Gio.TlsError.BAD_CERTIFICATE)
        self.assertIn("an error that the test wants", printed.getvalue())

    def test_a_function_may_not_block_on_its_own_connection(self):
        class Impatient(ParentClient, Gio.DtlsConnection):
            def do_accept_certificate(self, peer, errors):
                self.error = error_of(self.handshake)
                return True

        pair = Pair(Impatient, certificate_file="stranger-p256.pem")
        self.assertEqual(pair.shake_hands(), (None, None))
        self.assertIOError(pair.client.error, Gio.IOErrorEnum.FAILED)

    def test_a_subclass_of_a_subclass(self):
        class Stricter(Client, Gio.DtlsConnection):
            verdict = True

            def do_accept_certificate(self, peer, errors):
                return super().do_accept_certificate(peer, errors) and self.may_accept

        for may_accept in True, False:
            pair = Pair(Stricter, certificate_file="stranger-p256.pem")
            pair.client.may_accept = may_accept
            self.assertEqual(pair.shake_hands()[0] is None, may_accept)
            self.assertEqual(len(pair.client.asked), 1)

    def test_properties_of_its_own(self):
        server = Server(base_socket=new_socket(), nickname="somebody", require_close_notify=False)
        server.init(None)
        self.assertEqual((server.nickname, server.props.patience), ("somebody", 3))
        seen = []
        server.connect("notify::patience", lambda source, spec: seen.append(source.patience))
        server.patience = 4
        server.set_property("patience", 5)
        self.assertEqual(seen, [4, 5])
        self.assertFalse(server.props.require_close_notify)
        self.assertLessEqual({"nickname", "patience", "base-socket"}, {spec.name for spec in server.list_properties()})

    def test_signals_of_its_own(self):
        server = Server(base_socket=new_socket())
        seen = []
        server.connect("moved", lambda source, *arguments: seen.append((source, *arguments)) or False)
        self.assertTrue(server.emit("moved", "north", 1))
        self.assertFalse(server.emit("moved", "south", 0))
        self.assertEqual(seen, [(server, "north", 1), (server, "south", 0)])

    def test_instances_have_state_of_their_own(self):
        pairs = [Pair(Client, Server, certificate_file="stranger-p256.pem") for _ in range(10)]
        for index, pair in enumerate(pairs):
            pair.client.verdict = index % 2 == 0
            pair.server.nickname = str(index)
        for index, pair in enumerate(pairs):
            self.assertEqual(pair.shake_hands()[0] is None, index % 2 == 0)
        self.assertEqual([len(pair.client.asked) for pair in pairs], [1] * 10)
        self.assertEqual([pair.server.nickname for pair in pairs], [str(index) for index in range(10)])

    def test_an_object_made_by_c_is_initialised_by_python(self):
        class Made(ParentClient, Gio.DtlsConnection):
            def __init__(self, **properties):
                super().__init__(**properties)
                self.state = "set"

        made = GObject.new(Made, base_socket=new_socket())
        made.init(None)
        self.assertIsInstance(made, Made)
        self.assertEqual(made.state, "set")

    def test_initable_may_be_overridden(self):
        class Initialised(with_functions(connection_classes()[0], Gio.Initable), Gio.Initable):
            def do_init(self, cancellable):
                self.is_initialised = True
                return ParentClient.do_init(self, cancellable)

        client = Initialised(base_socket=new_socket())
        self.assertTrue(client.init(None))
        self.assertTrue(client.is_initialised)
        self.assertIOError(error_of(Initialised().init, None), Gio.IOErrorEnum.INVALID_ARGUMENT)

    def test_datagram_based_may_be_overridden(self):
        class Watched(with_functions(connection_classes()[0], Gio.DatagramBased), Gio.DatagramBased):
            checks = 0

            def do_condition_check(self, condition):
                self.checks += 1
                return ParentClient.do_condition_check(self, condition)

            def do_condition_wait(self, condition, timeout, cancellable):
                self.waits = timeout
                return ParentClient.do_condition_wait(self, condition, timeout, cancellable)

            def do_create_source(self, condition, cancellable):
                self.sources = condition
                return ParentClient.do_create_source(self, condition, cancellable)

        pair = Pair(Watched)
        self.assertEqual(pair.shake_hands(), (None, None))
        self.assertEqual(pair.client.condition_check(GLib.IOCondition.OUT), GLib.IOCondition.OUT)
        self.assertEqual(pair.client.checks, 1)
        self.assertTrue(pair.client.condition_wait(GLib.IOCondition.OUT, 5, None))
        self.assertIOError(
            error_of(pair.client.condition_wait, GLib.IOCondition.IN, 1000, None), Gio.IOErrorEnum.TIMED_OUT
        )
        self.assertEqual(pair.client.waits, 1000)
        self.assertIsInstance(pair.client.create_source(GLib.IOCondition.IN, None), GLib.Source)


@ours_alone
class DestructionTest(TestCase):
    def gone(self, objects):
        """Has the names of GObjects put into a list when they are finalised."""
        names = []
        for name, instance in objects.items():
            instance.weak_ref(names.append, name)
        return names

    def assertGone(self, gone, names):
        # The worker may hold a connection for the rest of its turn.
        iterate_until(lambda: gc.collect() is not None and len(gone) >= len(names))
        self.assertEqual(sorted(gone), sorted(names))

    def test_in_any_order(self):
        names = ("client", "server", "client's socket", "server's socket", "database")
        for order in itertools.permutations(names):
            pair = Pair(Client, Server)
            objects = dict(zip(names, (pair.client, pair.server, *pair.sockets, pair.authorities)))
            self.assertEqual(pair.shake_hands_blocking(), (None, None))
            gone = self.gone(objects)
            del pair
            for name in order:
                del objects[name]
            self.assertGone(gone, names)

    def test_amid_a_handshake(self):
        for is_blocking in False, True:
            pair = Pair(Client, Server)
            gone = self.gone({"client": pair.client, "server": pair.server})
            cancellable = Gio.Cancellable()
            if is_blocking:
                waiting = Thread(error_of, pair.client.handshake, cancellable)
            else:
                pair.client.handshake_async(0, cancellable, lambda *_: None)
            cancellable.cancel()
            if is_blocking:
                self.assertIOError(waiting.result(), Gio.IOErrorEnum.CANCELLED)
                del waiting
            else:
                while GLib.MainContext.default().iteration(False):
                    pass
            del pair
            self.assertGone(gone, ["client", "server"])

    def test_in_a_cycle(self):
        pair = Pair(Client, Server)
        pair.client.itself = pair.client
        pair.client.other, pair.server.other = pair.server, pair.client
        gone = self.gone({"client": pair.client, "server": pair.server})
        self.assertEqual(pair.shake_hands(), (None, None))
        del pair
        self.assertGone(gone, ["client", "server"])

    def test_in_a_cycle_through_a_handler(self):
        class Handling(ParentClient, Gio.DtlsConnection):
            def __init__(self, **properties):
                super().__init__(**properties)
                self.connect("accept-certificate", self.accept)

            def accept(self, connection, peer, errors):
                return connection is self

        pair = Pair(Handling, certificate_file="stranger-p256.pem")
        gone = self.gone({"client": pair.client})
        self.assertEqual(pair.shake_hands(), (None, None))
        del pair
        self.assertGone(gone, ["client"])

    def test_without_a_close_the_peer_hears_of_it(self):
        pair = Pair(Client, Server)
        self.assertEqual(pair.shake_hands(), (None, None))
        del pair.client
        gc.collect()
        self.assertIsNone(raw.receive(pair.server))


@ours_alone
class WithoutTheInterfaceTest(TestCase):
    """PyGObject (3.42) writes the virtual methods of a class that does not name Gio.DtlsConnection again as a base of its
    own into the table of its parent. The tests run in processes of their own, since that lasts."""

    def test_a_class_that_accepts_everything_accepts_for_itself_alone(self):
        program = """
client, _ = connection_classes()
class Credulous(client):
    def do_accept_certificate(self, peer, errors):
        print("asked", type(self).__name__)
        return True
for kind, handler in (None, None), (None, lambda *_: False), (None, lambda *_: True), (Credulous, None):
    pair = Pair(kind, certificate_file="stranger-p256.pem")
    if handler:
        pair.client.connect("accept-certificate", handler)
    print(type(pair.client).__name__, pair.shake_hands()[0] is None)
"""
        result = run_python(program)
        self.assertEqual(result.returncode, 0, result.stderr)
        plain = "GDtlsSwiftClientConnection"
        self.assertEqual(
            result.stdout.splitlines(),
            [f"{plain} False", f"{plain} False", f"{plain} True", "asked Credulous", "Credulous True"],
        )

    def test_another_function_is_overwritten_for_all(self):
        program = """
client, _ = connection_classes()
class Careless(client):
    def do_handshake(self, cancellable):
        print("overwritten")
        return True
pair = Pair()
print(pair.client.handshake(), pair.client.get_ciphersuite_name())
"""
        result = run_python(program)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines(), ["overwritten", "True None"])


if __name__ == "__main__":
    main()
