/* The arguments of a CGI program. A web server adds the words of a query without `=` to them (RFC 3875, 4.4), so that a
 * stranger could choose options. */
#ifndef ORGD_CGI_ARGUMENTS_H
#define ORGD_CGI_ARGUMENTS_H

#include "base/base.h"

#define CGI_ARGUMENTS_MAX 2 /* --config FILE */

/* Returns how many of the arguments, the program's name among them, come from whoever set the program up: those behind
 * them are words of the query. Returns -1 if one of these looks like an option, or if there are more than can be. */
int cgi_arguments_count(int argc, char **argv, const char *query);

#endif
