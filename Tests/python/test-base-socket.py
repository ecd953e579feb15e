#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Connections over a Gio.DatagramBased that is written in Python: how far PyGObject lets that go, and that nothing a
base does wrong brings the process down or makes it hang."""

import contextlib
import ctypes
import gc
import io
import signal
import threading
import time

import raw
from harness import (
    PATIENCE,
    GLib,
    GObject,
    Gio,
    Pair,
    TestCase,
    Thread,
    error_of,
    iterate_until,
    main,
    new_socket,
    ours_alone,
    run_python,
    socket_pair,
)
from python_base import PythonBase


@ours_alone
class ConversationTest(TestCase):
    def test_blocking(self):
        pair = Pair(wrap=PythonBase)
        self.assertEqual(pair.shake_hands_blocking(), (None, None))
        for size in 1, 100, 1200:
            raw.send(pair.client, b"x" * size)
            self.assertEqual(raw.receive(pair.server), b"x" * size)
            raw.send(pair.server, b"y" * size)
            self.assertEqual(raw.receive(pair.client), b"y" * size)
        self.assertTrue(pair.client.close())
        self.assertIsNone(raw.receive(pair.server))
        self.assertTrue(pair.server.close())

    def test_in_a_main_loop(self):
        pair = Pair(wrap=PythonBase)
        self.assertEqual(pair.shake_hands(), (None, None))
        received = []

        def on_readable(*_):
            received.append(raw.receive(pair.server, 0))
            return len(received) < 3

        source = pair.server.create_source(GLib.IOCondition.IN, None)
        source.set_callback(on_readable)
        source.attach(None)
        for data in b"one", b"two":
            raw.send(pair.client, data)
        pair.client.close_async(0, None, lambda *_: None)
        iterate_until(lambda: len(received) == 3)
        self.assertEqual(received, [b"one", b"two", None])

    def test_two_threads_at_once_each_way(self):
        pair = Pair(wrap=PythonBase)
        self.assertEqual(pair.shake_hands_blocking(), (None, None))
        # Fewer than a socket of the usual size holds: what it has no room for would be lost.
        count = 100
        ends = pair.client, pair.server
        receivers = [Thread(lambda end: [raw.receive(end) for _ in range(count)], end) for end in ends]
        senders = [Thread(lambda end: [raw.send(end, b"%d" % index) for index in range(count)], end) for end in ends]
        for thread in senders:
            thread.result()
        for thread in receivers:
            self.assertEqual(thread.result(), [b"%d" % index for index in range(count)])

    def test_one_end_only(self):
        for wrapped in 0, 1:
            bases = iter([wrapped == 0, wrapped == 1])
            pair = Pair(wrap=lambda socket: PythonBase(socket) if next(bases) else socket)
            self.assertEqual(pair.shake_hands(), (None, None))

    def test_calls_never_wait(self):
        pair = Pair(wrap=PythonBase)
        self.assertEqual(pair.shake_hands_blocking(), (None, None))
        raw.send(pair.client, b"x")
        raw.receive(pair.server)
        for base in pair.bases:
            for name, *details in base.calls:
                if name == "source":
                    self.assertIsNone(details[1])
                else:
                    self.assertEqual(details[1:], [0, 0, None])
                    self.assertIn(details[0], range(1, 17))
            self.assertEqual(max(details[0] for name, *details in base.calls if name == "receive"), 16)

    def test_a_base_may_use_its_own_connection(self):
        class Curious(PythonBase, Gio.DatagramBased):
            connection = None
            seen = 0

            def do_receive_messages(self, *arguments):
                if self.connection:
                    self.connection.get_protocol_version()
                    self.connection.condition_check(GLib.IOCondition.IN)
                    self.seen += 1
                return super().do_receive_messages(*arguments)

        pair = Pair(wrap=Curious)
        pair.bases[0].connection = pair.client
        self.assertEqual(pair.shake_hands(), (None, None))
        self.assertGreater(pair.bases[0].seen, 0)
        pair.bases[0].connection = None

    def test_everything_goes(self):
        pair = Pair(wrap=PythonBase)
        gone = []
        for name, instance in ("base", pair.bases[0]), ("client", pair.client):
            instance.weak_ref(gone.append, name)
        self.assertEqual(pair.shake_hands(), (None, None))
        raw.send(pair.client, b"x")
        del pair, instance
        gc.collect()
        # The worker may hold the base for the rest of its turn.
        iterate_until(lambda: sorted(gone) == ["base", "client"])


@ours_alone
class InterpreterLockTest(TestCase):
    """Each call to a base needs Python's interpreter lock, which may be held by a thread that waits for the connection."""

    class Slow(PythonBase, Gio.DatagramBased):
        inside = None

        def do_receive_messages(self, *arguments):
            self.inside.set()
            time.sleep(0.05)  # gives the lock away for a while, and takes it again
            return super().do_receive_messages(*arguments)

    def test_a_connection_goes(self):
        for _ in range(3):
            bases = iter([PythonBase, self.Slow])
            pair = Pair(wrap=lambda socket: next(bases)(socket))
            slow = pair.bases[1]
            slow.inside = threading.Event()
            self.assertEqual(pair.shake_hands(), (None, None))
            pair.server.attribute = "which makes PyGObject hold its lock while it drops the connection"
            slow.inside.clear()
            # The worker still looks after the last flight of the server, and so reads this.
            raw.send(pair.client, b"x")
            self.assertTrue(slow.inside.wait(PATIENCE))
            del pair.server

    def test_a_source_goes(self):
        slow = self.Slow(socket_pair()[0])
        slow.inside = threading.Event()
        client = Gio.dtls_client_connection_new(slow, None)
        sources = [client.create_source(GLib.IOCondition.IN, None) for _ in range(3)]
        cancellable = Gio.Cancellable()
        client.handshake_async(0, cancellable, lambda *_: done.append(True))
        done = []
        while sources:
            slow.inside.clear()
            self.assertTrue(slow.inside.wait(PATIENCE))
            sources.pop()
        cancellable.cancel()
        iterate_until(lambda: done)


class Replaced(PythonBase, Gio.DatagramBased):
    """A base one of whose functions a test replaces."""

    receive = send = source = None

    def do_receive_messages(self, messages, *arguments):
        if self.receive:
            return self.receive(messages)
        return super().do_receive_messages(messages, *arguments)

    def do_send_messages(self, messages, *arguments):
        if self.send:
            return self.send(messages)
        return super().do_send_messages(messages, *arguments)

    def do_create_source(self, condition, cancellable):
        if self.source:
            return self.source(condition)
        return super().do_create_source(condition, cancellable)


@ours_alone
class SourceTest(TestCase):
    def shake_hands(self, source):
        pair = Pair(wrap=Replaced)
        for base in pair.bases:
            base.source = source
        results = pair.shake_hands(), Pair.shake_hands_blocking(pair)
        raw.send(pair.client, b"x")
        received = Thread(raw.receive, pair.server).result()
        self.assertEqual((results, received), (((None, None), (None, None)), b"x"))

    def test_a_base_without_a_source_is_polled(self):
        self.shake_hands(lambda condition: None)

    def test_a_base_whose_source_is_gone_is_polled(self):
        def destroyed(condition):
            source = GLib.idle_source_new()
            source.destroy()
            return source

        self.shake_hands(destroyed)

    def test_a_base_whose_source_is_in_use_is_polled(self):
        used = GLib.timeout_source_new(1000)
        used.set_callback(lambda _: True)
        used.attach(None)
        self.shake_hands(lambda condition: used)
        used.destroy()

    def test_a_base_that_raises_is_polled(self):
        def raise_error(condition):
            raise ValueError("an error that the test wants")

        with contextlib.redirect_stderr(io.StringIO()) as printed:
            self.shake_hands(raise_error)
        self.assertIn("an error that the test wants", printed.getvalue())

    def test_a_source_of_python_functions_ends_the_process(self):
        # GLib.Source with prepare, check and dispatch: PyGObject (3.42) expects a tuple of Python's behind each callback
        # of such a source, and whoever gets a source from Gio.DatagramBased sets one of C's.
        program = """
from python_base import PythonBase
class Source(GLib.Source):
    def prepare(self): return True, 0
    def check(self): return True
    def dispatch(self, callback, data): return True
class Base(PythonBase, Gio.DatagramBased):
    def do_create_source(self, condition, cancellable):
        self.source = Source()
        return self.source
pair = Pair(wrap=Base)
pair.shake_hands_blocking()
"""
        self.assertEqual(run_python(program).returncode, -signal.SIGSEGV)


@ours_alone
class WrongTest(TestCase):
    """What a base does wrong ends in a GLib.Error."""

    def error(self, is_blocking=False, **functions):
        pair = Pair(wrap=lambda socket: socket)
        base = Replaced(socket_pair()[0])
        for name, function in functions.items():
            setattr(base, name, function)
        client = Gio.dtls_client_connection_new(base, None)
        if is_blocking:
            return error_of(client.handshake)
        errors = []
        client.handshake_async(0, None, lambda source, result: errors.append(error_of(source.handshake_finish, result)))
        iterate_until(lambda: errors)
        del pair
        return errors[0]

    def test_a_base_that_lacks_functions_is_refused(self):
        class Empty(GObject.Object, Gio.DatagramBased):
            pass

        error = error_of(Gio.dtls_client_connection_new, Empty(), None)
        self.assertIOError(error, Gio.IOErrorEnum.NOT_SUPPORTED)
        self.assertIn("receive_messages, send_messages, create_source", error.message)

    def test_nothing_received_is_the_end(self):
        for is_blocking in False, True:
            self.assertTlsError(self.error(is_blocking, receive=lambda messages: 0), Gio.TlsError.NOT_TLS)

    def test_none_received_is_the_end(self):
        with contextlib.redirect_stderr(io.StringIO()) as printed:
            self.assertTlsError(self.error(receive=lambda messages: None), Gio.TlsError.NOT_TLS)
        self.assertIn("NoneType", printed.getvalue())

    def test_an_exception_is_the_end(self):
        def raise_error(messages):
            raise ValueError("an error that the test wants")

        with contextlib.redirect_stderr(io.StringIO()) as printed:
            self.assertTlsError(self.error(receive=raise_error), Gio.TlsError.NOT_TLS)
        self.assertIn("an error that the test wants", printed.getvalue())

    def test_more_bytes_than_there_is_room_for_are_dropped(self):
        for size in 20000, 2**31, 2**63, 2**64 - 1:
            replies = []

            def receive(messages):
                raw.InputMessage.from_address(hash(messages[0])).bytes_received = size
                replies.append(size)
                if len(replies) < 3:
                    return 1
                return 0

            with self.subTest(size=size):
                self.assertTlsError(self.error(receive=receive), Gio.TlsError.NOT_TLS)

    def test_errors_are_broken_promises(self):
        """PyGObject (3.42) returns 0 along with the error, where GIO demands -1."""
        for function, is_blocking in (
            ("receive", False),
            ("receive", True),
            ("send", False),
            ("send", True),
        ):
            program = f"""
from python_base import PythonBase
class Base(PythonBase, Gio.DatagramBased):
    def do_{function}_messages(self, *arguments):
        raise GLib.Error.new_literal(Gio.io_error_quark(), "Not now", Gio.IOErrorEnum.WOULD_BLOCK)
client = Gio.dtls_client_connection_new(Base(socket_pair()[0]), None)
errors = []
if {is_blocking}:
    errors.append(error_of(client.handshake))
else:
    client.handshake_async(0, None, lambda source, result: errors.append(error_of(source.handshake_finish, result)))
    iterate_until(lambda: errors)
print(errors[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT), errors[0].message)
"""
            with self.subTest(function=function, is_blocking=is_blocking):
                result = run_python(program, fatal_criticals=False)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("True The base socket of the DTLS connection is broken", result.stdout)
                self.assertIn("(retval < 0) == (child_error != NULL)", result.stderr)
                self.assertEqual(run_python(program).returncode, -signal.SIGTRAP)

    def test_more_messages_than_asked_for_are_a_broken_promise(self):
        program = """
from python_base import PythonBase
class Base(PythonBase, Gio.DatagramBased):
    def do_receive_messages(self, *arguments):
        return 1000
client = Gio.dtls_client_connection_new(Base(socket_pair()[0]), None)
print(error_of(client.handshake).message)
"""
        result = run_python(program, fatal_criticals=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("The base socket of the DTLS connection is broken", result.stdout)

    def test_an_error_while_established_is_one_of_one_call(self):
        program = """
import raw
from python_base import PythonBase
class Base(PythonBase, Gio.DatagramBased):
    fails = False
    def do_receive_messages(self, *arguments):
        if self.fails:
            raise GLib.Error("an error that the test wants")
        return super().do_receive_messages(*arguments)
pair = Pair(wrap=Base)
print(pair.shake_hands_blocking())
pair.bases[0].fails = True
raw.send(pair.server, b"x")
print(error_of(raw.receive, pair.client).message)
pair.bases[0].fails = False
print(raw.receive(pair.client))
"""
        result = run_python(program, fatal_criticals=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        first, second, third = result.stdout.splitlines()
        self.assertEqual((first, third), ("(None, None)", "b'x'"))
        self.assertIn("The base socket of the DTLS connection is broken", second)

    def test_a_base_that_takes_nothing_ends_with_the_time_limit_of_the_caller(self):
        base = Replaced(socket_pair()[0])
        base.send = lambda messages: 0
        client = Gio.dtls_client_connection_new(base, None)
        self.assertIOError(error_of(raw.send, client, b"x", 200_000), Gio.IOErrorEnum.TIMED_OUT)


class LimitsTest(TestCase):
    """What PyGObject (3.42) makes of the structs."""

    def test_a_vector_takes_an_address_and_no_bytes(self):
        vector = Gio.OutputVector()
        for data in b"data", bytearray(4), memoryview(b"data"):
            with self.assertRaises((TypeError, ValueError)):
                vector.buffer = data
        buffer = ctypes.create_string_buffer(b"data", 4)
        vector.buffer, vector.size = ctypes.addressof(buffer), 4
        self.assertEqual(raw.Vector.from_address(hash(vector)).buffer, ctypes.addressof(buffer))

    def test_a_message_takes_no_vectors(self):
        program = """
for kind, vector in (Gio.OutputMessage, Gio.OutputVector()), (Gio.InputMessage, Gio.InputVector()):
    message = kind()
    for value in vector, [vector]:
        try:
            message.vectors = value
            print("taken", kind)
        except (TypeError, RuntimeError):
            pass
print("done")
"""
        result = run_python(program, fatal_criticals=False)
        self.assertEqual(result.stdout, "done\n", result.stderr)

    @ours_alone
    def test_the_vectors_of_a_message_cannot_be_read(self):
        program = """
from python_base import PythonBase
class Base(PythonBase, Gio.DatagramBased):
    def do_receive_messages(self, messages, *arguments):
        print(messages[0].vectors, messages[0].num_vectors)
        return 0
error_of(Gio.dtls_client_connection_new(Base(socket_pair()[0]), None).handshake)
"""
        result = run_python(program, fatal_criticals=False)
        self.assertEqual(result.stdout, "[] 1\n", result.stderr)
        self.assertIn("Can't copy array element", result.stderr)
        self.assertEqual(run_python(program).returncode, -signal.SIGTRAP)

    @ours_alone
    def test_what_was_received_is_not_told(self):
        # A message by ctypes: PyGObject copies it for the call, so that what came stays where nobody looks.
        pair = Pair()
        self.assertEqual(pair.shake_hands_blocking(), (None, None))
        raw.send(pair.client, b"four")
        buffer = ctypes.create_string_buffer(10)
        vector = raw.Vector(ctypes.addressof(buffer), 10)
        message = Gio.InputMessage()
        content = raw.InputMessage.from_address(hash(message))
        content.vectors, content.num_vectors = ctypes.pointer(vector), 1
        self.assertEqual(pair.server.receive_messages([message], 0, -1, None), 1)
        self.assertEqual((buffer.raw[:4], message.bytes_received), (b"four", 0))

    @ours_alone
    def test_a_message_by_ctypes_is_sent(self):
        pair = Pair()
        self.assertEqual(pair.shake_hands_blocking(), (None, None))
        buffer = ctypes.create_string_buffer(b"four", 4)
        vector = raw.Vector(ctypes.addressof(buffer), 4)
        message = Gio.OutputMessage()
        content = raw.OutputMessage.from_address(hash(message))
        content.vectors, content.num_vectors = ctypes.pointer(vector), 1
        self.assertEqual(pair.client.send_messages([message], 0, -1, None), 1)
        self.assertEqual(raw.receive(pair.server), b"four")

    @ours_alone
    def test_a_message_without_vectors_drops_a_datagram(self):
        pair = Pair()
        self.assertEqual(pair.shake_hands_blocking(), (None, None))
        for data in b"dropped", b"kept":
            raw.send(pair.client, data)
        self.assertEqual(pair.server.receive_messages([Gio.InputMessage()], 0, -1, None), 1)
        self.assertEqual(raw.receive(pair.server), b"kept")
        self.assertEqual(pair.server.receive_messages([], 0, 0, None), 0)
        self.assertIOError(
            error_of(pair.server.receive_messages, [Gio.InputMessage()], 0, 0, None), Gio.IOErrorEnum.WOULD_BLOCK
        )
        self.assertIOError(
            error_of(pair.server.receive_messages, [Gio.InputMessage()], 1, 0, None), Gio.IOErrorEnum.INVALID_ARGUMENT
        )


if __name__ == "__main__":
    main()
