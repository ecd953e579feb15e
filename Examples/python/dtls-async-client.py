#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends words to a DTLS server that echoes them, at intervals, from a main loop that never blocks.

It uses the library's own API, whose datagrams are bytes; GIO's need C. An installation elsewhere than in the system's
folders is found by GI_TYPELIB_PATH and LD_LIBRARY_PATH.
"""

import argparse
import sys

import gi

gi.require_version("GDtlsSwift", "1.0")
from gi.repository import GDtlsSwift, Gio, GLib  # noqa: E402

PRIORITY = GLib.PRIORITY_DEFAULT


class Client:
    """One conversation. Each function is called when what it is named after has happened, and begins what comes next."""

    def __init__(self, connection, words, interval, time_limit):
        self.connection = connection
        self.words = list(words)
        self.interval = interval
        self.missing = len(self.words)
        self.failure = None
        self.loop = GLib.MainLoop()
        self.cancellable = Gio.Cancellable()
        self.timer = GLib.timeout_add(time_limit, self.on_time_up)

    def run(self):
        """Returns what went wrong, or None."""
        self.connection.handshake_async(PRIORITY, self.cancellable, self.on_shaken)
        self.loop.run()
        if self.timer:
            GLib.source_remove(self.timer)
        return self.failure

    def on_shaken(self, connection, result):
        if self.attempt(connection.handshake_finish, result):
            print("cipher", connection.get_ciphersuite_name(), flush=True)
            self.send_next()
            connection.receive_async(PRIORITY, self.cancellable, self.on_received)

    def send_next(self):
        if not self.words:
            return
        self.connection.send_async(self.words.pop(0).encode(), PRIORITY, self.cancellable, self.on_sent)

    def on_sent(self, connection, result):
        if self.attempt(connection.send_finish, result):
            GLib.timeout_add(self.interval, self.send_next)

    def on_received(self, connection, result):
        datagram = self.attempt(connection.receive_finish, result)
        if datagram is None:
            self.failure = self.failure or f"the server has closed, and {self.missing} answers are missing"
            self.loop.quit()
            return
        print(datagram.get_data().decode(errors="replace"), flush=True)
        self.missing -= 1
        if self.missing:
            connection.receive_async(PRIORITY, self.cancellable, self.on_received)
        else:
            connection.close_async(PRIORITY, None, self.on_closed)

    def on_closed(self, connection, result):
        self.attempt(connection.close_finish, result)
        self.loop.quit()

    def on_time_up(self):
        self.timer = None
        self.failure = "the time is up"
        self.cancellable.cancel()

    def attempt(self, finish, result):
        """The result of an operation; an error ends the conversation."""
        try:
            return finish(result)
        except GLib.Error as error:
            self.failure = self.failure or error.message
            self.loop.quit()
            return None


def open_socket(host, port):
    address = Gio.NetworkAddress.new(host, port).enumerate().next(None)
    socket = Gio.Socket.new(address.get_family(), Gio.SocketType.DATAGRAM, Gio.SocketProtocol.UDP)
    socket.connect(address, None)
    return socket


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("words", nargs="*", default=["hello"], help="what to send (default: hello)")
    parser.add_argument("--ca", help="PEM file of trusted authorities (default: the system's)")
    parser.add_argument("--identity", help="name the certificate must bear (default: host)")
    parser.add_argument("--interval", type=int, default=100, help="milliseconds between the words (default: 100)")
    parser.add_argument("--timeout", type=float, default=10, help="seconds that it all may take (default: 10)")
    options = parser.parse_args()

    try:
        identity = Gio.NetworkAddress.new(options.identity or options.host, options.port)
        connection = GDtlsSwift.ClientConnection.new(open_socket(options.host, options.port), identity)
        if options.ca:
            connection.set_database(GDtlsSwift.FileDatabase.new(options.ca))
    except GLib.Error as error:
        sys.exit(f"dtls-async-client: {error.message}")
    failure = Client(connection, options.words, options.interval, int(options.timeout * 1000)).run()
    if failure:
        sys.exit(f"dtls-async-client: {failure}")


if __name__ == "__main__":
    main()
