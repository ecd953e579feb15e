#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples in Python, against each other. GI_TYPELIB_PATH and LD_LIBRARY_PATH lead to the installation."""

import contextlib
import os
import subprocess
import sys

from harness import PATIENCE, TestCase, file, main, ours_alone

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Examples/python")
HOST = "127.0.0.1"


def command(name, *arguments):
    return [sys.executable, os.path.join(EXAMPLES, name), *map(str, arguments)]


def run(name, *arguments):
    """Runs an example to its end; gives exit status, output and errors."""
    result = subprocess.run(command(name, *arguments), capture_output=True, text=True, timeout=PATIENCE)
    return result.returncode, result.stdout, result.stderr


class Server:
    """A server in a process of its own, for one client or several."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            command("dtls-server.py", "--port", 0, "--cert", file("server-p256.pem"), *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self.process.stdout.readline()
        if not first.startswith("listening on 127.0.0.1 port "):
            raise AssertionError(first + self.process.communicate()[1])
        self.port = int(first.split()[-1])

    def end(self):
        """Gives exit status, output and errors."""
        output, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output, errors

    def kill(self):
        self.process.kill()
        self.process.communicate()


@contextlib.contextmanager
def server(*arguments):
    running = Server(*arguments)
    try:
        yield running
    finally:
        running.kill()


@ours_alone
class ExamplesTest(TestCase):
    def test_a_client_and_a_server(self):
        with server("--once") as running:
            status, output, errors = run(
                "dtls-client.py", HOST, running.port, "one", "two", "--ca", file("ca.pem"), "--identity", "localhost"
            )
            self.assertEqual((status, output, errors), (0, "one\ntwo\n", ""))
            status, output, errors = running.end()
            self.assertEqual((status, errors), (0, ""))
            self.assertIn("the client has closed, 2 datagrams echoed", output)

    def test_a_client_in_a_main_loop(self):
        with server("--once") as running:
            status, output, errors = run(
                "dtls-async-client.py", HOST, running.port, "one", "two", "three", "--ca", file("ca.pem"), "--interval", 1
            )
            self.assertEqual((status, errors), (0, ""))
            cipher, *words = output.splitlines()
            self.assertTrue(cipher.startswith("cipher "), cipher)
            self.assertEqual(words, ["one", "two", "three"])
            self.assertEqual(running.end()[0], 0)

    def test_clients_one_after_the_other(self):
        with server() as running:
            for word in "first", "second":
                status, output, errors = run("dtls-client.py", HOST, running.port, word, "--ca", file("ca.pem"))
                self.assertEqual((status, output, errors), (0, word + "\n", ""))

    def test_a_client_with_a_certificate(self):
        with server("--once", "--ca", file("ca.pem")) as running:
            status, output, errors = run(
                "dtls-client.py", HOST, running.port, "--ca", file("ca.pem"), "--cert", file("client-p256.pem")
            )
            self.assertEqual((status, output, errors), (0, "hello\n", ""))
            status, output, _ = running.end()
            self.assertIn("CN=A client", output)
            self.assertEqual(status, 0)

    def test_a_wrong_name_is_refused(self):
        for name in "dtls-client.py", "dtls-async-client.py":
            with server("--once") as running:
                status, output, errors = run(
                    name, HOST, running.port, "--ca", file("ca.pem"), "--identity", "elsewhere.example"
                )
                self.assertEqual((status, output), (1, ""))
                self.assertIn("Unacceptable TLS certificate", errors)
                self.assertEqual(running.end()[0], 1)

    def test_a_server_that_is_not_there(self):
        with server("--once") as running:
            port = running.port
        for name in "dtls-client.py", "dtls-async-client.py":
            status, output, errors = run(name, HOST, port, "--timeout", 0.2)
            self.assertEqual((status, output), (1, ""))
            self.assertTrue(errors.startswith(name[:-3] + ": "), errors)

    def test_the_inspecting_client(self):
        with server("--once") as running:
            status, output, errors = run(
                "dtls-inspect.py", HOST, running.port, "--ca", file("ca.pem"), "--identity", "localhost"
            )
            self.assertEqual((status, errors), (0, ""))
            self.assertIn("verification   passed", output)
            self.assertIn("issued by      O=libgdtls-swift,CN=Throw-away authority", output)
            self.assertEqual(running.end()[0], 0)


if __name__ == "__main__":
    main()
