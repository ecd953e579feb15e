#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Handlers, main loops, sources, cancellables and threads."""

import contextlib
import gc
import io
import threading
import time

import raw
from harness import (
    PATIENCE,
    GLib,
    Gio,
    Pair,
    TestCase,
    Thread,
    certificate,
    error_of,
    iterate_until,
    main,
    ours_alone,
)

IN, OUT = GLib.IOCondition.IN, GLib.IOCondition.OUT
UNKNOWN_CA = Gio.TlsCertificateFlags.UNKNOWN_CA


def connected_pair():
    pair = Pair()
    if pair.shake_hands_blocking() != (None, None):
        raise AssertionError("no handshake")
    return pair


class HandlerTest(TestCase):
    def setUp(self):
        self.pair = Pair(certificate_file="stranger-p256.pem")
        self.client = self.pair.client

    def test_a_handler_that_raises_refuses(self):
        def raise_error(*_):
            raise ValueError("an error that the test wants")

        self.client.connect("accept-certificate", raise_error)
        with contextlib.redirect_stderr(io.StringIO()) as printed:
            error, _ = self.pair.shake_hands()
        self.assertTlsError(error, Gio.TlsError.BAD_CERTIFICATE)
        self.assertIn("an error that the test wants", printed.getvalue())

    def test_a_handler_may_disconnect_itself(self):
        def accept(connection, *_):
            connection.disconnect(handler)
            return True

        handler = self.client.connect("accept-certificate", accept)
        self.assertEqual(self.pair.shake_hands(), (None, None))
        self.assertFalse(self.client.emit_accept_certificate(certificate("ca.pem"), UNKNOWN_CA))

    def test_a_handler_may_drop_the_connection(self):
        gone = []
        self.client.weak_ref(gone.append, True)

        def drop(*_):
            del self.client, self.pair.client

        self.client.connect("accept-certificate", drop)
        server = self.pair.server
        self.client.handshake_async(0, None, lambda source, result: error_of(source.handshake_finish, result))
        server.handshake_async(0, None, lambda source, result: ended.append(error_of(source.handshake_finish, result)))
        ended = []
        iterate_until(lambda: ended)
        self.assertTlsError(ended[0], Gio.TlsError.MISC)
        iterate_until(lambda: gc.collect() is not None and gone)

    @ours_alone
    def test_a_handler_may_not_wait_for_its_own_connection(self):
        errors = []

        def try_everything(connection, *_):
            errors.extend(
                error_of(*call)
                for call in (
                    (connection.handshake,),
                    (connection.close,),
                    (raw.send, connection, b"x", 1000),
                    (raw.receive, connection, 1000),
                )
            )
            return True

        self.client.connect("accept-certificate", try_everything)
        self.assertEqual(self.pair.shake_hands(), (None, None))
        self.assertEqual(len(errors), 4)
        for error in errors:
            self.assertIOError(error, Gio.IOErrorEnum.FAILED)

    def test_a_handler_may_talk_through_another_connection(self):
        other = connected_pair()

        def talk(*_):
            raw.send(other.client, b"may I?")
            return raw.receive(other.server) == b"may I?"

        self.client.connect("accept-certificate", talk)
        self.assertEqual(self.pair.shake_hands(), (None, None))

    def test_a_handler_may_iterate_the_main_context(self):
        def iterate(*_):
            for _ in range(10):
                GLib.MainContext.default().iteration(False)
            return True

        self.client.connect("accept-certificate", iterate)
        self.assertEqual(self.pair.shake_hands(), (None, None))

    def test_notify_handlers_see_the_end_of_the_handshake(self):
        pair = Pair()
        seen = []
        pair.client.connect("notify", lambda source, spec: seen.append(spec.name))
        pair.client.handshake_async(0, None, lambda *_: seen.append("callback"))
        pair.server.handshake_async(0, None, lambda *_: None)
        iterate_until(lambda: "callback" in seen)
        self.assertEqual(seen[-1], "callback")
        self.assertEqual(seen[:2], ["peer-certificate", "peer-certificate-errors"])
        self.assertEqual(len(set(seen)), len(seen))

    def test_a_callback_is_not_needed(self):
        pair = Pair()
        for connection in pair.client, pair.server:
            connection.handshake_async(GLib.PRIORITY_DEFAULT, None, None)
        iterate_until(lambda: pair.client.get_ciphersuite_name() and pair.server.get_ciphersuite_name())
        pair.client.close_async(GLib.PRIORITY_DEFAULT, None, None)
        self.assertIsNone(Thread(raw.receive, pair.server).result())

    def test_a_callback_may_begin_the_next_operation(self):
        pair = Pair()
        ended = []

        def on_shaken(source, result):
            source.handshake_finish(result)
            source.close_async(0, None, on_closed)

        def on_closed(source, result):
            ended.append(source.close_finish(result))

        pair.server.handshake_async(0, None, None)
        pair.client.handshake_async(0, None, on_shaken)
        iterate_until(lambda: ended)
        self.assertEqual(ended, [True])

    @ours_alone
    def test_a_result_belongs_to_its_operation(self):
        pair = connected_pair()
        results = []
        pair.client.close_async(0, None, lambda source, result: results.append(result))
        iterate_until(lambda: results)
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertIOError(error_of(pair.client.handshake_finish, results[0]), Gio.IOErrorEnum.INVALID_ARGUMENT)


class SourceTest(TestCase):
    def watch(self, connection, condition, cancellable=None, data="some data"):
        """A source that lists what its callback gets."""
        calls = []
        source = connection.create_source(condition, cancellable)
        source.set_callback(lambda *arguments: calls.append(arguments) or True, data)
        source.attach(None)
        self.addCleanup(source.destroy)
        return source, calls

    def test_writable(self):
        pair = connected_pair()
        source, calls = self.watch(pair.client, OUT)
        iterate_until(lambda: calls)
        # PyGObject (3.42) sets it as a callback of a plain source: neither the connection nor the condition is passed.
        self.assertEqual(calls[0], ("some data",))

    def test_readable(self):
        pair = connected_pair()
        source, calls = self.watch(pair.server, IN)
        self.assertFalse(GLib.MainContext.default().iteration(False))
        raw.send(pair.client, b"one")
        iterate_until(lambda: calls)
        self.assertEqual(raw.receive(pair.server, 0), b"one")
        calls.clear()
        for _ in range(3):
            GLib.MainContext.default().iteration(False)
        self.assertEqual(calls, [])

    @ours_alone
    def test_readable_while_something_is_left(self):
        pair = connected_pair()
        source, calls = self.watch(pair.server, IN)
        for data in b"one", b"two":
            raw.send(pair.client, data)
        for data in b"one", b"two":
            calls.clear()
            iterate_until(lambda: calls)
            self.assertEqual(raw.receive(pair.server, 0), data)

    def test_readable_at_the_end(self):
        pair = connected_pair()
        source, calls = self.watch(pair.server, IN)
        pair.client.close()
        iterate_until(lambda: calls)
        self.assertIsNone(raw.receive(pair.server, 0))

    def test_cancelled(self):
        pair = connected_pair()
        cancellable = Gio.Cancellable()
        source, calls = self.watch(pair.server, IN, cancellable)
        GLib.MainContext.default().iteration(False)
        self.assertEqual(calls, [])
        Thread(cancellable.cancel).result()
        iterate_until(lambda: calls)

    def test_false_ends_it(self):
        pair = connected_pair()
        source = pair.client.create_source(OUT, None)
        calls = []
        source.set_callback(lambda *_: calls.append(True) and False)
        source.attach(None)
        iterate_until(lambda: source.is_destroyed())
        self.assertEqual(len(calls), 1)

    def test_in_a_context_of_its_own(self):
        pair = connected_pair()

        def receive():
            context = GLib.MainContext()
            received = []
            source = pair.server.create_source(IN, None)
            source.set_callback(lambda *_: received.append(raw.receive(pair.server, 0)) or True)
            source.attach(context)
            iterate_until(lambda: received, context)
            source.destroy()
            return received

        receiving = Thread(receive)
        raw.send(pair.client, b"hello")
        self.assertEqual(receiving.result(), [b"hello"])

    @ours_alone
    def test_it_holds_its_connection(self):
        pair = connected_pair()
        gone = []
        pair.client.weak_ref(gone.append, True)
        source, calls = self.watch(pair.client, IN)
        del pair.client
        gc.collect()
        self.assertEqual(gone, [])
        raw.send(pair.server, b"x")
        iterate_until(lambda: calls)
        source.destroy()
        del source
        self.doCleanups()
        iterate_until(lambda: gc.collect() is not None and gone)

    @ours_alone
    def test_conditions(self):
        pair = Pair()
        # Ready to be called, which begins the handshake.
        self.assertEqual(pair.client.condition_check(IN | OUT), IN | OUT)
        self.assertEqual(pair.shake_hands(), (None, None))
        self.assertEqual(pair.server.condition_check(IN | OUT), OUT)
        self.assertEqual(pair.server.condition_check(IN), 0)
        raw.send(pair.client, b"x")
        self.assertTrue(pair.server.condition_wait(IN, -1, None))
        self.assertEqual(pair.server.condition_check(IN | OUT), IN | OUT)
        raw.receive(pair.server)
        self.assertIOError(error_of(pair.server.condition_wait, IN, 10_000, None), Gio.IOErrorEnum.TIMED_OUT)
        self.assertIOError(error_of(pair.server.condition_wait, IN, 0, None), Gio.IOErrorEnum.TIMED_OUT)
        pair.server.close()
        self.assertEqual(pair.server.condition_check(IN | OUT), GLib.IOCondition.HUP)

    @ours_alone
    def test_waiting_is_cancelled(self):
        pair = connected_pair()
        cancellable = Gio.Cancellable()
        waiting = Thread(error_of, pair.server.condition_wait, IN, -1, cancellable)
        cancellable.cancel()
        self.assertIOError(waiting.result(), Gio.IOErrorEnum.CANCELLED)


class ThreadTest(TestCase):
    def test_python_runs_while_a_thread_is_blocked(self):
        pair = Pair()
        cancellable = Gio.Cancellable()
        waiting = Thread(error_of, pair.client.handshake, cancellable)
        # Were the interpreter's lock held, none of this would be reached.
        for _ in range(3):
            time.sleep(0.01)
        cancellable.cancel()
        self.assertIOError(waiting.result(), Gio.IOErrorEnum.CANCELLED)

    def test_handlers_of_blocked_threads(self):
        pairs = [Pair(certificate_file="stranger-p256.pem") for _ in range(8)]
        asked_in = []
        for pair in pairs:
            pair.client.connect("accept-certificate", lambda *_: asked_in.append(threading.get_ident()) or True)
        threads = [Thread(end.handshake) for pair in pairs for end in (pair.client, pair.server)]
        self.assertEqual([thread.result() for thread in threads], [True] * 16)
        self.assertEqual(len(asked_in), 8)
        self.assertNotIn(threading.get_ident(), asked_in)

    def test_handlers_in_the_main_loop_while_threads_are_blocked(self):
        pairs = [Pair(certificate_file="stranger-p256.pem") for _ in range(8)]
        asked_in, ended = [], []
        for pair in pairs:
            pair.client.connect("accept-certificate", lambda *_: asked_in.append(threading.get_ident()) or True)
            pair.client.handshake_async(
                0, None, lambda source, result: ended.append(error_of(source.handshake_finish, result))
            )
        threads = [Thread(pair.server.handshake) for pair in pairs]
        iterate_until(lambda: len(ended) == 8)
        self.assertEqual(ended, [None] * 8)
        self.assertEqual([thread.result() for thread in threads], [True] * 8)
        self.assertEqual(set(asked_in), {threading.get_ident()})

    @ours_alone
    def test_a_handshake_progresses_while_the_main_loop_is_blocked(self):
        pair = Pair()
        ended = []
        pair.client.handshake_async(0, None, lambda source, result: ended.append(result))
        self.assertTrue(pair.server.handshake())
        self.assertEqual(ended, [])
        iterate_until(lambda: ended)

    def test_one_thread_receives_while_another_sends(self):
        pair = connected_pair()
        count = 100
        receiving = Thread(lambda: [raw.receive(pair.client) for _ in range(count)])
        echoing = Thread(lambda: [raw.send(pair.server, raw.receive(pair.server)) for _ in range(count)])
        for index in range(count):
            raw.send(pair.client, b"%d" % index)
        echoing.result()
        self.assertEqual(receiving.result(), [b"%d" % index for index in range(count)])

    @ours_alone
    def test_closing_wakes_whoever_receives(self):
        pair = connected_pair()
        receiving = Thread(error_of, raw.receive, pair.client)
        time.sleep(0.05)  # so that it waits in most cases; the result is the same if not
        self.assertTrue(pair.client.close())
        self.assertIOError(receiving.result(), Gio.IOErrorEnum.CLOSED)

    def test_handlers_of_a_cancellable(self):
        for _ in range(20):
            pair = Pair()
            cancellable = Gio.Cancellable()
            heard = []
            cancellable.connect(lambda *_: heard.append(threading.get_ident()), None)
            waiting = Thread(error_of, pair.client.handshake, cancellable)
            other = Pair()
            other.client.handshake_async(0, cancellable, lambda source, result: ended.append(result))
            ended = []
            cancellable.cancel()
            self.assertIOError(waiting.result(), Gio.IOErrorEnum.CANCELLED)
            iterate_until(lambda: ended)
            self.assertIOError(error_of(other.client.handshake_finish, ended[0]), Gio.IOErrorEnum.CANCELLED)
            self.assertEqual(heard, [threading.get_ident()])

    @ours_alone
    def test_after_a_cancellation_the_handshake_goes_on(self):
        pair = Pair()
        cancellable = Gio.Cancellable()
        waiting = Thread(error_of, pair.client.handshake, cancellable)
        cancellable.cancel()
        self.assertIOError(waiting.result(), Gio.IOErrorEnum.CANCELLED)
        self.assertEqual(pair.shake_hands_blocking(), (None, None))

    def test_time_limits(self):
        pair = connected_pair()
        begin = time.monotonic()
        self.assertIOError(error_of(raw.receive, pair.client, 20_000), Gio.IOErrorEnum.TIMED_OUT)
        self.assertGreaterEqual(time.monotonic() - begin, 0.02)
        self.assertIOError(error_of(raw.receive, pair.client, 0), Gio.IOErrorEnum.WOULD_BLOCK)
        self.assertLess(time.monotonic() - begin, PATIENCE)


if __name__ == "__main__":
    main()
