#include "rights.h"

#include <string.h>

#include "rights_sql.h"

/* Returns 0 also if it may not; `is_allowed` tells. */
static int try_probe(const struct call *call, const struct rights_probe *probe, bool *is_allowed, struct error *err)
{
    struct error refusal;

    *is_allowed = db_execute(call->db, &probe->statement, NULL, &refusal) >= 0;
    if (!*is_allowed && refusal.kind == ERR_UNAVAILABLE)
        return error_set(err, refusal.kind, "%s", refusal.message);
    return 0;
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
    bool is_allowed;

    *out = (struct rights){.missing_table = NULL};
    for (const struct rights_probe *probe = rights_needed; probe->table != NULL; probe++) {
        if (try_probe(call, probe, &is_allowed, err) < 0)
            return -1;
        if (!is_allowed)
            note_fault(call, probe, out);
    }
    for (const struct rights_probe *probe = rights_beyond; probe->table != NULL; probe++) {
        if (try_probe(call, probe, &is_allowed, err) < 0)
            return -1;
        out->may_administer |= is_allowed;
    }
    return 0;
}
