/* Events: what is on record about each change and each security event. The plan of a transaction says what it changes,
 * beside the statements that change it:
 *
 *     static int plan(struct db_unit *unit, void *context, struct error *err)
 *     {
 *         struct event event = {.action = "member.role_changed", .organization = {id, name}};
 *
 *         db_unit_require(unit, &member_sql_set, &params, ERR_NOT_FOUND, "…");
 *         event_target(&event, "user", &user->id, user->name);
 *         event_changed_text(&event, call, "role", before, after);
 *         event_add(unit, call, &event);
 *         return 0;
 *     }
 *
 * and event_transaction() runs it: what changes something and has no event ends the process, as a bug. The row of the
 * event is also what proves that a transaction was committed whose answer is lost. */
#ifndef ORGD_EVENT_H
#define ORGD_EVENT_H

#include "db/db_unit.h"
#include "domain/call.h"

#define EVENT_TARGETS_MAX 3
#define EVENT_CHANGES_MAX 24

/* The chain of what belongs to no organization and no account: clients, for example. All octets are FF (RFC
 * 9562, 5.10).
 */
extern const struct id event_service_chain;

/* What an event names. */
struct event_party {
    struct id id;     /* nil: it has none */
    struct text name; /* without data: none */
};

struct event_actor {
    const char *type; /* "user", "service_account", "operator", "issuer", "client", "anonymous" */
    struct id account_id;
    struct text name; /* of who has no account; that of an account is read in the transaction */
    bool is_named;    /* a statement before the event puts the name where EVENT_ACTOR_NAME says (event_sql.h) */
    struct id credential_id;
};

struct event_target {
    const char *type; /* "organization", "user", "service_account", "api_key", "client", … */
    struct event_party party;
};

/* A field, and its values as canonical JSON. */
struct event_change {
    const char *field;
    struct text before;
    struct text after;
};

struct event {
    const char *action;              /* resource.verb */
    struct event_actor actor;        /* see event_caller(), event_operator() */
    struct event_party organization; /* nil: it belongs to none, and goes to the chain of `account_id` */
    struct id account_id; /* of whose chain it is, if it belongs to no organization; nil: to that of the service */
    /* The chain is that of what gets a new random id in this transaction, so there is none yet, which costs less to
     * write. If there is one after all, the transaction fails with ERR_EXISTS. */
    bool begins_chain;
    struct event_target targets[EVENT_TARGETS_MAX];
    size_t target_count;
    struct event_change changes[EVENT_CHANGES_MAX];
    size_t change_count;
    int64_t count; /* of a refusal; 0 means 1 */
};

/* Says who acts: the operator, or the account and credential of a bearer. */
struct event_actor event_caller(const struct call *call, const struct id *account_id);

/* Says that the operator acts, for what nobody else may call yet. */
struct event_actor event_operator(const struct call *call);

/* Adds what the event is about. The name is borrowed until event_add(). */
void event_target(struct event *event, const char *type, const struct id *id, struct text name);

/* Add a field, if its value changes. A text without data, a nil id, time 0 and NULL JSON are null. Fields may come in
 * any order. Secrets and what is made of them never stand in an event. */
void event_changed_text(struct event *event, const struct call *call, const char *field, struct text before,
                        struct text after);
void event_changed_id(struct event *event, const struct call *call, const char *field, const struct id *before,
                      const struct id *after);
void event_changed_time(struct event *event, const struct call *call, const char *field, struct timestamp before,
                        struct timestamp after);
void event_changed_int(struct event *event, const struct call *call, const char *field, int64_t before, int64_t after);
/* NULL is null: the value of what is not there yet, or no more. */
void event_changed_bool(struct event *event, const char *field, const bool *before, const bool *after);
/* JSON text, as it is kept in the database. */
void event_changed_json(struct event *event, const struct call *call, const char *field, struct text before,
                        struct text after);

/* event_add() notes the action for the access line. Takes that back: the transaction has failed. event_transaction()
 * does. */
void event_forget(const struct call *call);

/* Adds the event to the transaction, behind what it is about. Everything is copied. */
void event_add(struct db_unit *unit, const struct call *call, const struct event *event);

/* Locks the end of a chain in a transaction that locks: who writes to the chain does so one after another, on all
 * database nodes. What has no chain locks nothing. */
int event_lock_chain(const struct call *call, const struct id *chain_id, struct error *err) NODISCARD;

/* Runs a transaction that records what it does, like db_transaction(). `work` needs no is_done(): the event proves it.
 */
int event_transaction(const struct call *call, const struct db_work *work, struct error *err) NODISCARD;

#endif
