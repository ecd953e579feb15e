// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// ENGINE, which OpenSSL 3 deprecates and OpenSSL 4 no longer has: where it is missing, there is never an engine.
#pragma once

#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/ui.h>

#if !defined(OPENSSL_NO_ENGINE) && OPENSSL_VERSION_MAJOR < 4
#include <openssl/engine.h>

static inline ENGINE *COpenSSL_ENGINE_by_id(const char *id) { return ENGINE_by_id(id); }
static inline int COpenSSL_ENGINE_ctrl_cmd_string(ENGINE *engine, const char *command, const char *argument, int optional) { return ENGINE_ctrl_cmd_string(engine, command, argument, optional); }
static inline int COpenSSL_ENGINE_init(ENGINE *engine) { return ENGINE_init(engine); }
static inline EVP_PKEY *COpenSSL_ENGINE_load_private_key(ENGINE *engine, const char *key, UI_METHOD *ui, void *data) { return ENGINE_load_private_key(engine, key, ui, data); }
static inline void COpenSSL_ENGINE_free(ENGINE *engine) { ENGINE_free(engine); }
#else
static inline ENGINE *COpenSSL_ENGINE_by_id(const char *id) { (void)id; return NULL; }
static inline int COpenSSL_ENGINE_ctrl_cmd_string(ENGINE *engine, const char *command, const char *argument, int optional) { (void)engine; (void)command; (void)argument; (void)optional; return 0; }
static inline int COpenSSL_ENGINE_init(ENGINE *engine) { (void)engine; return 0; }
static inline EVP_PKEY *COpenSSL_ENGINE_load_private_key(ENGINE *engine, const char *key, UI_METHOD *ui, void *data) { (void)engine; (void)key; (void)ui; (void)data; return NULL; }
static inline void COpenSSL_ENGINE_free(ENGINE *engine) { (void)engine; }
#endif
