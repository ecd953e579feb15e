/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A PKCS #11 module that is stricter than the one behind it (MODULE, SoftHSM, which never counts): three wrong PINs in a
 * row lock its tokens, and the flags tell so before. It is also untidy: it leaves errors in OpenSSL's queue, as modules
 * that use OpenSSL do. strict_module_reset() unlocks the tokens and forgets all counts.
 * The token "One session" says that it allows no second one; keys of "Each time" want the PIN for each signature, but
 * do not tell how long that answer is.
 */
#include "CPKCS11.h"

#include <openssl/err.h>
#include <pthread.h>
#include <string.h>

enum
{
  TRIES = 3,
  FUNCTIONS = 68, /* of PKCS #11 2.x */
  C_SIGN = 43,    /* how many stand before C_Sign */
};

typedef CK_RV (*Sign) (CK_ULONG session, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature, CK_ULONG *signature_size);

typedef union
{
  CK_FUNCTION_LIST list;
  struct
  {
    CK_VERSION version;
    void *functions[FUNCTIONS];
  } all;
} Functions;

static Functions strict;
static CK_FUNCTION_LIST *real;
/* Wrong PINs in a row, by slot: tests of other tokens run at the same time. */
static struct
{
  CK_ULONG slot;
  int wrong;
} tokens[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int *
wrong_of (CK_ULONG slot)
{
  int i = 0;

  pthread_mutex_lock (&lock);
  while (i < 63 && tokens[i].slot != slot && tokens[i].slot != 0)
    i++;
  tokens[i].slot = slot;
  pthread_mutex_unlock (&lock);
  return &tokens[i].wrong;
}

static int
is_called (const CK_TOKEN_INFO *info, const char *name)
{
  return memcmp (info->label, name, strlen (name)) == 0;
}

static CK_RV
get_token_info (CK_ULONG slot, CK_TOKEN_INFO *info)
{
  CK_RV result = real->C_GetTokenInfo (slot, info);
  int wrong = *wrong_of (slot);

  if (result != CKR_OK)
    return result;
  if (is_called (info, "One session"))
    info->ulMaxSessionCount = 1;
  info->flags &= ~(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
  if (wrong > 0)
    info->flags |= CKF_USER_PIN_COUNT_LOW;
  if (wrong == TRIES - 1)
    info->flags |= CKF_USER_PIN_FINAL_TRY;
  if (wrong >= TRIES)
    info->flags |= CKF_USER_PIN_LOCKED;
  return CKR_OK;
}

static CK_RV
get_attribute_value (CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
  CK_SESSION_INFO info;
  CK_TOKEN_INFO token;

  if (count == 1 && attributes->type == CKA_ALWAYS_AUTHENTICATE &&
      real->C_GetSessionInfo (session, &info) == CKR_OK &&
      real->C_GetTokenInfo (info.slotID, &token) == CKR_OK && is_called (&token, "Each time"))
    {
      if (!attributes->pValue)
        return CKR_ARGUMENTS_BAD;
      *(CK_BYTE *) attributes->pValue = 1;
      attributes->ulValueLen = 1;
      return CKR_OK;
    }
  return real->C_GetAttributeValue (session, object, attributes, count);
}

static CK_RV
login (CK_ULONG session, CK_ULONG user, CK_BYTE *pin, CK_ULONG size)
{
  CK_SESSION_INFO info;
  CK_RV result = real->C_GetSessionInfo (session, &info);
  int *wrong;

  if (result != CKR_OK)
    return result;
  wrong = wrong_of (info.slotID);
  if (*wrong >= TRIES)
    return CKR_PIN_LOCKED;
  result = real->C_Login (session, user, pin, size);
  if (result == CKR_PIN_INCORRECT)
    ++*wrong;
  else if (result == CKR_OK)
    *wrong = 0;
  return result;
}

static CK_RV
sign (CK_ULONG session, CK_BYTE *data, CK_ULONG size, CK_BYTE *signature, CK_ULONG *signature_size)
{
  Sign real_sign = (Sign) ((Functions *) real)->all.functions[C_SIGN];
  CK_RV result = real_sign (session, data, size, signature, signature_size);

  ERR_raise (ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
  return result;
}

void
strict_module_reset (void)
{
  memset (tokens, 0, sizeof tokens);
}

CK_RV
C_GetFunctionList (CK_FUNCTION_LIST **list)
{
  if (!real)
    {
      void *module = dlopen (MODULE, RTLD_NOW | RTLD_LOCAL);
      CK_C_GetFunctionList get = module ? CPKCS11_C_GetFunctionList (module) : NULL;

      if (!get || get (&real) != CKR_OK)
        return CKR_DEVICE_ERROR;
      memcpy (&strict, real, sizeof strict);
      strict.list.C_GetTokenInfo = get_token_info;
      strict.list.C_Login = login;
      strict.list.C_GetAttributeValue = get_attribute_value;
      strict.all.functions[C_SIGN] = (void *) sign;
    }
  *list = &strict.list;
  return CKR_OK;
}
