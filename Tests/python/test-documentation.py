#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Python of README.md and docs/, word for word but for the server's name, with what it takes for granted around it.
GI_TYPELIB_PATH and LD_LIBRARY_PATH lead to the installation."""

import os
import pathlib
import re
import textwrap

from harness import TestCase, file, main, ours_alone, run_python

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Whom the snippets trust by default: for them our authority is the system's.
os.environ["SSL_CERT_FILE"] = file("ca.pem")

# A server of the library's own API, which sends everything back to the client on the other socket, `socket`.
BEFORE = """
gi.require_version("GDtlsSwift", "1.0")
from gi.repository import GDtlsSwift

socket, servers_socket = socket_pair()
identity = Gio.NetworkAddress.new("localhost", 4433)

def serve():
    server = GDtlsSwift.ServerConnection.new(servers_socket, certificate("server-p256.pem"))
    while (datagram := server.receive(PATIENCE * 1_000_000, None)) is not None:
        server.send(datagram.get_data(), -1, None)

server = Thread(serve)
"""


def snippets(page):
    """The blocks of Python of a page, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```python\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block).replace("example.org", "localhost") for block in blocks]


@ours_alone
class DocumentationTest(TestCase):
    def run_between(self, before, snippet, after):
        result = run_python("\n".join([before, snippet, after]))
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_the_readme(self):
        (client,) = snippets("README.md")
        self.run_between(
            BEFORE, client, "assert answer.get_data() == b'hello'; client.close(None); server.result()"
        )

    def test_its_own_api(self):
        client = snippets("docs/python.md")[0]
        self.run_between(
            BEFORE, client, "assert answer.get_data() == b'hello'; connection.close(None); server.result()"
        )

    def test_a_class_of_ones_own(self):
        derived = snippets("docs/python.md")[1]
        before = BEFORE + "base_socket = socket\nasked = []\nis_pinned = lambda certificate: asked.append(certificate) or True"
        after = "client.set_database(None); client.handshake(None); assert len(asked) == 1; client.close(None); server.result()"
        self.run_between(before, derived, after)

    def test_a_class_that_calls_its_parent(self):
        derived = snippets("docs/python.md")[2]
        before = BEFORE + "Client = GDtlsSwift.ClientConnection"
        after = (
            "client = MyClient(base_socket=socket, server_identity=identity); client.init(None)\n"
            "assert Client.do_handshake and client.handshake(None); client.close(None); server.result()"
        )
        self.run_between(before, derived, after)

    def test_there_are_no_others(self):
        pages = ["README.md", *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
        self.assertEqual(
            {page: len(snippets(page)) for page in pages if snippets(page)}, {"README.md": 1, "docs/python.md": 3}
        )

    # What the page says about programs that mix both ways.
    def test_functions_are_there_if_the_typelib_was_first(self):
        program = "connection = Gio.dtls_client_connection_new(new_socket(), None)\nassert hasattr(connection, 'send') is {}"
        early = "gi.require_version('GDtlsSwift', '1.0')\nfrom gi.repository import GDtlsSwift\n"
        for before, has in (early, True), ("", False):
            with self.subTest(has=has):
                self.run_between(before, program.format(has), "")


if __name__ == "__main__":
    main()
