#include <gio/gio.h>
G_MODULE_EXPORT char **g_io_gdtls_swift_query(void); char **g_io_gdtls_swift_query(void){ char *e[]={"gio-tls-backend",NULL}; return g_strdupv(e);}
