# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Gio.DatagramBased in Python that can carry DTLS."""

import os

import raw
from gi.repository import Gio, GObject


class PythonBase(GObject.Object, Gio.DatagramBased):
    """Passes everything on to a UDP socket, which it has from a Gio.Socket.

    A subclass has to name Gio.DatagramBased again, or PyGObject would write its functions into this class too.
    """

    def __init__(self, gio_socket):
        super().__init__()
        self.gio_socket = gio_socket
        self.calls = []

    def do_receive_messages(self, messages, num_messages, flags, timeout, cancellable):
        self.calls.append(("receive", num_messages, flags, timeout, cancellable))
        received = 0
        for message in messages:
            try:
                data = os.read(self.gio_socket.get_fd(), 65536)
            except OSError:  # nothing there, or a report on an earlier datagram
                break
            raw.scatter(data, message)
            received += 1
        if received == 0:
            # PyGObject cannot return an error here: 0 would be the end, and whatever is raised becomes 0 with an error
            # set, which GIO takes for a broken promise. An empty datagram means nothing to DTLS.
            raw.scatter(b"", messages[0])
            received = 1
        return received

    def do_send_messages(self, messages, num_messages, flags, timeout, cancellable):
        self.calls.append(("send", num_messages, flags, timeout, cancellable))
        for message in messages:
            data = raw.gather(message)
            try:
                os.write(self.gio_socket.get_fd(), data)
            except OSError:
                pass  # as good as lost on the way
        return num_messages

    def do_create_source(self, condition, cancellable):
        self.calls.append(("source", condition, cancellable))
        return self.gio_socket.create_source(condition, cancellable)
