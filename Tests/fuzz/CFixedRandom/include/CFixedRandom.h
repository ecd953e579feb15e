// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdint.h>

// Libcrypto's random numbers follow from a seed in the calling thread, so that what the fuzzer finds happens again; all
// other threads keep libcrypto's own.
void fixed_random_set(uint64_t seed);
void fixed_random_clear(void);
