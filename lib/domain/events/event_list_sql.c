#include "event_list_sql.h"

#include "event_row_sql.h"
#include "event_subject_sql.h"

static const struct db_record params =
    DB_RECORD(struct event_list_params, DB_MEMBER(struct event_list_params, chain_id),
              DB_MEMBER(struct event_list_params, account_id), DB_MEMBER(struct event_list_params, occurred_at),
              DB_MEMBER(struct event_list_params, id), DB_MEMBER(struct event_list_params, count));

/* NOLINTBEGIN(bugprone-macro-parentheses): `symbol` is declared */
#define LIST(symbol, title, text)                                                                                      \
    const struct db_statement symbol = {                                                                               \
        .name = "event_list_" title,                                                                                   \
        .sql = "SELECT " EVENT_COLUMNS " FROM orgd_events e " text " LIMIT :count",                                    \
        .params = &params,                                                                                             \
        .row = &event_row_record,                                                                                      \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

LIST(event_list_sql_all, "all", "WHERE e.id > :id ORDER BY e.id");
LIST(event_list_sql_all_newest_first, "all_newest_first", "WHERE e.id < :id ORDER BY e.id DESC");
LIST(event_list_sql_chain, "chain",
     "WHERE e.chain_id = :chain_id AND e.occurred_at > :occurred_at ORDER BY e.occurred_at");
LIST(event_list_sql_chain_newest_first, "chain_newest_first",
     "WHERE e.chain_id = :chain_id AND e.occurred_at < :occurred_at ORDER BY e.occurred_at DESC");
LIST(
    event_list_sql_account, "account",
    "JOIN (SELECT e.id FROM " OF_SUBJECT(
        SUBJECT_ACTOR,
        ":account_id") " AND e.id < :id"
                       " UNION SELECT w.id FROM orgd_events w FORCE INDEX (orgd_events_position)"
                       " WHERE w.position = 0 AND w.actor_id = :account_id AND w.id < :id"
                       " UNION SELECT s.id FROM orgd_event_targets t JOIN orgd_events s ON s.chain_id = t.chain_id"
                       " AND s.occurred_at = t.occurred_at WHERE t.target_id = :account_id AND s.id < :id) f ON f.id = e.id"
                       " ORDER BY e.id DESC");
