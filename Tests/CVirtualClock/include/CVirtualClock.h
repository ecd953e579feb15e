// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdint.h>

// Libssl asks gettimeofday for its DTLS timers. A test executable exports its own, which answers the calling thread
// with the virtual time set here, and with the true time while none is set.
void virtual_clock_set(int64_t microseconds);
void virtual_clock_clear(void);
