#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A DTLS server that echoes what it receives, to one client after the other.

It uses the library's own API, whose datagrams are bytes; GIO's need C. An installation elsewhere than in the system's
folders is found by GI_TYPELIB_PATH and LD_LIBRARY_PATH.

A connection wants a socket that is connected to its client. The first datagram of a client is therefore looked at, and
left in the socket for the handshake.
"""

import argparse
import socket
import sys

import gi

gi.require_version("GDtlsSwift", "1.0")
from gi.repository import GDtlsSwift, Gio, GLib  # noqa: E402


def await_client(address, port):
    """A socket that is connected to the next client, and the port it is bound to."""
    kind = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(kind, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        port = listener.getsockname()[1]
        print(f"listening on {address} port {port}", flush=True)
        _, client = listener.recvfrom(1, socket.MSG_PEEK)
        listener.connect(client)
        return Gio.Socket.new_from_fd(listener.detach()), port


def serve(client, certificate, authorities, timeout):
    connection = GDtlsSwift.ServerConnection.new(client, certificate)
    if authorities:
        connection.set_database(authorities)
        connection.set_property("authentication-mode", Gio.TlsAuthenticationMode.REQUIRED)
        # A server is asked about each client certificate, good or bad: this one accepts the good ones.
        connection.connect("accept-certificate", lambda connection, certificate, errors: errors == 0)
    connection.handshake(None)
    shown = connection.get_peer_certificate()
    print("client", client.get_remote_address().to_string(), shown.get_subject_name() if shown else "", flush=True)
    echoed = 0
    while (datagram := connection.receive(timeout, None)) is not None:
        if datagram.get_size() == 0:
            continue  # OpenSSL before 3.2 cannot send an empty one
        connection.send(datagram.get_data(), timeout, None)
        echoed += 1
    print(f"the client has closed, {echoed} datagrams echoed", flush=True)
    connection.close(None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="127.0.0.1", help="IP address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=4433, help="UDP port, 0 for any free one (default: 4433)")
    parser.add_argument("--cert", required=True, help="PEM file with the certificate and its key")
    parser.add_argument("--ca", help="ask clients for a certificate by the authorities in this PEM file")
    parser.add_argument("--idle", type=float, default=60, help="give a silent client up after so many seconds")
    parser.add_argument("--once", action="store_true", help="leave after the first client")
    options = parser.parse_args()

    try:
        certificate = GDtlsSwift.Certificate.new_from_file(options.cert)
        authorities = GDtlsSwift.FileDatabase.new(options.ca) if options.ca else None
    except GLib.Error as error:
        sys.exit(f"dtls-server: {error.message}")
    port = options.port
    failure = None
    while True:
        client, port = await_client(options.address, port)
        try:
            serve(client, certificate, authorities, int(options.idle * 1_000_000))
        except GLib.Error as error:
            failure = f"dtls-server: {error.message}"
            print(failure, file=sys.stderr, flush=True)
        client.close()
        if options.once:
            sys.exit(1 if failure else 0)


if __name__ == "__main__":
    main()
