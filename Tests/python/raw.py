# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data through Gio.DatagramBased, by ctypes: PyGObject has no way to fill a Gio.OutputVector with bytes, nor to tell how
much came into a Gio.InputMessage. hash() of a PyGObject object or struct is its address in C."""

import ctypes

from gi.repository import Gio, GLib


class Vector(ctypes.Structure):
    """GInputVector and GOutputVector."""

    _fields_ = [("buffer", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class InputMessage(ctypes.Structure):
    _fields_ = [
        ("address", ctypes.c_void_p),
        ("vectors", ctypes.POINTER(Vector)),
        ("num_vectors", ctypes.c_uint),
        ("bytes_received", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("control_messages", ctypes.c_void_p),
        ("num_control_messages", ctypes.c_void_p),
    ]


class OutputMessage(ctypes.Structure):
    _fields_ = [
        ("address", ctypes.c_void_p),
        ("vectors", ctypes.POINTER(Vector)),
        ("num_vectors", ctypes.c_uint),
        ("bytes_sent", ctypes.c_uint),
        ("control_messages", ctypes.c_void_p),
        ("num_control_messages", ctypes.c_uint),
    ]


class Error(ctypes.Structure):
    _fields_ = [("domain", ctypes.c_uint32), ("code", ctypes.c_int), ("message", ctypes.c_char_p)]


gio = ctypes.CDLL("libgio-2.0.so.0")
glib = ctypes.CDLL("libglib-2.0.so.0")
_arguments = [
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_uint,
    ctypes.c_int,
    ctypes.c_int64,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.POINTER(Error)),
]
gio.g_datagram_based_send_messages.argtypes = _arguments
gio.g_datagram_based_receive_messages.argtypes = _arguments
glib.g_error_free.argtypes = [ctypes.POINTER(Error)]
glib.g_error_free.restype = None
glib.g_quark_to_string.argtypes = [ctypes.c_uint32]
glib.g_quark_to_string.restype = ctypes.c_char_p


AsyncReadyCallback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


def callbacks_keep_their_data():
    """Whether an asynchronous function that Python overrides can call the callback that C gave it.

    The introspection data of GLib 2.84 does not say any more which argument of GAsyncReadyCallback is the user data, and
    PyGObject then passes NULL instead of it, to callbacks of GIO's own as well, which crash. Seen here with one of ours,
    and with neither TLS nor a provider: an interaction is asked for a password by C."""
    seen = []

    class Interaction(Gio.TlsInteraction):
        def do_ask_password_async(self, password, cancellable, callback, *data):
            callback(self, Gio.Task.new(self))

        def do_ask_password_finish(self, result):
            return Gio.TlsInteractionResult.UNHANDLED

    done = AsyncReadyCallback(lambda source, result, data: seen.append(data))
    password = Gio.TlsPassword.new(Gio.TlsPasswordFlags.NONE, "the door")
    ask = gio.g_tls_interaction_ask_password_async
    ask.argtypes, ask.restype = [ctypes.c_void_p] * 3 + [AsyncReadyCallback, ctypes.c_void_p], None
    interaction = Interaction()
    ask(hash(interaction), hash(password), None, done, 0x1234)
    assert len(seen) == 1
    return seen == [0x1234]


def call(function, *arguments):
    """Calls a C function whose last parameter is a GError, and raises that."""
    error = ctypes.POINTER(Error)()
    result = function(*arguments, ctypes.byref(error))
    if error:
        domain = glib.g_quark_to_string(error.contents.domain).decode()
        raised = GLib.Error(error.contents.message.decode(), domain, error.contents.code)
        glib.g_error_free(error)
        raise raised
    return result


def send(datagram_based, data, timeout=-1):
    """Sends bytes as one datagram; the timeout is in microseconds, -1 for ever, 0 not at all."""
    buffer = ctypes.create_string_buffer(data, len(data))
    vector = Vector(ctypes.addressof(buffer), len(data))
    message = OutputMessage(vectors=ctypes.pointer(vector), num_vectors=1)
    call(gio.g_datagram_based_send_messages, hash(datagram_based), ctypes.byref(message), 1, 0, timeout, None)
    return message.bytes_sent


def receive(datagram_based, timeout=-1, size=65536):
    """Receives one datagram as bytes, or None for the end."""
    buffer = ctypes.create_string_buffer(size)
    vector = Vector(ctypes.addressof(buffer), size)
    message = InputMessage(vectors=ctypes.pointer(vector), num_vectors=1)
    count = call(
        gio.g_datagram_based_receive_messages, hash(datagram_based), ctypes.byref(message), 1, 0, timeout, None
    )
    return buffer.raw[: message.bytes_received] if count else None


def gather(message):
    """The bytes of a Gio.OutputMessage; marks them as sent."""
    raw = OutputMessage.from_address(hash(message))
    data = b"".join(ctypes.string_at(raw.vectors[i].buffer, raw.vectors[i].size) for i in range(raw.num_vectors))
    raw.bytes_sent = len(data)
    return data


def scatter(data, message):
    """Puts bytes into a Gio.InputMessage, as far as there is room."""
    raw = InputMessage.from_address(hash(message))
    put = 0
    for index in range(raw.num_vectors):
        part = data[put : put + raw.vectors[index].size]
        ctypes.memmove(raw.vectors[index].buffer, part, len(part))
        put += len(part)
    raw.bytes_received = put
