/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ends the process with a clear message where a call does not come back: a deadlock or a lost wake-up must not look
 * like a slow machine.
 */
#pragma once

#include <glib.h>

/* Starts the thread that watches; `title` heads its message, with the seed for example. */
void watchdog_start (const char *title);

/* The calling thread begins something that takes so many seconds at most, the same string for as long as it takes. */
void watchdog_enter (const char *what, int seconds);

/* It is done. */
void watchdog_leave (void);

/* Runs one statement under the watchdog. */
#define WATCHED(what, seconds, statement) \
  G_STMT_START                            \
  {                                       \
    watchdog_enter ((what), (seconds));   \
    statement;                            \
    watchdog_leave ();                    \
  }                                       \
  G_STMT_END
