#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fetches a page from localhost over HTTPS, by GIO's default TLS backend, and prints which that is:

https-client.py PORT AUTHORITIES.pem
"""

import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GObject  # noqa: E402

port, authorities = int(sys.argv[1]), Gio.TlsFileDatabase.new(sys.argv[2])


def on_event(client, event, connectable, connection):
    if event == Gio.SocketClientEvent.TLS_HANDSHAKING:
        connection.set_database(authorities)


client = Gio.SocketClient(tls=True, enable_proxy=False, timeout=20)
# Gio.SocketClient has a connect() of its own.
GObject.Object.connect(client, "event", on_event)
connection = client.connect_to_host(f"localhost:{port}", port, None)
connection.get_output_stream().write_all(b"GET / HTTP/1.0\r\n\r\n", None)
status = connection.get_input_stream().read_bytes(64, None).get_data()
assert status.startswith(b"HTTP/1.0 200"), status
print(Gio.TlsBackend.get_default().__gtype__.name)
