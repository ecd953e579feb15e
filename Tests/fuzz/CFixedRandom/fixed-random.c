// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "CFixedRandom.h"

// RAND_set_rand_method has no successor that a program can use without a provider of its own.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>
#include <pthread.h>
#include <stdbool.h>

static _Thread_local bool is_fixed;
static _Thread_local uint64_t state;

// splitmix64
static unsigned char next(void)
{
  uint64_t bits = state += 0x9E3779B97F4A7C15;

  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

static int bytes(unsigned char *buffer, int count)
{
  if (!is_fixed)
    return RAND_OpenSSL()->bytes(buffer, count);
  for (int i = 0; i < count; i++)
    buffer[i] = next();
  return 1;
}

static int status(void) { return 1; }

static void install(void)
{
  static const RAND_METHOD method = {.bytes = bytes, .pseudorand = bytes, .status = status};

  RAND_set_rand_method(&method);
}

void fixed_random_set(uint64_t seed)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once(&once, install);
  state = seed;
  is_fixed = true;
}

void fixed_random_clear(void) { is_fixed = false; }
