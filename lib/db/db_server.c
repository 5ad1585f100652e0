#include "db_server.h"

#include <stdlib.h>
#include <string.h>

#include "db_server_sql.h"

int db_server_read(struct db *db, struct arena *arena, struct db_server *out, struct error *err)
{
    int found = db_query_one(db, &server_read, NULL, arena, out, err);

    return found < 0 ? -1 : 0;
}

bool db_server_is_known(struct text version)
{
    char *minor;
    long major = version.data == NULL ? 0 : strtol(version.data, &minor, 10);

    return major > 10 || (major == 10 && minor[0] == '.' && strtol(minor + 1, NULL, 10) >= 5);
}
