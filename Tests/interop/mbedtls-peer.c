/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Mbed TLS as the other end. As a server it asks for a cookie.
 */
#include "foreign-peer.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>
#include <mbedtls/timing.h>
#include <mbedtls/version.h>

#include <stdlib.h>

typedef struct
{
  mbedtls_net_context socket;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_x509_crt chain, authorities;
  mbedtls_pk_context key;
  mbedtls_ssl_cookie_ctx cookies;
  mbedtls_timing_delay_context timer;
  mbedtls_ssl_config config;
  mbedtls_ssl_context ssl;
} Session;

static void
check (int result, const char *what)
{
  char reason[100];

  if (result >= 0)
    return;
  mbedtls_strerror (result, reason, sizeof reason);
  peer_fail ("%s: %s", what, reason);
}

static int
read_key (Session *self, const char *file)
{
#if MBEDTLS_VERSION_MAJOR >= 3
  return mbedtls_pk_parse_keyfile (&self->key, file, NULL, mbedtls_ctr_drbg_random, &self->random);
#else
  return mbedtls_pk_parse_keyfile (&self->key, file, NULL);
#endif
}

static void
configure (Session *self, const PeerOptions *options)
{
  check (mbedtls_ctr_drbg_seed (&self->random, mbedtls_entropy_func, &self->entropy, NULL, 0), "random numbers");
  check (mbedtls_ssl_config_defaults (&self->config,
                                      options->is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                      MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT),
         "defaults");
  mbedtls_ssl_conf_rng (&self->config, mbedtls_ctr_drbg_random, &self->random);
  mbedtls_ssl_conf_handshake_timeout (&self->config, 500, 8000);
  check (mbedtls_x509_crt_parse_file (&self->authorities, options->authorities), options->authorities);
  mbedtls_ssl_conf_ca_chain (&self->config, &self->authorities, NULL);
  mbedtls_ssl_conf_authmode (&self->config, options->is_server && !options->requires_certificate
                                                ? MBEDTLS_SSL_VERIFY_NONE
                                                : MBEDTLS_SSL_VERIFY_REQUIRED);
  if (options->certificate)
    {
      check (mbedtls_x509_crt_parse_file (&self->chain, options->certificate), options->certificate);
      check (read_key (self, options->certificate), options->certificate);
      check (mbedtls_ssl_conf_own_cert (&self->config, &self->chain, &self->key), "certificate");
    }
  check (mbedtls_ssl_cookie_setup (&self->cookies, mbedtls_ctr_drbg_random, &self->random), "cookies");
  mbedtls_ssl_conf_dtls_cookies (&self->config, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check, &self->cookies);
}

static void *
handshake (const PeerOptions *options)
{
  Session *self = calloc (1, sizeof *self);
  int result;

  if (!self)
    peer_fail ("no memory");
  self->socket.fd = options->socket;
  mbedtls_entropy_init (&self->entropy);
  mbedtls_ctr_drbg_init (&self->random);
  mbedtls_x509_crt_init (&self->chain);
  mbedtls_x509_crt_init (&self->authorities);
  mbedtls_pk_init (&self->key);
  mbedtls_ssl_cookie_init (&self->cookies);
  mbedtls_ssl_config_init (&self->config);
  mbedtls_ssl_init (&self->ssl);
  configure (self, options);
  check (mbedtls_ssl_setup (&self->ssl, &self->config), "setup");
  mbedtls_ssl_set_bio (&self->ssl, &self->socket, mbedtls_net_send, NULL, mbedtls_net_recv_timeout);
  mbedtls_ssl_set_timer_cb (&self->ssl, &self->timer, mbedtls_timing_set_delay, mbedtls_timing_get_delay);
  if (!options->is_server)
    check (mbedtls_ssl_set_hostname (&self->ssl, "localhost"), "host name");
  do
    {
      if (options->is_server)
        check (mbedtls_ssl_set_client_transport_id (&self->ssl, (const unsigned char *) "peer", 4), "transport id");
      while ((result = mbedtls_ssl_handshake (&self->ssl)) == MBEDTLS_ERR_SSL_WANT_READ
             || result == MBEDTLS_ERR_SSL_WANT_WRITE)
        continue;
      if (result == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED)
        check (mbedtls_ssl_session_reset (&self->ssl), "reset");
    }
  while (result == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED);
  check (result, "handshake");
  return self;
}

static void
send_text (void *session, const char *text, size_t size)
{
  check (mbedtls_ssl_write (&((Session *) session)->ssl, (const unsigned char *) text, size), "send");
}

static int
receive (void *session, char *buffer, size_t size, int milliseconds)
{
  Session *self = session;
  int result;

  mbedtls_ssl_conf_read_timeout (&self->config, milliseconds);
  do
    result = mbedtls_ssl_read (&self->ssl, (unsigned char *) buffer, size);
  while (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE);
  if (result == MBEDTLS_ERR_SSL_TIMEOUT)
    return -1;
  if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
    return 0;
  check (result, "receive");
  return result;
}

static void
say_goodbye (void *session)
{
  mbedtls_ssl_close_notify (&((Session *) session)->ssl);
}

int
main (int argc, char **argv)
{
  static const PeerLibrary library = { "mbed TLS", handshake, send_text, receive, say_goodbye };

  return peer_main (argc, argv, &library);
}
