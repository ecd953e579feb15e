#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What conversations leave behind: nothing. Every critical ends the process (G_DEBUG=fatal-criticals)."""

import gc
import os
import weakref

import raw
from harness import Gio, GLib, Pair, TestCase, certificate, connection_classes, iterate_until, main, ours_alone
from python_base import PythonBase

ParentClient, ParentServer = connection_classes()


class Client(ParentClient, Gio.DtlsConnection):
    def do_accept_certificate(self, peer, errors):
        return True


class Server(ParentServer, Gio.DtlsConnection):
    def do_accept_certificate(self, peer, errors):
        return True


class Interaction(Gio.TlsInteraction):
    def do_request_certificate(self, connection, flags, cancellable):
        connection.set_certificate(certificate("client-p256.pem"))
        return Gio.TlsInteractionResult.HANDLED


class Database(Gio.TlsDatabase):
    def do_verify_chain(self, *arguments):
        return Gio.TlsCertificateFlags.UNKNOWN_CA


def descriptors():
    return len(os.listdir("/proc/self/fd"))


class Witness:
    """Counts the GObjects and the Python objects that are gone."""

    def __init__(self):
        self.born = 0
        self.gone = []

    def watch(self, *instances):
        for instance in instances:
            self.born += 2
            instance.weak_ref(self.gone.append, "GObject")
            weakref.finalize(instance, self.gone.append, "wrapper")

    def all_are_gone(self):
        gc.collect()
        return len(self.gone) == self.born


class LifetimeTest(TestCase):
    conversations = 200

    def converse(self, make, talk=lambda pair: None):
        """Has conversations, and looks after what they leave."""
        self.converse_once(make, talk, Witness())
        before, threads = descriptors(), len(os.listdir("/proc/self/task"))
        witness = Witness()
        for _ in range(self.conversations):
            self.converse_once(make, talk, witness)
        # A connection may live until the worker's turn is over, a callback until its context is iterated.
        iterate_until(witness.all_are_gone)
        # GTask's threads, the worker, the test's own: a few come and go.
        self.assertLessEqual(descriptors(), before + 8)
        self.assertLessEqual(len(os.listdir("/proc/self/task")), threads + 16)

    def converse_once(self, make, talk, witness):
        pair = make()
        witness.watch(pair.client, pair.server, *pair.sockets, pair.authorities)
        if pair.bases[0] is not pair.sockets[0]:
            witness.watch(*pair.bases)
        self.assertEqual(pair.shake_hands(), (None, None))
        raw.send(pair.client, b"a word")
        self.assertEqual(raw.receive(pair.server), b"a word")
        talk(pair)

    def test_plain(self):
        self.converse(Pair)

    def test_closed(self):
        def close(pair):
            pair.client.close()
            self.assertIsNone(raw.receive(pair.server))
            pair.server.close()

        self.converse(Pair, close)

    def test_closed_later(self):
        self.converse(Pair, lambda pair: pair.client.close_async(0, None, lambda source, result: None))

    def test_with_handlers_and_sources(self):
        def watch(pair):
            source = pair.server.create_source(GLib.IOCondition.IN, None)
            source.set_callback(lambda *_: pair.client.get_ciphersuite_name())
            source.attach(None)
            raw.send(pair.client, b"another")
            GLib.MainContext.default().iteration(True)
            source.destroy()

        def make():
            pair = Pair(certificate_file="stranger-p256.pem")
            pair.client.connect("accept-certificate", lambda *_: True)
            pair.client.connect("notify", lambda *_: None)
            return pair

        self.converse(make, watch)

    @ours_alone
    def test_derived(self):
        self.converse(lambda: Pair(Client, Server, certificate_file="stranger-p256.pem"))

    @ours_alone
    def test_with_an_interaction_and_a_database(self):
        def make():
            pair = Pair(Client, Server)
            pair.client.set_interaction(Interaction())
            pair.ask_for_client_certificate()
            pair.client.set_database(Database())
            return pair

        self.converse(make)

    @ours_alone
    def test_over_a_base_of_python(self):
        self.converse(lambda: Pair(wrap=PythonBase))

    def test_without_an_end(self):
        """Handshakes that were begun, and dropped."""
        before = descriptors()
        witness = Witness()
        for _ in range(self.conversations):
            pair = Pair()
            witness.watch(pair.client, *pair.sockets)
            cancellable = Gio.Cancellable()
            pair.client.handshake_async(0, cancellable, lambda source, result: None)
            cancellable.cancel()
            del pair
        iterate_until(witness.all_are_gone)
        self.assertLessEqual(descriptors(), before + 8)


if __name__ == "__main__":
    main()
