// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// An asynchronous DTLS client in Vala: says something, prints the answer.
//   echo-client AUTHORITIES.pem NAME PORT MESSAGE
// Build: valac --pkg gio-2.0 --pkg GDtlsSwift-1.0 echo-client.vala

async void talk (string authorities, string name, uint16 port, string message) throws Error {
    var socket = new Socket (SocketFamily.IPV4, SocketType.DATAGRAM, SocketProtocol.UDP);
    socket.connect (new InetSocketAddress.from_string ("127.0.0.1", port));
    var client = new GDtlsSwift.ClientConnection (socket, new NetworkAddress (name, port));
    client.database = new GDtlsSwift.FileDatabase (authorities);
    yield client.handshake_async (Priority.DEFAULT, null);
    yield client.send_async (message.data, Priority.DEFAULT, null);
    Bytes? answer = yield client.receive_async (Priority.DEFAULT, null);
    if (answer == null) {
        throw new IOError.CLOSED ("the server has closed the connection");
    }
    print ("%.*s\n", (int) answer.length, (string) answer.get_data ());
    yield client.close_async (Priority.DEFAULT, null);
}

int main (string[] args) {
    if (args.length != 5) {
        printerr ("usage: echo-client AUTHORITIES.pem NAME PORT MESSAGE\n");
        return 2;
    }
    var loop = new MainLoop ();
    int status = 0;
    talk.begin (args[1], args[2], (uint16) int.parse (args[3]), args[4], (source, result) => {
        try {
            talk.end (result);
        } catch (Error error) {
            printerr ("echo-client: %s\n", error.message);
            status = 1;
        }
        loop.quit ();
    });
    loop.run ();
    return status;
}
