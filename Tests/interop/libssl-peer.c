/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One end of a DTLS 1.2 association made of libssl alone, which says what libssl itself thinks of it, so that others
 * can be compared with it:
 *   libssl-peer client|server [OPTION VALUE]...
 * It prints "port N", reads the other end's port from the standard input (0: whoever sends first), shakes hands and
 * prints what came of it, one "NAME VALUE" a line, with "ready" at the end. Then it sends every datagram back until
 * the other end closes, or its input ends. Binary values are in hexadecimal.
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *certificate_file; /* certificate, chain and key */
static const char *ask = "none";     /* server: none, requested or required */
static const char *names_file;       /* server: send the names of these authorities */
static const char *protocols;        /* a,b,c */
static const char *server_name;      /* client: what to send in server_name */
static const char *ciphers = "ECDHE+AESGCM";
static int without_ems;              /* 1: no extended master secret */
static int alert;                    /* after the handshake: this fatal alert, encrypted, and the end */

static int is_server;
static SSL_CTX *context;
static SSL *ssl;
static int descriptor;

static void
fail (const char *what)
{
  unsigned long code = ERR_peek_last_error ();

  printf ("error %s%s%s\n", what, code ? ": " : "", code ? ERR_reason_error_string (code) : "");
  exit (1);
}

static void
print_hex (const char *name, const unsigned char *bytes, size_t count)
{
  printf ("%s ", name);
  for (size_t i = 0; i < count; i++)
    printf ("%02x", bytes[i]);
  printf ("\n");
}

static void
parse_options (int argc, char **argv)
{
  struct { const char *name; const char **text; int *number; } options[] = {
    { "--cert", &certificate_file, NULL }, { "--ask", &ask, NULL }, { "--names", &names_file, NULL },
    { "--alpn", &protocols, NULL }, { "--sni", &server_name, NULL }, { "--ciphers", &ciphers, NULL },
    { "--no-ems", NULL, &without_ems }, { "--alert", NULL, &alert },
  };

  if (argc < 2 || (strcmp (argv[1], "client") != 0 && strcmp (argv[1], "server") != 0))
    fail ("the first argument is client or server");
  is_server = strcmp (argv[1], "server") == 0;
  for (int i = 2; i < argc; i += 2)
    {
      int known = 0;

      for (size_t o = 0; o < sizeof options / sizeof options[0]; o++)
        {
          if (strcmp (argv[i], options[o].name) != 0 || i + 1 >= argc)
            continue;
          known = 1;
          if (options[o].text)
            *options[o].text = argv[i + 1];
          else
            *options[o].number = atoi (argv[i + 1]);
        }
      if (!known)
        fail (argv[i]);
    }
}

/* --- The socket --------------------------------------------------------------------------------------------------- */

static struct sockaddr_in
loopback (int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  return address;
}

static void
open_socket (void)
{
  struct sockaddr_in own = loopback (0), other;
  socklen_t size = sizeof own;
  int port = -1;

  descriptor = socket (AF_INET, SOCK_DGRAM, 0);
  if (descriptor < 0 || bind (descriptor, (struct sockaddr *) &own, sizeof own) < 0
      || getsockname (descriptor, (struct sockaddr *) &own, &size) < 0)
    fail ("no socket");
  printf ("port %d\n", ntohs (own.sin_port));
  fflush (stdout);
  if (scanf ("%d", &port) != 1)
    fail ("no port to talk to");
  if (port == 0)
    {
      char byte;

      size = sizeof other;
      if (recvfrom (descriptor, &byte, 1, MSG_PEEK, (struct sockaddr *) &other, &size) < 0)
        fail ("nobody came");
    }
  else
    other = loopback (port);
  if (connect (descriptor, (struct sockaddr *) &other, sizeof other) < 0)
    fail ("cannot connect");
}

static void
attach_socket (void)
{
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  BIO_ADDR *address = BIO_ADDR_new ();
  BIO *bio = BIO_new_dgram (descriptor, BIO_NOCLOSE);
  struct timeval limit = { 1, 0 };

  if (!address || !bio || getpeername (descriptor, (struct sockaddr *) &peer, &size) < 0
      || !BIO_ADDR_rawmake (address, AF_INET, &peer.sin_addr, sizeof peer.sin_addr, peer.sin_port))
    fail ("no BIO");
  BIO_ctrl_set_connected (bio, address);
  BIO_ADDR_free (address);
  BIO_ctrl (bio, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, &limit);
  SSL_set_bio (ssl, bio, bio);
  SSL_set_mtu (ssl, 1400);
  SSL_set_options (ssl, SSL_OP_NO_QUERY_MTU);
}

/* --- The configuration -------------------------------------------------------------------------------------------- */

/* What the client asked for, as the server sees it. */
static int
note_server_name (SSL *s, int *al, void *data)
{
  const char *name = SSL_get_servername (s, TLSEXT_NAMETYPE_host_name);

  printf ("sni %s\n", name ? name : "none");
  return SSL_TLSEXT_ERR_OK;
}

/* "a,b" as it goes on the wire. */
static size_t
protocol_list (unsigned char *wire)
{
  size_t size = 0;

  for (const char *name = protocols; name && *name;)
    {
      size_t length = strcspn (name, ",");

      wire[size++] = length;
      memcpy (wire + size, name, length);
      size += length;
      name += length + (name[length] == ',');
    }
  return size;
}

static int
select_protocol (SSL *s, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
                 unsigned int in_length, void *data)
{
  unsigned char wire[512];
  size_t size = protocol_list (wire);

  return SSL_select_next_proto ((unsigned char **) out, out_length, in, in_length, wire, size) == OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_NOACK;
}

static int
accept_anybody (X509_STORE_CTX *store, void *data)
{
  return 1;
}

static void
configure (void)
{
  unsigned char wire[512];

  context = SSL_CTX_new (is_server ? DTLS_server_method () : DTLS_client_method ());
  if (!context || !SSL_CTX_set_cipher_list (context, ciphers) || !SSL_CTX_set_min_proto_version (context, DTLS1_2_VERSION))
    fail ("no context");
  if (certificate_file
      && (SSL_CTX_use_certificate_chain_file (context, certificate_file) != 1
          || SSL_CTX_use_PrivateKey_file (context, certificate_file, SSL_FILETYPE_PEM) != 1))
    fail (certificate_file);
  SSL_CTX_set_cert_verify_callback (context, accept_anybody, NULL);
  if (without_ems)
    SSL_CTX_set_options (context, SSL_OP_NO_EXTENDED_MASTER_SECRET);
  if (is_server)
    {
      SSL_CTX_set_tlsext_servername_callback (context, note_server_name);
      if (protocols)
        SSL_CTX_set_alpn_select_cb (context, select_protocol, NULL);
      if (strcmp (ask, "requested") == 0)
        SSL_CTX_set_verify (context, SSL_VERIFY_PEER, NULL);
      else if (strcmp (ask, "required") == 0)
        SSL_CTX_set_verify (context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
      if (names_file)
        SSL_CTX_set_client_CA_list (context, SSL_load_client_CA_file (names_file));
    }
  else if (protocols)
    SSL_CTX_set_alpn_protos (context, wire, protocol_list (wire));
  ssl = SSL_new (context);
  if (!ssl)
    fail ("no SSL");
  if (server_name)
    SSL_set_tlsext_host_name (ssl, server_name);
}

/* --- What came of it ---------------------------------------------------------------------------------------------- */

/* RFC 5929 §3 and §4, RFC 9266, by the book and not by the library's shortcuts. */
static void
print_bindings (void)
{
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int digest_size;
  int digest = NID_undef, key;
  X509 *certificate = is_server ? SSL_get_certificate (ssl) : SSL_get0_peer_certificate (ssl);
  size_t count = is_server ? SSL_get_peer_finished (ssl, bytes, sizeof bytes) : SSL_get_finished (ssl, bytes, sizeof bytes);

  print_hex ("tls-unique", bytes, count);
  /* A context of no bytes, which up to TLS 1.2 is not the same as no context (RFC 5705 §4). */
  if (SSL_export_keying_material (ssl, bytes, 32, "EXPORTER-Channel-Binding", 24, (const unsigned char *) "", 0, 1) == 1)
    print_hex ("tls-exporter", bytes, 32);
  printf ("ems %s\n", SSL_get_extms_support (ssl) == 1 ? "yes" : "no");
  if (!certificate)
    return;
  OBJ_find_sigid_algs (X509_get_signature_nid (certificate), &digest, &key);
  if (digest == NID_md5 || digest == NID_sha1)
    digest = NID_sha256;
  if (digest == NID_undef)
    printf ("tls-server-end-point none\n");
  else if (X509_digest (certificate, EVP_get_digestbynid (digest), bytes, &digest_size))
    print_hex ("tls-server-end-point", bytes, digest_size);
}

static void
print_names (void)
{
  const STACK_OF (X509_NAME) *names = is_server ? NULL : SSL_get0_peer_CA_list (ssl);

  for (int i = 0; i < (names ? sk_X509_NAME_num (names) : 0); i++)
    {
      unsigned char *bytes = NULL;
      int count = i2d_X509_NAME (sk_X509_NAME_value (names, i), &bytes);

      print_hex ("ca-name", bytes, count);
      OPENSSL_free (bytes);
    }
}

static void
print_session (void)
{
  const unsigned char *protocol;
  unsigned int length;
  X509 *peer = SSL_get0_peer_certificate (ssl);
  char *subject = peer ? X509_NAME_oneline (X509_get_subject_name (peer), NULL, 0) : NULL;

  SSL_get0_alpn_selected (ssl, &protocol, &length);
  printf ("alpn %.*s\n", protocol ? (int) length : 4, protocol ? (const char *) protocol : "none");
  printf ("version %d\n", SSL_version (ssl));
  printf ("cipher %s\n", SSL_get_cipher_name (ssl));
  printf ("peer %s\n", subject ? subject : "none");
  OPENSSL_free (subject);
  print_names ();
  print_bindings ();
  printf ("ready\n");
  fflush (stdout);
}

/* --- An alert that libssl has no function for ------------------------------------------------------------------- */

static void
server_key (unsigned char key[16], unsigned char salt[4])
{
  unsigned char master[48], seed[64 + 13], block[40];
  EVP_PKEY_CTX *derivation = EVP_PKEY_CTX_new_id (EVP_PKEY_TLS1_PRF, NULL);
  size_t size = sizeof block;

  memcpy (seed, "key expansion", 13);
  if (SSL_SESSION_get_master_key (SSL_get_session (ssl), master, 48) != 48 || SSL_get_server_random (ssl, seed + 13, 32) != 32
      || SSL_get_client_random (ssl, seed + 45, 32) != 32 || !derivation || EVP_PKEY_derive_init (derivation) != 1
      || EVP_PKEY_CTX_set_tls1_prf_md (derivation, EVP_sha256 ()) != 1
      || EVP_PKEY_CTX_set1_tls1_prf_secret (derivation, master, 48) != 1
      || EVP_PKEY_CTX_add1_tls1_prf_seed (derivation, seed, sizeof seed) != 1
      || EVP_PKEY_derive (derivation, block, &size) != 1)
    fail ("no key");
  EVP_PKEY_CTX_free (derivation);
  memcpy (key, block + 16, 16);
  memcpy (salt, block + 36, 4);
}

/* A fatal alert in an AES-128-GCM record of epoch 1 (RFC 6347 §4.1, RFC 5288 §3), as a server sends it. */
static void
send_alert (void)
{
  unsigned char key[16], nonce[12], additional[13], record[13 + 8 + 2 + 16];
  unsigned char sequence[8] = { 0, 1, 0, 0, 0, 0, 1, 0 }, text[2] = { SSL3_AL_FATAL, alert };
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new ();
  int size;

  server_key (key, nonce);
  memcpy (nonce + 4, sequence, 8);
  memcpy (additional, sequence, 8);
  memcpy (additional + 8, "\x15\xfe\xfd\x00\x02", 5);
  memcpy (record, "\x15\xfe\xfd", 3);
  memcpy (record + 3, sequence, 8);
  memcpy (record + 11, "\x00\x1a", 2);
  memcpy (record + 13, sequence, 8);
  if (!cipher || EVP_EncryptInit_ex (cipher, EVP_aes_128_gcm (), NULL, key, nonce) != 1
      || EVP_EncryptUpdate (cipher, NULL, &size, additional, sizeof additional) != 1
      || EVP_EncryptUpdate (cipher, record + 21, &size, text, 2) != 1 || EVP_EncryptFinal_ex (cipher, record + 23, &size) != 1
      || EVP_CIPHER_CTX_ctrl (cipher, EVP_CTRL_AEAD_GET_TAG, 16, record + 23) != 1
      || send (descriptor, record, sizeof record, 0) != sizeof record)
    fail ("no alert");
  EVP_CIPHER_CTX_free (cipher);
}

/* --- The conversation --------------------------------------------------------------------------------------------- */

static void
shake_hands (void)
{
  for (int turn = 0; turn < 60; turn++)
    {
      int result;

      ERR_clear_error ();
      result = SSL_do_handshake (ssl);
      if (result == 1)
        return;
      if (SSL_get_error (ssl, result) != SSL_ERROR_WANT_READ)
        fail ("handshake");
      DTLSv1_handle_timeout (ssl);
    }
  fail ("the other end does not answer");
}

static void
echo (void)
{
  struct pollfd input[] = { { .fd = descriptor, .events = POLLIN }, { .fd = 0, .events = POLLIN } };
  unsigned char buffer[16384];

  while (poll (input, 2, -1) > 0)
    {
      int count;

      if (input[1].revents && read (0, buffer, sizeof buffer) <= 0)
        break;
      if (!input[0].revents)
        continue;
      ERR_clear_error ();
      count = SSL_read (ssl, buffer, sizeof buffer);
      if (count > 0)
        SSL_write (ssl, buffer, count);
      else if (SSL_get_error (ssl, count) == SSL_ERROR_ZERO_RETURN)
        break;
      else if (SSL_get_error (ssl, count) != SSL_ERROR_WANT_READ)
        fail ("conversation");
    }
  SSL_shutdown (ssl);
  printf ("closed\n");
}

int
main (int argc, char **argv)
{
  /* Whatever the other end does. */
  alarm (120);
  setvbuf (stdin, NULL, _IONBF, 0);
  parse_options (argc, argv);
  configure ();
  open_socket ();
  attach_socket ();
  if (is_server)
    SSL_set_accept_state (ssl);
  else
    SSL_set_connect_state (ssl);
  shake_hands ();
  print_session ();
  if (alert)
    send_alert ();
  echo ();
  SSL_free (ssl);
  SSL_CTX_free (context);
  return 0;
}
