#include "purge.h"

#include "base/log.h"
#include "idempotency.h"
#include "purge_sql.h"

/* So many rows a statement: some milliseconds of work. */
#define PIECE 500
/* So many organizations, accounts or clients are looked up at once. */
#define BATCH 100
/* The first of all times and ids; 0 and nil would be NULL. */
#define FIRST_TIME ((struct timestamp){.us = 1})
#define FIRST_ID ((struct id){{[15] = 1}})

/* Rows of one table. */
struct rows {
    const char *name;
    const struct db_statement *remove;
    const struct db_statement *next;
    const struct db_statement *remove_single;
    int64_t kept_us; /* after it expired */
};

#define ROWS(name, symbol, kept_us)                                                                                    \
    {                                                                                                                  \
        name, &(symbol), &(symbol##_next), &(symbol##_single), kept_us                                                 \
    }
#define DAY_US (S_PER_DAY * US_PER_S)
/* So long an operator can see what became of a mail. */
#define MAIL_KEPT_US (14 * DAY_US)

/* Expired codes stay for a day, so that a second use can still be told from an invented secret; expired sessions too,
 * so that signing out of one ends what was granted in it. */
static const struct rows expired[] = {
    ROWS("authorization codes", purge_sql_codes, DAY_US),
    ROWS("device codes", purge_sql_devices, US_PER_HOUR),
    ROWS("uses of credentials", purge_sql_uses, DAY_US),
    ROWS("credentials", purge_sql_credentials, DAY_US),
    ROWS("attempts", purge_sql_attempts, DAY_US),
    ROWS("mails that were sent or have failed", purge_sql_mails, MAIL_KEPT_US),
    ROWS("answers of repeatable requests", purge_sql_idempotency, IDEMPOTENCY_US),
    ROWS("role assignments of invitations", purge_sql_invitation_assignments, DAY_US),
    ROWS("invitations in teams", purge_sql_invitation_team_members, DAY_US),
    ROWS("invitations", purge_sql_invitations, DAY_US),
    ROWS("links that were mailed", purge_sql_mailed_links, DAY_US),
};

#define TABLES_MAX 9

/* What ends as a whole, and the tables with what belongs to it, children first. The credentials of an account end
 * with it, and are removed as such. */
static const struct whole {
    const char *name;
    const struct db_statement *list;
    const struct db_statement *remove;
    struct rows tables[TABLES_MAX];
} wholes[] = {
    {"organization",
     &purge_sql_ended_organizations,
     &purge_sql_organization,
     {ROWS("uses of credentials", purge_sql_organization_uses, 0),
      ROWS("credentials", purge_sql_organization_credentials, 0),
      ROWS("memberships", purge_sql_organization_memberships, 0),
      ROWS("invitations", purge_sql_organization_invitations, 0),
      ROWS("role assignments", purge_sql_organization_assignments, 0),
      ROWS("members of teams", purge_sql_organization_team_members, 0), ROWS("roles", purge_sql_organization_roles, 0),
      ROWS("teams", purge_sql_organization_teams, 0), ROWS("service accounts", purge_sql_organization_accounts, 0)}},
    {"account",
     &purge_sql_ended_accounts,
     &purge_sql_account,
     {ROWS("memberships", purge_sql_account_memberships, 0), ROWS("role assignments", purge_sql_account_assignments, 0),
      ROWS("members of teams", purge_sql_account_team_members, 0),
      ROWS("authorization codes", purge_sql_account_codes, 0), ROWS("device codes", purge_sql_account_devices, 0)}},
    {"client",
     &purge_sql_ended_clients,
     &purge_sql_client,
     {ROWS("uses of grants", purge_sql_client_uses, 0), ROWS("grants", purge_sql_client_grants, 0),
      ROWS("authorization codes", purge_sql_client_codes, 0), ROWS("device codes", purge_sql_client_devices, 0)}},
};

/* The lease lasts for a minute. This is long before its end, and longer than a statement takes. */
#define LEASE_RENEWED_US (20 * US_PER_S)

struct purge {
    const struct call *call;
    const struct purge_pace *pace;
    struct purge_params lease;
    int64_t leased_us; /* when the lease was taken last */
    int64_t *removed;
    bool is_over; /* the pace said so, or the lease is lost */
};

static int take_lease(struct purge *purge, struct error *err)
{
    int64_t taken = db_execute(purge->call->db, &purge_sql_take_lease, &purge->lease, err);

    if (taken == 0)
        return error_set(err, ERR_BUSY, "another process removes what is over at this moment");
    purge->leased_us = timestamp_monotonic_us();
    return taken < 0 ? -1 : 0;
}

static bool keep_lease(struct purge *purge)
{
    struct error err;

    return timestamp_monotonic_us() - purge->leased_us < LEASE_RENEWED_US || take_lease(purge, &err) == 0;
}

/* If it cannot be ended, it ends by itself. */
static void end_lease(const struct purge *purge)
{
    struct error err;

    if (db_execute(purge->call->db, &purge_sql_end_lease, &purge->lease, &err) < 0)
        log_debug("purge: %s", err.message);
}

static int64_t execute(struct purge *purge, const struct db_statement *statement, const struct purge_params *params,
                       struct error *err)
{
    int64_t start_us = timestamp_monotonic_us();
    int64_t count = db_execute(purge->call->db, statement, params, err);

    if (count > 0)
        *purge->removed += count;
    if (!purge->pace->rest(purge->pace->context, timestamp_monotonic_us() - start_us) || !keep_lease(purge))
        purge->is_over = true;
    return count;
}

/* Goes on right behind the place. */
static void step_over(struct purge_params *params)
{
    params->from_time.us++;
    for (size_t i = sizeof(params->from_id.bytes); i > 0 && ++params->from_id.bytes[i - 1] == 0; i--)
        ;
}

/* Moves the place to the next row. Returns 0 if there is none. */
static int find_next(const struct purge *purge, const struct rows *rows, struct purge_params *params, struct error *err)
{
    struct purge_place place;
    int found = db_query_one(purge->call->db, rows->next, params, purge->call->arena, &place, err);

    if (found > 0) {
        params->from_time = place.time;
        params->from_id = place.id;
    }
    return found;
}

/* Removes the rows of a piece one by one, and leaves those that cannot be removed. Returns 1 if none of them is left, 0
 * if some are, or -1 if the database does not answer. */
static int remove_singly(struct purge *purge, const struct rows *rows, struct purge_params *params, struct error *err)
{
    bool is_empty = true;

    for (int i = 0; i < PIECE && !purge->is_over; i++) {
        struct error cause;
        int found = find_next(purge, rows, params, err);

        if (found <= 0)
            return found < 0 ? -1 : is_empty;
        if (execute(purge, rows->remove_single, params, &cause) < 0) {
            is_empty = false;
            log_warning("purge: one of the %s cannot be removed now, and stays until the next time: %s", rows->name,
                        cause.message);
        }
        step_over(params);
    }
    return is_empty;
}

/* Removes the rows of one table, piece by piece. Returns 1 if none is left, 0 if some may be, or -1. The database keeps
 * what was removed in its index for as long as any old snapshot lasts, a dump's for example. So each piece begins at
 * the first row that is left, and not before all of them. */
static int remove_rows(struct purge *purge, const struct rows *rows, const struct id *parent, struct error *err)
{
    struct purge_params params = {
        .parent = *parent,
        .before.us = purge->call->now.us - rows->kept_us,
        .from_time = FIRST_TIME,
        .from_id = FIRST_ID,
        .count = PIECE,
    };
    bool is_empty = true;

    while (!purge->is_over) {
        struct error cause;
        int found = find_next(purge, rows, &params, err);
        int64_t count;

        if (found <= 0)
            return found < 0 ? -1 : is_empty;
        count = execute(purge, rows->remove, &params, &cause);
        if (count < 0) {
            int is_removed = remove_singly(purge, rows, &params, err);

            if (is_removed < 0)
                return -1;
            is_empty = is_empty && is_removed;
        } else if (count < PIECE) {
            return is_empty;
        }
    }
    return 0;
}

/* Removes what belongs to one that has ended, and then that one itself, if nothing is left of it. */
static int remove_whole(struct purge *purge, const struct whole *whole, const struct id *id, struct error *err)
{
    struct purge_params params = {.parent = *id};
    struct error cause;

    for (size_t i = 0; i < TABLES_MAX && whole->tables[i].remove != NULL; i++) {
        int is_empty = remove_rows(purge, &whole->tables[i], id, err);

        if (is_empty <= 0)
            return is_empty;
    }
    if (execute(purge, whole->remove, &params, &cause) < 0)
        log_warning("purge: a deleted %s cannot be removed now, and stays until the next time: %s", whole->name,
                    cause.message);
    return 0;
}

static int remove_wholes(struct purge *purge, const struct whole *whole, struct error *err)
{
    const struct call *call = purge->call;
    struct purge_params params = {.from_time = FIRST_TIME, .count = BATCH};
    int64_t count = BATCH;

    while (count == BATCH && !purge->is_over) {
        void *rows = NULL;
        const struct purge_place *ended;

        count = db_query_all(call->db, whole->list, &params, call->arena, &rows, err);
        ended = rows;
        for (int64_t i = 0; i < count && !purge->is_over; i++) {
            if (remove_whole(purge, whole, &ended[i].id, err) < 0)
                return -1;
            params.from_time.us = ended[i].time.us + 1;
        }
    }
    return count < 0 ? -1 : 0;
}

static int remove_all(struct purge *purge, struct error *err)
{
    static const struct id nothing = {{0}};

    for (size_t i = 0; i < ARRAY_LENGTH(expired) && !purge->is_over; i++)
        if (remove_rows(purge, &expired[i], &nothing, err) < 0)
            return -1;
    for (size_t i = 0; i < ARRAY_LENGTH(wholes) && !purge->is_over; i++)
        if (remove_wholes(purge, &wholes[i], err) < 0)
            return -1;
    return 0;
}

static void note_earliest(struct timestamp *earliest, int64_t us)
{
    if (earliest->us == 0 || us < earliest->us)
        earliest->us = us;
}

int purge_backlog(const struct call *call, struct timestamp *out, struct error *err)
{
    struct purge_params params = {.from_time = FIRST_TIME, .count = 1};
    struct purge_place place;
    int found = 0;

    out->us = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(expired) && found >= 0; i++) {
        params.before.us = call->now.us - expired[i].kept_us;
        found = db_query_one(call->db, expired[i].next, &params, call->arena, &place, err);
        if (found > 0)
            note_earliest(out, place.time.us + expired[i].kept_us);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(wholes) && found >= 0; i++) {
        found = db_query_one(call->db, wholes[i].list, &params, call->arena, &place, err);
        if (found > 0)
            note_earliest(out, place.time.us);
    }
    return found < 0 ? -1 : 0;
}

int purge_done(const struct call *call, struct timestamp *out, struct error *err)
{
    struct purge_params params = {.count = 0};
    struct purge_place place = {.time = {0}};
    int found = db_query_one(call->db, &purge_sql_done, &params, call->arena, &place, err);

    *out = place.time;
    return found < 0 ? -1 : 0;
}

static int note_done(const struct call *call, struct error *err)
{
    struct purge_params params = {.count = 0};

    return db_execute(call->db, &purge_sql_note_done, &params, err) < 0 ? -1 : 0;
}

/* Writes nothing if nothing is over, except now and then that it has looked. */
int purge_run(const struct call *call, const struct purge_pace *pace, int64_t *removed, struct error *err)
{
    struct purge purge = {.call = call, .pace = pace, .lease.holder = id_new(call->now), .removed = removed};
    struct timestamp oldest;
    int result;

    *removed = 0;
    if (purge_backlog(call, &oldest, err) < 0)
        return -1;
    if (oldest.us == 0)
        return note_done(call, err);
    if (take_lease(&purge, err) < 0)
        return -1;
    result = remove_all(&purge, err);
    end_lease(&purge);
    return result < 0 || purge.is_over ? result : note_done(call, err);
}
