#!/usr/bin/python3
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates, databases and interactions: the provider's through PyGObject, and such that are written in Python."""

import contextlib
import io
import subprocess
import threading

from harness import (
    GLib,
    Gio,
    Pair,
    TestCase,
    authorities,
    certificate,
    complaints_allowed,
    error_of,
    file,
    iterate_until,
    main,
    ours_alone,
    python_may_answer_later,
)

Flags = Gio.TlsCertificateFlags
LOCALHOST = Gio.NetworkAddress.new("localhost", 4433)
NO_LOOKUP = Gio.TlsDatabaseLookupFlags.NONE
NO_VERIFICATION = Gio.TlsDatabaseVerifyFlags.NONE


def result_of(start, finish, *arguments):
    """Runs an asynchronous operation, and gives what its finish function gives."""
    results = []
    start(*arguments, None, lambda source, result: results.append(result))
    iterate_until(lambda: results)
    return finish(results[0])


class CertificateTest(TestCase):
    def setUp(self):
        self.certificate = certificate("server-p256.pem")

    def make(self, **properties):
        made = type(self.certificate)(**properties)
        made.init(None)
        return made

    def test_names_and_dates(self):
        self.assertEqual(self.certificate.get_subject_name(), "O=libgdtls-swift,CN=localhost")
        self.assertEqual(self.certificate.props.issuer_name, "O=libgdtls-swift,CN=Throw-away authority")
        self.assertEqual([name.get_data() for name in self.certificate.get_dns_names()], [b"localhost"])
        self.assertEqual([address.to_string() for address in self.certificate.get_ip_addresses()], ["127.0.0.1"])
        # The certificates of the tests were made by now, for ten years.
        now = GLib.DateTime.new_now_utc()
        self.assertLessEqual(self.certificate.get_not_valid_before().compare(now), 0)
        self.assertGreater(self.certificate.props.not_valid_after.compare(now.add_years(1)), 0)

    def test_lists_come_by_functions_alone(self):
        # PyGObject (3.42) gives the addresses of what is in a GPtrArray that comes as a property.
        for content in self.certificate.props.dns_names, self.certificate.props.ip_addresses:
            self.assertIsInstance(content[0], int)

    def test_pem_and_der_come_back(self):
        pem = self.certificate.props.certificate_pem
        self.assertTrue(self.make(certificate_pem=pem).is_same(self.certificate))
        self.assertEqual(self.make(certificate_pem=pem).props.certificate, self.certificate.props.certificate)
        self.assertTrue(self.certificate.props.private_key_pem.startswith("-----BEGIN PRIVATE KEY-----"))
        self.assertIsNone(self.make(certificate_pem=pem).props.private_key_pem)

    def test_der_cannot_be_given(self):
        # PyGObject (3.42) reads a GByteArray as bytes, and makes none of them.
        with self.assertRaises(TypeError):
            self.make(certificate=self.certificate.props.certificate)

    def test_constructors(self):
        pem = self.certificate.props.certificate_pem
        key = self.certificate.props.private_key_pem
        for made in (
            Gio.TlsCertificate.new_from_pem(pem + key, -1),
            Gio.TlsCertificate.new_from_files(file("server-p256.pem"), file("server-p256.pem")),
            self.make(certificate_pem=pem, private_key_pem=key),
        ):
            self.assertTrue(made.is_same(self.certificate))
            self.assertEqual(made.props.private_key_pem, key)
        self.assertEqual(len(Gio.TlsCertificate.list_new_from_file(file("ca.pem"))), 1)

    def test_pkcs12(self):
        made = subprocess.run(
            ["openssl", "pkcs12", "-export", "-in", file("server-p256.pem"), "-passout", "pass:secret"],
            capture_output=True,
            check=True,
        ).stdout
        read = Gio.TlsCertificate.new_from_pkcs12(made, "secret")
        self.assertTrue(read.is_same(self.certificate))
        self.assertTrue(read.props.private_key_pem)
        error = error_of(Gio.TlsCertificate.new_from_pkcs12, made, "wrong")
        self.assertTlsError(error, Gio.TlsError.BAD_CERTIFICATE_PASSWORD)

    def test_what_is_no_certificate(self):
        self.assertTlsError(error_of(self.make), Gio.TlsError.BAD_CERTIFICATE)
        self.assertTlsError(error_of(Gio.TlsCertificate.new_from_pem, "nonsense", -1), Gio.TlsError.BAD_CERTIFICATE)
        self.assertIsInstance(error_of(Gio.TlsCertificate.new_from_file, "/nowhere"), GLib.Error)

    def test_issuer(self):
        issuer = certificate("ca.pem")
        made = self.make(certificate_pem=self.certificate.props.certificate_pem, issuer=issuer)
        self.assertEqual(made.get_issuer(), issuer)
        self.assertIsNone(self.certificate.get_issuer())

    def test_verify(self):
        authority = certificate("ca.pem")
        self.assertEqual(self.certificate.verify(LOCALHOST, authority), 0)
        self.assertEqual(self.certificate.verify(Gio.NetworkAddress.new("other", 1), authority), Flags.BAD_IDENTITY)
        self.assertEqual(certificate("stranger-p256.pem").verify(None, authority), Flags.UNKNOWN_CA)


class FileDatabaseTest(TestCase):
    def setUp(self):
        self.database = authorities()
        self.authority = certificate("ca.pem")
        self.server = certificate("server-p256.pem")
        self.stranger = certificate("stranger-p256.pem")
        self.purpose = Gio.TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER
        self.name = subprocess.run(
            ["openssl", "x509", "-in", file("ca.pem"), "-noout", "-subject", "-nameopt", "dn_rev"],
            capture_output=True,
            check=True,
        )

    def verify(self, shown, identity=None):
        return self.database.verify_chain(shown, self.purpose, identity, None, NO_VERIFICATION, None)

    def test_anchors(self):
        self.assertEqual(self.database.props.anchors, file("ca.pem"))
        made = type(self.database)(anchors=file("ca.pem"))
        self.assertTrue(made.init(None))
        self.assertTlsError(error_of(Gio.TlsFileDatabase.new, "/nowhere"), Gio.TlsError.MISC)

    def test_verify_chain(self):
        self.assertEqual(self.verify(self.server, LOCALHOST), 0)
        self.assertEqual(self.verify(self.server, Gio.NetworkAddress.new("other", 1)), Flags.BAD_IDENTITY)
        self.assertEqual(self.verify(self.stranger), Flags.UNKNOWN_CA)

    def test_verify_chain_async(self):
        for shown, errors in (self.server, 0), (self.stranger, Flags.UNKNOWN_CA):
            found = result_of(
                self.database.verify_chain_async,
                self.database.verify_chain_finish,
                shown,
                self.purpose,
                LOCALHOST,
                None,
                NO_VERIFICATION,
            )
            self.assertEqual(found, errors)

    def test_handles(self):
        handle = self.database.create_certificate_handle(self.authority)
        self.assertTrue(handle.startswith("file:///"))
        found = self.database.lookup_certificate_for_handle(handle, None, NO_LOOKUP, None)
        self.assertTrue(found.is_same(self.authority))
        self.assertIsNone(self.database.create_certificate_handle(self.server))
        self.assertIsNone(self.database.lookup_certificate_for_handle("file:///nothing", None, NO_LOOKUP, None))
        found = result_of(
            self.database.lookup_certificate_for_handle_async,
            self.database.lookup_certificate_for_handle_finish,
            handle,
            None,
            NO_LOOKUP,
        )
        self.assertTrue(found.is_same(self.authority))

    def test_issuers(self):
        found = self.database.lookup_certificate_issuer(self.server, None, NO_LOOKUP, None)
        self.assertTrue(found.is_same(self.authority))
        self.assertIsNone(self.database.lookup_certificate_issuer(self.stranger, None, NO_LOOKUP, None))
        found = result_of(
            self.database.lookup_certificate_issuer_async,
            self.database.lookup_certificate_issuer_finish,
            self.server,
            None,
            NO_LOOKUP,
        )
        self.assertTrue(found.is_same(self.authority))

    def test_certificates_issued_by_a_name(self):
        name = issuer_name(self.server)
        found = self.database.lookup_certificates_issued_by(name, None, NO_LOOKUP, None)
        self.assertEqual([each.get_subject_name() for each in found], [self.authority.get_subject_name()])
        self.assertEqual(self.database.lookup_certificates_issued_by(b"nonsense", None, NO_LOOKUP, None), [])
        found = result_of(
            self.database.lookup_certificates_issued_by_async,
            self.database.lookup_certificates_issued_by_finish,
            name,
            None,
            NO_LOOKUP,
        )
        self.assertTrue(found[0].is_same(self.authority))

    def asynchronous_lookups(self):
        database = self.database
        yield database.lookup_certificate_issuer_async, database.lookup_certificate_issuer_finish, self.stranger
        yield database.lookup_certificate_for_handle_async, database.lookup_certificate_for_handle_finish, "file:///no"
        yield database.lookup_certificates_issued_by_async, database.lookup_certificates_issued_by_finish, b"nonsense"

    @ours_alone
    def test_an_asynchronous_lookup_may_find_nothing(self):
        """GIO's own functions, which other databases have, report an error that is none, with a critical."""
        for start, finish, argument in self.asynchronous_lookups():
            self.assertFalse(result_of(start, finish, argument, None, NO_LOOKUP))

    @ours_alone
    def test_an_asynchronous_lookup_may_be_cancelled(self):
        for start, finish, argument in self.asynchronous_lookups():
            cancelled = Gio.Cancellable()
            cancelled.cancel()
            results = []
            start(argument, None, NO_LOOKUP, cancelled, lambda source, result: results.append(result))
            iterate_until(lambda: results)
            self.assertIOError(error_of(finish, results[0]), Gio.IOErrorEnum.CANCELLED)

    @ours_alone
    def test_a_result_belongs_to_its_lookup(self):
        lookups = list(self.asynchronous_lookups())
        results = []
        lookups[0][0](self.server, None, NO_LOOKUP, None, lambda source, result: results.append(result))
        iterate_until(lambda: results)
        self.assertIOError(error_of(lookups[1][1], results[0]), Gio.IOErrorEnum.INVALID_ARGUMENT)

    @ours_alone
    def test_the_classes_are_final(self):
        for instance in self.database, self.server:
            with self.assertRaises(RuntimeError), complaints_allowed():
                type("Derived", (type(instance),), {})


def issuer_name(shown):
    """The name of a certificate's issuer in DER, by looking for it: version, number, algorithm, issuer."""

    def parts(data):
        while data:
            length, header = data[1], 2
            if length > 127:
                header = 2 + (length & 127)
                length = int.from_bytes(data[2:header], "big")
            yield data[: header + length], data[header : header + length]
            data = data[header + length :]

    (_, outer), *_ = parts(shown.props.certificate)
    (_, inner), *_ = parts(outer)
    return [whole for whole, _ in parts(inner)][3]


class PythonDatabase(Gio.TlsDatabase):
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.asked = []

    def do_verify_chain(self, chain, purpose, identity, interaction, flags, cancellable):
        self.asked.append((chain, purpose, identity, interaction, flags, threading.current_thread()))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class PythonDatabaseTest(TestCase):
    def shake_hands(self, answer, is_blocking, accepts=False):
        self.pair = Pair(certificate_file="stranger-p256.pem")
        self.database = PythonDatabase(answer)
        self.pair.client.set_database(self.database)
        self.seen = []
        self.pair.client.connect(
            "accept-certificate", lambda connection, peer, errors: self.seen.append(errors) or accepts
        )
        error, _ = self.pair.shake_hands_blocking() if is_blocking else self.pair.shake_hands()
        self.assertEqual(len(self.database.asked), 1)
        return error

    def test_it_accepts_by_itself(self):
        for is_blocking in False, True:
            self.assertIsNone(self.shake_hands(Flags.NO_FLAGS, is_blocking))
            self.assertEqual(self.seen, [])
            [(chain, purpose, identity, _, flags, thread)] = self.database.asked
            self.assertTrue(chain.is_same(self.pair.server.get_certificate()))
            self.assertEqual(purpose, Gio.TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER)
            self.assertEqual(identity, self.pair.client.props.server_identity)
            self.assertEqual(flags, NO_VERIFICATION)

    @ours_alone
    def test_it_blocks_no_main_loop(self):
        self.assertIsNone(self.shake_hands(Flags.NO_FLAGS, is_blocking=False))
        self.assertIsNot(self.database.asked[0][-1], threading.main_thread())
        self.assertIsNone(self.shake_hands(Flags.NO_FLAGS, is_blocking=True))
        self.assertIs(self.database.asked[0][-1], threading.main_thread())

    def test_its_errors_are_asked_about(self):
        for is_blocking, accepts in (False, False), (True, False), (False, True), (True, True):
            error = self.shake_hands(Flags.EXPIRED | Flags.REVOKED, is_blocking, accepts)
            self.assertEqual(self.seen, [Flags.EXPIRED | Flags.REVOKED])
            self.assertEqual(error is None, accepts)
            self.assertEqual(self.pair.client.get_peer_certificate_errors(), Flags.EXPIRED | Flags.REVOKED)

    @ours_alone
    def test_an_error_of_its_own_refuses(self):
        answer = GLib.Error.new_literal(Gio.io_error_quark(), "No idea", Gio.IOErrorEnum.BUSY)
        for is_blocking in False, True:
            self.assertTlsError(self.shake_hands(answer, is_blocking), Gio.TlsError.BAD_CERTIFICATE)
            self.assertEqual(self.seen, [Flags.GENERIC_ERROR])

    def test_an_exception_that_is_no_glib_error_accepts(self):
        # PyGObject (3.42) prints it, and returns 0: nothing is wrong. A database must let nothing else out.
        with contextlib.redirect_stderr(io.StringIO()) as printed:
            self.assertIsNone(self.shake_hands(ValueError("an error that the test wants"), is_blocking=True))
        self.assertIn("an error that the test wants", printed.getvalue())

    def test_for_a_server(self):
        for answer in Flags.NO_FLAGS, Flags.EXPIRED:
            pair = Pair()
            pair.client.set_certificate(certificate("client-p256.pem"))
            pair.ask_for_client_certificate()
            database = PythonDatabase(answer)
            pair.server.set_database(database)
            pair.server.connect("accept-certificate", lambda connection, peer, errors: errors == 0)
            _, error = pair.shake_hands()
            self.assertEqual(error is None, answer == 0)
            self.assertEqual(database.asked[0][1], Gio.TLS_DATABASE_PURPOSE_AUTHENTICATE_CLIENT)

    def test_other_functions(self):
        found = certificate("ca.pem")

        class Database(Gio.TlsDatabase):
            def do_create_certificate_handle(self, shown):
                return "handle:" + shown.get_subject_name()

            def do_lookup_certificate_for_handle(self, handle, interaction, flags, cancellable):
                return found if handle == "handle:1" else None

            def do_lookup_certificate_issuer(self, shown, interaction, flags, cancellable):
                return found

            def do_lookup_certificates_issued_by(self, name, interaction, flags, cancellable):
                return [found] if name == b"name" else []

        database = Database()
        self.assertEqual(database.create_certificate_handle(found), "handle:" + found.get_subject_name())
        self.assertEqual(database.lookup_certificate_for_handle("handle:1", None, NO_LOOKUP, None), found)
        self.assertIsNone(database.lookup_certificate_for_handle("handle:2", None, NO_LOOKUP, None))
        self.assertEqual(database.lookup_certificate_issuer(found, None, NO_LOOKUP, None), found)
        self.assertEqual(database.lookup_certificates_issued_by(b"name", None, NO_LOOKUP, None), [found])
        found_later = result_of(
            database.lookup_certificate_issuer_async, database.lookup_certificate_issuer_finish, found, None, NO_LOOKUP
        )
        self.assertEqual(found_later, found)


class Interaction(Gio.TlsInteraction):
    """Shows the certificate that it has, or none."""

    def __init__(self, shown=None, error=None):
        super().__init__()
        self.shown, self.error = shown, error
        self.asked = []

    def do_request_certificate(self, connection, flags, cancellable):
        self.asked.append((type(connection), flags, threading.current_thread()))
        if self.error:
            raise self.error
        if not self.shown:
            return Gio.TlsInteractionResult.UNHANDLED
        connection.set_certificate(self.shown)
        return Gio.TlsInteractionResult.HANDLED


class InteractionTest(TestCase):
    def shake_hands(self, interaction, is_blocking=False, mode=Gio.TlsAuthenticationMode.REQUIRED):
        self.pair = Pair()
        self.pair.client.set_interaction(interaction)
        self.pair.ask_for_client_certificate(mode)
        self.pair.server.connect("accept-certificate", lambda connection, peer, errors: errors == 0)
        return self.pair.shake_hands_blocking() if is_blocking else self.pair.shake_hands()

    def test_it_gives_the_certificate(self):
        for is_blocking in False, True:
            shown = certificate("client-p256.pem")
            interaction = Interaction(shown)
            self.assertEqual(self.shake_hands(interaction, is_blocking), (None, None))
            self.assertTrue(self.pair.server.get_peer_certificate().is_same(shown))
            # "Invoked on the main context that was the thread-default one when the interaction was made."
            [(kind, flags, thread)] = interaction.asked
            self.assertTrue(issubclass(kind, Gio.TlsConnection))
            self.assertEqual(flags, Gio.TlsCertificateRequestFlags.NONE)
            self.assertIs(thread, threading.main_thread())
            self.assertTrue(self.pair.client.get_certificate().is_same(shown))

    def test_it_may_have_none(self):
        interaction = Interaction()
        client_error, server_error = self.shake_hands(interaction)
        self.assertEqual(len(interaction.asked), 1)
        self.assertTlsError(server_error, Gio.TlsError.CERTIFICATE_REQUIRED)
        self.assertTlsError(client_error, Gio.TlsError.CERTIFICATE_REQUIRED)

    def test_it_may_have_none_where_none_is_required(self):
        interaction = Interaction()
        self.assertEqual(self.shake_hands(interaction, mode=Gio.TlsAuthenticationMode.REQUESTED), (None, None))
        self.assertEqual(len(interaction.asked), 1)

    def test_its_error_is_told(self):
        error = GLib.Error.new_literal(Gio.io_error_quark(), "Nobody answers", Gio.IOErrorEnum.BUSY)
        interaction = Interaction(error=error)
        client_error, _ = self.shake_hands(interaction)
        self.assertEqual(len(interaction.asked), 1)
        self.assertIOError(client_error, Gio.IOErrorEnum.BUSY)

    def test_it_is_not_asked_without_need(self):
        interaction = Interaction(certificate("client-p256.pem"))
        self.assertEqual(self.shake_hands(interaction, mode=Gio.TlsAuthenticationMode.NONE), (None, None))
        self.assertEqual(interaction.asked, [])

    def test_it_is_not_asked_where_there_is_a_certificate(self):
        interaction = Interaction(certificate("client-p256.pem"))
        pair = Pair()
        pair.client.set_interaction(interaction)
        pair.client.set_certificate(certificate("client-p256.pem"))
        pair.ask_for_client_certificate()
        pair.server.connect("accept-certificate", lambda connection, peer, errors: errors == 0)
        self.assertEqual(pair.shake_hands(), (None, None))
        self.assertEqual(interaction.asked, [])

    @python_may_answer_later
    def test_it_may_answer_later(self):
        """The asynchronous functions: they get C's callback as something that Python can call."""

        class Later(Gio.TlsInteraction):
            def do_request_certificate_async(self, connection, flags, cancellable, callback, data):
                def answer():
                    connection.set_certificate(certificate("client-p256.pem"))
                    task = Gio.Task.new(self, cancellable, lambda source, result, data: callback(source, result), None)
                    task.return_boolean(True)

                GLib.idle_add(answer)

            def do_request_certificate_finish(self, result):
                result.propagate_boolean()
                return Gio.TlsInteractionResult.HANDLED

        self.assertEqual(self.shake_hands(Later()), (None, None))
        self.assertEqual(self.pair.server.get_peer_certificate().get_subject_name(), "O=libgdtls-swift,CN=A client")

    def test_a_password_is_asked_for(self):
        """By GIO; a provider asks for the PINs of PKCS #11 tokens."""

        class Asking(Gio.TlsInteraction):
            def do_ask_password(self, password, cancellable):
                if password.get_description() != "the door":
                    return Gio.TlsInteractionResult.UNHANDLED
                password.set_value(b"open sesame")
                return Gio.TlsInteractionResult.HANDLED

        password = Gio.TlsPassword.new(Gio.TlsPasswordFlags.NONE, "the door")
        self.assertEqual(Asking().invoke_ask_password(password, None), Gio.TlsInteractionResult.HANDLED)
        self.assertEqual(password.get_value(), b"open sesame")
        other = Gio.TlsPassword.new(Gio.TlsPasswordFlags.NONE, "the window")
        self.assertEqual(Asking().ask_password(other, None), Gio.TlsInteractionResult.UNHANDLED)


if __name__ == "__main__":
    main()
