#include "rights.h"

#include <string.h>

#include "rights_sql.h"

static bool may(const struct call *call, const struct rights_probe *probe, struct error *err)
{
    return db_execute(call->db, &probe->statement, NULL, err) >= 0;
}

static void note_fault(const struct call *call, const struct rights_probe *probe, struct rights *out)
{
    const char *cause = db_last_cause(call->db);

    if (db_last_number(call->db) == DB_NO_SUCH_TABLE) {
        if (out->missing_table == NULL)
            out->missing_table = probe->table;
    } else if (out->lacking_table == NULL) {
        out->lacking_table = probe->table;
        out->cause = arena_strndup(call->arena, cause, strlen(cause));
    }
}

int rights_check(const struct call *call, struct rights *out, struct error *err)
{
    struct error refusal;

    *out = (struct rights){.missing_table = NULL};
    for (const struct rights_probe *probe = rights_needed; probe->table != NULL; probe++) {
        if (may(call, probe, &refusal))
            continue;
        if (refusal.kind == ERR_UNAVAILABLE)
            return error_set(err, refusal.kind, "%s", refusal.message);
        note_fault(call, probe, out);
    }
    for (const struct rights_probe *probe = rights_beyond; probe->table != NULL; probe++)
        out->may_administer |= may(call, probe, &refusal);
    return 0;
}
