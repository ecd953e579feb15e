/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#if !defined(GDTLS_SWIFT_INSIDE) && !defined(GDTLS_SWIFT_COMPILATION)
#error "Only <gdtls-swift/gdtls-swift.h> can be included directly."
#endif

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * GDTLS_SWIFT_MAJOR_VERSION:
 *
 * The major version of the library that this header belongs to, `1` in 1.2.3. Another one may break programs.
 *
 * Since: 1.0
 */
#define GDTLS_SWIFT_MAJOR_VERSION (1)

/**
 * GDTLS_SWIFT_MINOR_VERSION:
 *
 * The minor version of the library that this header belongs to, `2` in 1.2.3. A higher one may have more functions.
 *
 * Since: 1.0
 */
#define GDTLS_SWIFT_MINOR_VERSION (0)

/**
 * GDTLS_SWIFT_MICRO_VERSION:
 *
 * The micro version of the library that this header belongs to, `3` in 1.2.3. A higher one has fewer mistakes.
 *
 * Since: 1.0
 */
#define GDTLS_SWIFT_MICRO_VERSION (0)

/**
 * GDTLS_SWIFT_CHECK_VERSION:
 * @major: a major version
 * @minor: a minor version
 * @micro: a micro version
 *
 * Whether the header that is compiled against is of this version or a higher one. What the program runs with is
 * gdtls_swift_check_version()'s to tell.
 *
 * Since: 1.0
 */
#define GDTLS_SWIFT_CHECK_VERSION(major, minor, micro)                                                                 \
  (GDTLS_SWIFT_MAJOR_VERSION > (major)                                                                                 \
   || (GDTLS_SWIFT_MAJOR_VERSION == (major) && GDTLS_SWIFT_MINOR_VERSION > (minor))                                    \
   || (GDTLS_SWIFT_MAJOR_VERSION == (major) && GDTLS_SWIFT_MINOR_VERSION == (minor)                                    \
       && GDTLS_SWIFT_MICRO_VERSION >= (micro)))

#ifndef __GI_SCANNER__

/* A program says with these two which versions it is written for, before it includes the header:
 *   #define GDTLS_SWIFT_VERSION_MIN_REQUIRED GDTLS_SWIFT_VERSION_1_0   warn of what was deprecated up to then
 *   #define GDTLS_SWIFT_VERSION_MAX_ALLOWED GDTLS_SWIFT_VERSION_1_0    warn of what came later
 */
#define GDTLS_SWIFT_VERSION_1_0 (G_ENCODE_VERSION (1, 0))
#define GDTLS_SWIFT_VERSION_CUR_STABLE (G_ENCODE_VERSION (GDTLS_SWIFT_MAJOR_VERSION, GDTLS_SWIFT_MINOR_VERSION))

#ifndef GDTLS_SWIFT_VERSION_MIN_REQUIRED
#define GDTLS_SWIFT_VERSION_MIN_REQUIRED GDTLS_SWIFT_VERSION_CUR_STABLE
#endif
#ifndef GDTLS_SWIFT_VERSION_MAX_ALLOWED
#define GDTLS_SWIFT_VERSION_MAX_ALLOWED GDTLS_SWIFT_VERSION_CUR_STABLE
#endif

#if GDTLS_SWIFT_VERSION_MIN_REQUIRED < GDTLS_SWIFT_VERSION_1_0
#error "GDTLS_SWIFT_VERSION_MIN_REQUIRED must be at least GDTLS_SWIFT_VERSION_1_0"
#endif
#if GDTLS_SWIFT_VERSION_MAX_ALLOWED < GDTLS_SWIFT_VERSION_MIN_REQUIRED
#error "GDTLS_SWIFT_VERSION_MAX_ALLOWED must not be lower than GDTLS_SWIFT_VERSION_MIN_REQUIRED"
#endif

#define GDTLS_SWIFT_EXTERN extern __attribute__ ((visibility ("default")))

/* Each later version X.Y adds a GDTLS_SWIFT_AVAILABLE_IN_X_Y that warns where MAX_ALLOWED is lower, by
 * GDTLS_SWIFT_UNAVAILABLE (X, Y). */
#define GDTLS_SWIFT_UNAVAILABLE(major, minor) GDTLS_SWIFT_EXTERN G_UNAVAILABLE (major, minor)
#define GDTLS_SWIFT_AVAILABLE_IN_ALL GDTLS_SWIFT_EXTERN
#define GDTLS_SWIFT_AVAILABLE_IN_1_0 GDTLS_SWIFT_EXTERN

#else

#define GDTLS_SWIFT_AVAILABLE_IN_ALL
#define GDTLS_SWIFT_AVAILABLE_IN_1_0

#endif

/**
 * gdtls_swift_version:
 *
 * The version of the library that the program runs with, such as `1.0.0`. Any thread.
 *
 * Returns: (transfer none): the version; it lives as long as the process.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
const gchar *gdtls_swift_version (void);

/**
 * gdtls_swift_check_version:
 * @major: a major version
 * @minor: a minor version
 * @micro: a micro version
 *
 * Whether the library that the program runs with does for a program written for a version: it is of this version, or of
 * a later one with the same major version. Any thread.
 *
 * Returns: %TRUE if it does.
 *
 * Since: 1.0
 */
GDTLS_SWIFT_AVAILABLE_IN_1_0
gboolean gdtls_swift_check_version (guint major,
                                    guint minor,
                                    guint micro);

G_END_DECLS
