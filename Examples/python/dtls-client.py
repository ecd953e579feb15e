#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends words to a DTLS server that echoes them, and prints what comes back.

It uses the library's own API, whose datagrams are bytes; GIO's need C. An installation elsewhere than in the system's
folders is found by GI_TYPELIB_PATH and LD_LIBRARY_PATH.
"""

import argparse
import sys

import gi

gi.require_version("GDtlsSwift", "1.0")
from gi.repository import GDtlsSwift, Gio, GLib  # noqa: E402


def open_socket(host, port):
    address = Gio.NetworkAddress.new(host, port).enumerate().next(None)
    socket = Gio.Socket.new(address.get_family(), Gio.SocketType.DATAGRAM, Gio.SocketProtocol.UDP)
    socket.connect(address, None)
    return socket


def talk(connection, words, timeout):
    """Sends one word after the other, each when the answer to the one before has come."""
    for word in words:
        connection.send(word.encode(), timeout, None)  # shakes hands first, where there was no handshake
        answer = connection.receive(timeout, None)
        if answer is None:
            print("the server has closed")
            return
        print(answer.get_data().decode(errors="replace"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("words", nargs="*", default=["hello"], help="what to send (default: hello)")
    parser.add_argument("--ca", help="PEM file of trusted authorities (default: the system's)")
    parser.add_argument("--identity", help="name the certificate must bear (default: host)")
    parser.add_argument("--cert", help="PEM file with the client's own certificate and key")
    parser.add_argument("--timeout", type=float, default=10, help="seconds that each step may take (default: 10)")
    options = parser.parse_args()

    try:
        identity = Gio.NetworkAddress.new(options.identity or options.host, options.port)
        connection = GDtlsSwift.ClientConnection.new(open_socket(options.host, options.port), identity)
        if options.ca:
            connection.set_database(GDtlsSwift.FileDatabase.new(options.ca))
        if options.cert:
            connection.set_certificate(GDtlsSwift.Certificate.new_from_file(options.cert))
        talk(connection, options.words, int(options.timeout * 1_000_000))
        connection.close(None)
    except GLib.Error as error:
        sys.exit(f"dtls-client: {error.message}")


if __name__ == "__main__":
    main()
