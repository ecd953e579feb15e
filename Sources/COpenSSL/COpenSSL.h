// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// OpenSSL for Swift: the headers, and a `static inline` twin for each macro that Swift cannot see. Nothing more.
// A twin has the macro's name behind `COpenSSL_`.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/store.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

static inline int COpenSSL_DTLSv1_get_timeout(SSL *ssl, struct timeval *left) { return (int)DTLSv1_get_timeout(ssl, left); }
static inline int COpenSSL_DTLSv1_handle_timeout(SSL *ssl) { return (int)DTLSv1_handle_timeout(ssl); }

// stdlib.h shows it to _GNU_SOURCE alone, which an importer of modules cannot ask for.
char *secure_getenv(const char *name);
