/* Transactions, as lists of statements. A work plans: it reads what it must know, and adds the statements that change
 * something. They go to the server all at once, with the transaction's end, so that most writes are one round trip. A
 * refusal is an error like any other: of plan(), or of a statement that changed no row.
 *
 *     static int plan(struct db_unit *unit, void *context, struct error *err)
 *     {
 *         const struct member_params *member = context;
 *
 *         (void)err;
 *         db_unit_require(unit, &member_sql_remove, member, ERR_NOT_FOUND, "the user is not a member");
 *         db_unit_add(unit, &member_sql_remove_from_teams, member);
 *         return 0;
 *     }
 *
 *     struct db_work work = {.plan = plan, .is_repeatable = true, .context = &member};
 *     return db_transaction(db, arena, &work, err);
 */
#ifndef ORGD_DB_UNIT_H
#define ORGD_DB_UNIT_H

#include "db.h"

/* A statement of a transaction. */
struct db_step {
    const struct db_statement *statement;
    const void *params;   /* a copy, in the arena */
    bool is_required;     /* to change a row; else the transaction is rolled back and fails with: */
    enum error_kind kind; /* ERR_NONE: no refusal, but a reason to try again */
    const char *message;  /* a literal */
};

/* The statements of a transaction. plan() looks at `locks` alone, and adds by the functions below. */
struct db_unit {
    struct arena *arena;
    /* The transaction has been started, so that rows can be locked: because the work wants it, or because somebody else
     * was faster the last time. Then plan() locks the row that everybody writes, so that it gets its turn. */
    bool locks;
    bool is_open; /* on the server, as far as we know */
    struct db_step steps[DB_STEPS_MAX];
    size_t count;
    struct error refusal; /* of db_unit_refuse() */
    struct id proof;      /* plan() may name a row that it inserts here, and that nobody removes; nil: none */
};

/* The part of a transaction that its caller knows. It may run several times, so it may change nothing but the unit and
 * the caller's own results. */
struct db_work {
    int (*plan)(struct db_unit *unit, void *context, struct error *err);
    /* plan() reads rows that it locks (FOR UPDATE), so the transaction starts before it. */
    bool locks;
    /* If the server does not answer the COMMIT, nobody knows whether it took place. Then a new connection asks
     * is_done(): 1 if the work is in the database, 0 if it is not, -1 with ERR_UNAVAILABLE to be asked again, or with
     * another error if nobody can know any more. Without is_done(), a repeatable work (doing it twice has the same
     * result) is done again, and any other fails with ERR_INTERNAL, which says that it is unknown. */
    int (*is_done)(struct db *db, void *context, struct error *err);
    bool is_repeatable;
    void *context;
};

/* Adds a statement. `params` is copied. */
void db_unit_add(struct db_unit *unit, const struct db_statement *statement, const void *params);

/* Adds a statement that must change a row: if it does not, nothing of the transaction is done, and db_transaction()
 * fails with this kind and message (a literal). */
void db_unit_require(struct db_unit *unit, const struct db_statement *statement, const void *params,
                     enum error_kind kind, const char *message);

/* Adds a statement that changes a row. If it changes none, somebody else has changed what plan() read, and the
 * transaction is tried again. */
void db_unit_expect(struct db_unit *unit, const struct db_statement *statement, const void *params);

/* Commits what was added, and then fails: for a refusal that leaves something behind, such as a count. Returns 0, so
 * that plan() can end with it. */
int db_unit_refuse(struct db_unit *unit, enum error_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);

/* Runs the work in one transaction. After a deadlock or a certification conflict it is tried again, DB_ATTEMPTS_MAX
 * times in all, with jitter. If the connection breaks before the statements were sent, nothing has changed:
 * ERR_UNAVAILABLE. If their answer is lost, finds out what happened and says it, or says that it is unknown. */
int db_transaction(struct db *db, struct arena *arena, const struct db_work *work, struct error *err) NODISCARD;

/* Runs one statement as a transaction. With a `kind` it must change a row, or it fails with that kind and message (a
 * literal). With ERR_NONE it may change none, but must have the same result when it runs twice. */
int db_change(struct db *db, struct arena *arena, const struct db_statement *statement, const void *params,
              enum error_kind kind, const char *message, struct error *err) NODISCARD;

#endif
