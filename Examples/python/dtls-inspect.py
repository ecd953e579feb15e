#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shakes hands with a DTLS server and tells what was agreed on and how it identified itself.

It knows GIO alone, and runs on any provider. It moves no data, because PyGObject cannot: sending and receiving through
Gio.DatagramBased takes arrays of Gio.OutputVector and Gio.InputVector, whose pointer fields Python may not fill.
dtls-client.py does, by the library's own API.
"""

import argparse
import os
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402


def open_socket(host, port):
    address = Gio.NetworkAddress.new(host, port).enumerate().next(None)
    socket = Gio.Socket.new(address.get_family(), Gio.SocketType.DATAGRAM, Gio.SocketProtocol.UDP)
    socket.connect(address, None)
    return socket


def shake_hands(connection, seconds):
    """Raises GLib.Error if the handshake fails or takes too long."""
    loop = GLib.MainLoop()
    time_limit = Gio.Cancellable()
    timer = GLib.timeout_add_seconds(seconds, time_limit.cancel)
    results = []

    def on_done(connection, result):
        results.append(result)
        loop.quit()

    connection.handshake_async(GLib.PRIORITY_DEFAULT, time_limit, on_done)
    loop.run()
    if not time_limit.is_cancelled():
        GLib.source_remove(timer)
    connection.handshake_finish(results[0])


def names(errors):
    if not errors:
        return "passed"
    return ", ".join(nick.replace("-", " ") for nick in errors.value_nicks if nick != "no-flags")


def report(connection):
    certificate = connection.get_peer_certificate()
    print("provider      ", connection.__gtype__.name)
    print("version       ", connection.get_protocol_version().value_nick)
    print("cipher        ", connection.get_ciphersuite_name())
    print("protocol      ", connection.get_negotiated_protocol() or "none agreed on")
    print("certificate   ", certificate.get_subject_name())
    print("issued by     ", certificate.get_issuer_name())
    print("valid until   ", certificate.get_not_valid_after().format_iso8601())
    print("verification  ", names(connection.get_peer_certificate_errors()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--ca", help="PEM file of trusted authorities (default: the system's)")
    parser.add_argument("--identity", help="name the certificate must bear (default: host)")
    parser.add_argument("--alpn", action="append", default=[], help="application protocol to offer; may be repeated")
    parser.add_argument("--timeout", type=int, default=10, help="seconds the handshake may take (default: 10)")
    options = parser.parse_args()

    try:
        socket = open_socket(options.host, options.port)
        identity = Gio.NetworkAddress.new(options.identity or options.host, options.port)
        connection = Gio.dtls_client_connection_new(socket, identity)
        if options.ca:
            connection.set_database(Gio.TlsFileDatabase.new(os.path.abspath(options.ca)))
        if options.alpn:
            connection.set_advertised_protocols(options.alpn)
        connection.connect(
            "accept-certificate", lambda connection, certificate, errors: print("refusing:", names(errors))
        )
        shake_hands(connection, options.timeout)
        report(connection)
        connection.close()
    except GLib.Error as error:
        sys.exit(f"dtls-inspect: {error.message}")


if __name__ == "__main__":
    main()
