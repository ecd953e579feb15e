/* SPDX-FileCopyrightText: the libgdtls-swift authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `NAME_function` for each function of the public header: a pointer to what the header declares. The tests load the
 * library at run time and call its functions through these.
 */
#pragma once

#include "../../include/gdtls-swift/gdtls-swift.h"

#define FUNCTION(name) typedef __typeof__ (name) *name##_function

FUNCTION (gdtls_swift_connection_send);
FUNCTION (gdtls_swift_connection_send_async);
FUNCTION (gdtls_swift_connection_send_finish);
FUNCTION (gdtls_swift_connection_receive);
FUNCTION (gdtls_swift_connection_receive_async);
FUNCTION (gdtls_swift_connection_receive_finish);
FUNCTION (gdtls_swift_connection_set_mtu);
FUNCTION (gdtls_swift_connection_get_max_data_size);
FUNCTION (gdtls_swift_connection_set_handshake_timeout);
FUNCTION (gdtls_swift_connection_set_min_protocol_version);
FUNCTION (gdtls_swift_connection_get_min_protocol_version);
FUNCTION (gdtls_swift_connection_get_statistics);
FUNCTION (gdtls_swift_certificate_new_from_file);
FUNCTION (gdtls_swift_certificate_new_from_files);
FUNCTION (gdtls_swift_certificate_new_from_pem);
FUNCTION (gdtls_swift_certificate_new_from_pkcs12);

#undef FUNCTION
