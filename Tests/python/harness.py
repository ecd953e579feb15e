# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests in Python share. TEST_CERTIFICATES names a folder made by make-certificates.sh; GIO_USE_TLS chooses the
provider."""

import contextlib
import gc
import os
import subprocess
import sys
import threading
import time
import unittest
import warnings

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib, GObject  # noqa: E402, F401

import raw  # noqa: E402

CERTIFICATES = os.environ["TEST_CERTIFICATES"]
IS_OURS = os.environ.get("GIO_USE_TLS") == "gdtls-swift"
# Seconds that anything may take: far more than it does, since the machine may be busy.
PATIENCE = 40

# Interactions written in Python can do their synchronous functions instead, which GIO calls in the context's thread.
python_may_answer_later = unittest.skipUnless(
    raw.callbacks_keep_their_data(), "PyGObject calls the callbacks of C without their user data, with this GLib"
)
ours_alone = unittest.skipUnless(IS_OURS, "glib-networking does not do this, or crashes")


def main():
    """Runs the tests of the script and ends with "N passed, N failed"."""
    result = unittest.main(exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    passed = result.testsRun - failed - len(result.expectedFailures) - len(result.skipped)
    # While the interpreter ends, PyGObject does not call Python any more, and gives whatever asks no answer.
    gc.collect()
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(failed > 0)


def file(name):
    return os.path.join(CERTIFICATES, name)


def certificate(name):
    return Gio.TlsCertificate.new_from_file(file(name))


def authorities():
    return Gio.TlsFileDatabase.new(file("ca.pem"))


def new_socket():
    socket = Gio.Socket.new(Gio.SocketFamily.IPV4, Gio.SocketType.DATAGRAM, Gio.SocketProtocol.UDP)
    socket.bind(Gio.InetSocketAddress.new_from_string("127.0.0.1", 0), False)
    return socket


def socket_pair():
    """Two UDP sockets that are connected to each other."""
    sockets = new_socket(), new_socket()
    for one, other in sockets, sockets[::-1]:
        one.connect(other.get_local_address(), None)
    return sockets


def connection_classes():
    """The Python classes of the provider's connections; PyGObject makes them when it first sees an instance."""
    client = Gio.dtls_client_connection_new(new_socket(), None)
    server = Gio.dtls_server_connection_new(new_socket(), None)
    return type(client), type(server)


class Pair:
    """A client and a server, and the sockets below them."""

    def __init__(self, client=None, server=None, certificate_file="server-p256.pem", wrap=lambda socket: socket):
        self.sockets = socket_pair()
        self.bases = [wrap(socket) for socket in self.sockets]
        self.authorities = authorities()
        identity = Gio.NetworkAddress.new("localhost", 4433)
        shown = certificate(certificate_file)
        if client:
            self.client = client(base_socket=self.bases[0], server_identity=identity)
            self.client.init(None)
        else:
            self.client = Gio.dtls_client_connection_new(self.bases[0], identity)
        if server:
            self.server = server(base_socket=self.bases[1], certificate=shown)
            self.server.init(None)
        else:
            self.server = Gio.dtls_server_connection_new(self.bases[1], shown)
        self.client.set_database(self.authorities)

    def ask_for_client_certificate(self, mode=Gio.TlsAuthenticationMode.REQUIRED):
        self.server.set_database(self.authorities)
        self.server.set_property("authentication-mode", mode)

    def shake_hands(self):
        """In a main loop; gives the errors of client and server, None where there is none."""
        time_limit = Gio.Cancellable()
        errors = {}
        timers = []

        def on_done(connection, result):
            errors[connection] = error_of(connection.handshake_finish, result)
            if errors[connection]:
                timers.append(cancel_soon(time_limit))

        for connection in self.server, self.client:
            connection.handshake_async(GLib.PRIORITY_DEFAULT, time_limit, on_done)
        iterate_until(lambda: len(errors) == 2)
        for timer in timers:
            timer.cancel()
        return errors[self.client], errors[self.server]

    def shake_hands_blocking(self):
        """In two threads; gives the errors of client and server, None where there is none."""
        time_limit = Gio.Cancellable()
        timers = []

        def shake_hands(connection):
            error = error_of(connection.handshake, time_limit)
            if error:
                timers.append(cancel_soon(time_limit))
            return error

        server = Thread(shake_hands, self.server)
        errors = shake_hands(self.client), server.result()
        for timer in timers:
            timer.cancel()
        return errors


class Thread:
    """Runs a function in a thread at once; result() gives what it gave, or raises what it raised."""

    def __init__(self, function, *arguments):
        def run():
            try:
                self._value = function(*arguments)
            except BaseException as error:  # noqa: B036: raised again in result()
                self._error = error

        self._value = self._error = None
        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def result(self):
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise TimeoutError("the thread does not end")
        if self._error:
            raise self._error
        return self._value


def cancel_soon(cancellable):
    """One end has failed: the other should hear of it; if not, it gives up before long."""
    timer = threading.Timer(3, cancellable.cancel)
    timer.daemon = True
    timer.start()
    return timer


def error_of(function, *arguments):
    """The GLib.Error that a call raises, or None."""
    try:
        function(*arguments)
    except GLib.Error as error:
        return error
    return None


def iterate_until(condition, context=None):
    """Iterates a main context until the condition holds, which it looks at several times a second at least."""
    context = context or GLib.MainContext.default()
    tick = GLib.timeout_source_new(50)
    tick.set_callback(lambda _: True)
    tick.attach(context)
    limit = time.monotonic() + PATIENCE
    try:
        while not condition():
            if time.monotonic() > limit:
                raise TimeoutError("nothing happens")
            context.iteration(True)
    finally:
        tick.destroy()


@contextlib.contextmanager
def complaints_allowed():
    """Around what GObject complains about: with warnings in GLib 2.74, with criticals in later ones."""
    mask = GLib.log_set_always_fatal(GLib.LogLevelFlags(0))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        GLib.log_set_always_fatal(mask)


def run_python(program, fatal_criticals=True, seconds=PATIENCE):
    """Runs a program of its own in which this module is imported as *, for what may take the process down."""
    environment = dict(os.environ, PYTHONPATH=os.path.dirname(os.path.abspath(__file__)))
    environment["G_DEBUG"] = "fatal-criticals" if fatal_criticals else ""
    return subprocess.run(
        [sys.executable, "-c", "from harness import *\n" + program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


class TestCase(unittest.TestCase):
    def assertMatches(self, error, domain, code):
        self.assertIsInstance(error, GLib.Error)
        self.assertTrue(error.matches(domain, code), error)

    def assertIOError(self, error, code):
        self.assertMatches(error, Gio.io_error_quark(), code)

    def assertTlsError(self, error, code):
        self.assertMatches(error, Gio.tls_error_quark(), code)

    @contextlib.contextmanager
    def assertRaisesIO(self, code):
        with self.assertRaises(GLib.Error) as caught:
            yield
        self.assertIOError(caught.exception, code)


def with_functions(connection_class, interface=Gio.DtlsConnection):
    """Gives a class of the provider's the do_… functions of an interface, so that Python subclasses can call them as
    connection_class.do_handshake(self, …): PyGObject has them ready, but only puts those of classes in place."""
    for function in interface.__info__.get_vfuncs():
        setattr(connection_class, "do_" + function.get_name(), function)
    return connection_class
