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
static inline int COpenSSL_ENGINE_ctrl_cmd_string(ENGINE *engine, const char *command, const char *argument) { return ENGINE_ctrl_cmd_string(engine, command, argument, 0); }
static inline int COpenSSL_ENGINE_set_user_interface(ENGINE *engine, UI_METHOD *ui) { return ENGINE_ctrl(engine, ENGINE_CTRL_SET_USER_INTERFACE, 0, ui, NULL); }
static inline int COpenSSL_ENGINE_init(ENGINE *engine) { return ENGINE_init(engine); }
static inline EVP_PKEY *COpenSSL_ENGINE_load_private_key(ENGINE *engine, const char *key, UI_METHOD *ui) { return ENGINE_load_private_key(engine, key, ui, NULL); }
static inline void COpenSSL_ENGINE_free(ENGINE *engine) { ENGINE_free(engine); }

// A further ENGINE with the same functions and a state of its own, in no list. The other one must not be freed.
static inline ENGINE *COpenSSL_ENGINE_twin(const ENGINE *other) {
  ENGINE *twin = ENGINE_new();
  if (twin && ENGINE_set_id(twin, ENGINE_get_id(other)) && ENGINE_set_name(twin, ENGINE_get_name(other)) &&
      ENGINE_set_init_function(twin, ENGINE_get_init_function(other)) &&
      ENGINE_set_finish_function(twin, ENGINE_get_finish_function(other)) &&
      ENGINE_set_destroy_function(twin, ENGINE_get_destroy_function(other)) &&
      ENGINE_set_ctrl_function(twin, ENGINE_get_ctrl_function(other)) &&
      ENGINE_set_cmd_defns(twin, ENGINE_get_cmd_defns(other)) && ENGINE_set_RSA(twin, ENGINE_get_RSA(other)) &&
      ENGINE_set_EC(twin, ENGINE_get_EC(other)) && ENGINE_set_pkey_meths(twin, ENGINE_get_pkey_meths(other)) &&
      ENGINE_set_load_privkey_function(twin, ENGINE_get_load_privkey_function(other)))
    return twin;
  ENGINE_free(twin);
  return NULL;
}
#else
static inline ENGINE *COpenSSL_ENGINE_by_id(const char *id) { (void)id; return NULL; }
static inline int COpenSSL_ENGINE_ctrl_cmd_string(ENGINE *engine, const char *command, const char *argument) { (void)engine; (void)command; (void)argument; return 0; }
static inline int COpenSSL_ENGINE_set_user_interface(ENGINE *engine, UI_METHOD *ui) { (void)engine; (void)ui; return 0; }
static inline int COpenSSL_ENGINE_init(ENGINE *engine) { (void)engine; return 0; }
static inline EVP_PKEY *COpenSSL_ENGINE_load_private_key(ENGINE *engine, const char *key, UI_METHOD *ui) { (void)engine; (void)key; (void)ui; return NULL; }
static inline void COpenSSL_ENGINE_free(ENGINE *engine) { (void)engine; }
static inline ENGINE *COpenSSL_ENGINE_twin(const ENGINE *other) { (void)other; return NULL; }
#endif
