/* The option file, as every MariaDB client reads it. */
#ifndef ORGD_DB_OPTIONS_H
#define ORGD_DB_OPTIONS_H

/* Returns the group for an administrator's command: "orgctl" if the option file has such a group, else "orgd". */
const char *db_option_group(const char *option_file);

#endif
