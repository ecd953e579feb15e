// SPDX-FileCopyrightText: the libgdtls-swift authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "CVirtualClock.h"

#include <sys/time.h>
#include <time.h>

// Per thread, because tests run in parallel.
static _Thread_local int64_t virtual_now = -1;

void virtual_clock_set(int64_t microseconds) { virtual_now = microseconds; }
void virtual_clock_clear(void) { virtual_now = -1; }

__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
  (void)zone;
  if (virtual_now >= 0) {
    now->tv_sec = 1000000000 + virtual_now / 1000000;
    now->tv_usec = virtual_now % 1000000;
  } else {
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec;
    now->tv_usec = real.tv_nsec / 1000;
  }
  return 0;
}
