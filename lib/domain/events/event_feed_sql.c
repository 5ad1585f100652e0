#include "event_feed_sql.h"

#include "event_position_sql.h"
#include "event_subject_sql.h"

static const struct db_record params =
    DB_RECORD(struct event_feed_params, CALLER_MEMBERS(struct event_feed_params, caller),
              DB_MEMBER(struct event_feed_params, organization_id), DB_MEMBER(struct event_feed_params, account_id),
              DB_MEMBER(struct event_feed_params, is_superuser), DB_MEMBER(struct event_feed_params, action),
              DB_MEMBER(struct event_feed_params, resource), DB_MEMBER(struct event_feed_params, actor_id),
              DB_MEMBER(struct event_feed_params, target_id), DB_MEMBER(struct event_feed_params, since),
              DB_MEMBER(struct event_feed_params, until), DB_MEMBER(struct event_feed_params, after),
              DB_MEMBER(struct event_feed_params, after_time), DB_MEMBER(struct event_feed_params, after_position),
              DB_MEMBER(struct event_feed_params, is_newest_first), DB_MEMBER(struct event_feed_params, limit),
              DB_MEMBER(struct event_feed_params, offset), DB_MEMBER(struct event_feed_params, end));

static const struct db_record row =
    DB_RECORD(struct event_feed_row, CALLER_ROW_MEMBERS(struct event_feed_row, access.caller),
              DB_MEMBER_AS("seen_id", struct event_feed_row, access.organization_id),
              DB_MEMBER_AS("owner_id", struct event_feed_row, access.owner_id),
              DB_MEMBER_AS("mask", struct event_feed_row, access.mask), DB_MEMBER(struct event_feed_row, is_on_record),
              DB_MEMBER(struct event_feed_row, after_is_known), EVENT_ROW_MEMBERS(struct event_feed_row, event));

static const struct db_record number = DB_RECORD(struct event_number_row, DB_MEMBER(struct event_number_row, number));

/* Filters. The server folds one whose parameter is NULL away before it makes the plan. */

#define RANGE(time) " AND (:since IS NULL OR " time " >= :since) AND (:until IS NULL OR " time " < :until)"
#define FILTERS                                                                                                        \
    " AND (:action IS NULL OR e.action = :action)"                                                                     \
    " AND (:resource IS NULL OR LEFT(e.action, CHAR_LENGTH(:resource)) = :resource)"                                   \
    " AND (:actor_id IS NULL OR e.actor_id = :actor_id)"
#define TARGET_FILTER                                                                                                  \
    " AND (:target_id IS NULL OR EXISTS (SELECT 1 FROM orgd_event_targets g WHERE g.target_id = :target_id"            \
    " AND g.chain_id = e.chain_id AND g.occurred_at = e.occurred_at))"

/* A page: the keys of its events first, in order, from one of two branches. The other one, of the other direction, is
 * impossible and costs nothing. */
#define BRANCH(source, conditions, place, wanted, order, limit)                                                        \
    "(SELECT e.chain_id, e.occurred_at, e.position FROM " source " AND " wanted conditions                             \
    " ORDER BY " place order limit ")"
#define ONE_PAGE " LIMIT :limit OFFSET :offset"
#define NEWEST ":is_newest_first"
#define OLDEST "NOT :is_newest_first"

/* What `source` says is followed by further conditions. */
#define IN_CHAIN(index) "orgd_events e FORCE INDEX (" index ") WHERE e.chain_id = :organization_id"
#define TARGET_IN_CHAIN                                                                                                \
    "orgd_event_targets t FORCE INDEX (PRIMARY) STRAIGHT_JOIN orgd_events e FORCE INDEX (PRIMARY)"                     \
    " ON e.chain_id = t.chain_id AND e.occurred_at = t.occurred_at"                                                    \
    " WHERE t.target_id = :target_id AND t.chain_id = :organization_id"

/* An organization */

/* A chosen id may have been that of another organization, which was deleted. What happened there is for superusers. */
#define SINCE_CREATION(proof, time)                                                                                    \
    " AND " time                                                                                                       \
    " >= (SELECT IF(" CALLER_IS_SUPERUSER(proof) ", TIMESTAMP'1000-01-01 00:00:00', v.created)" CALLER_FROM(           \
        proof) " LEFT JOIN orgd_organizations v ON v.id = :organization_id" CALLER_WHERE(proof) ")"

/* Behind the event of `after`, or behind the time that its id tells. */
#define CHAIN_AFTER(time, compare)                                                                                     \
    " AND (:after IS NULL OR " time compare                                                                            \
    "COALESCE((SELECT k.occurred_at FROM orgd_events k WHERE k.id = :after AND k.chain_id = :organization_id),"        \
    " :after_time))"

#define CHAIN_CONDITIONS(proof, time, compare, more)                                                                   \
    ACCESS_MAY_SEE(proof, ":organization_id")                                                                          \
    SINCE_CREATION(proof, time) RANGE(time) CHAIN_AFTER(time, compare) FILTERS more
#define CHAIN_PAGE(proof, source, time, more)                                                                          \
    BRANCH(source, CHAIN_CONDITIONS(proof, time, " < ", more), time, NEWEST, " DESC", ONE_PAGE)                        \
    " UNION ALL " BRANCH(source, CHAIN_CONDITIONS(proof, time, " > ", more), time, OLDEST, "", ONE_PAGE)

/* All events of a chain are of one organization, or none is. */
#define IS_ON_RECORD                                                                                                   \
    "(SELECT v.organization_id FROM orgd_events v WHERE v.chain_id = :organization_id"                                 \
    " ORDER BY v.occurred_at LIMIT 1) IS NOT NULL AS is_on_record"
#define WITH_EVENTS(page)                                                                                              \
    " LEFT JOIN (" page ") p ON TRUE"                                                                                  \
    " LEFT JOIN orgd_events e ON e.chain_id = p.chain_id AND e.occurred_at = p.occurred_at"
#define OF_CHAIN(proof, source, time, more)                                                                            \
    "SELECT " CALLER_COLUMNS(proof) ", o.id AS seen_id, o.owner_id" ACCESS_COLUMNS ", " IS_ON_RECORD                   \
                                    ", " EVENT_COLUMNS                                                                 \
                                    ACCESS_FROM(proof, "o.id = :organization_id")                                      \
                                        WITH_EVENTS(CHAIN_PAGE(proof, source, time, more)) CALLER_WHERE(proof)

#define CHAIN(proof) OF_CHAIN(proof, IN_CHAIN("PRIMARY"), "e.occurred_at", TARGET_FILTER)
#define CHAIN_ACTION(proof)                                                                                            \
    OF_CHAIN(proof, IN_CHAIN("orgd_events_chain_action") " AND e.action = :action", "e.occurred_at", TARGET_FILTER)
#define CHAIN_ACTOR(proof)                                                                                             \
    OF_CHAIN(proof, IN_CHAIN("orgd_events_chain_actor") " AND e.actor_id = :actor_id", "e.occurred_at", TARGET_FILTER)
#define CHAIN_TARGET(proof) OF_CHAIN(proof, TARGET_IN_CHAIN, "t.occurred_at", "")

CALLER_STATEMENTS_DEFINED(event_feed_sql_chain, "event_feed_chain", CHAIN, &params, &row);
CALLER_STATEMENTS_DEFINED(event_feed_sql_chain_action, "event_feed_chain_action", CHAIN_ACTION, &params, &row);
CALLER_STATEMENTS_DEFINED(event_feed_sql_chain_actor, "event_feed_chain_actor", CHAIN_ACTOR, &params, &row);
CALLER_STATEMENTS_DEFINED(event_feed_sql_chain_target, "event_feed_chain_target", CHAIN_TARGET, &params, &row);

/* What spans chains */

/* An event that has no position yet (0) stands at the end. The place of what is no event is looked up by a statement of
 * its own: only of a subquery that reads one row by its key the server knows the value before it makes the plan. */
#define AT_THE_END "9223372036854775807"
#define KNOWN_PLACE                                                                                                    \
    "COALESCE((SELECT COALESCE(NULLIF(k.position, 0), " AT_THE_END                                                     \
    ") FROM orgd_events k WHERE k.id = :after), :after_position)"
#define BEFORE(position) " AND (:after IS NULL OR " position " < " KNOWN_PLACE ")"
#define BEHIND(position) " AND (:after IS NULL OR " position " > " KNOWN_PLACE ")"
#define AFTER_IS_KNOWN ", (SELECT k.id FROM orgd_events k WHERE k.id = :after) IS NOT NULL AS after_is_known"

const struct db_statement event_feed_sql_place = {
    .name = "event_feed_place",
    .sql = "SELECT k.position AS number FROM orgd_events k FORCE INDEX (orgd_events_id)"
           " WHERE k.id > :after AND k.position > 0 ORDER BY k.id LIMIT 1",
    .params = &params,
    .row = &number,
};

/* Where to look for what happened since or until a time, by orgd_event_blocks: where these say nothing, everywhere. The
 * server knows MAX() and MIN() of what an index begins with before it makes the plan. */
#define SINCE_BLOCK                                                                                                    \
    "(SELECT MAX(l.block) FROM orgd_event_blocks l WHERE l.latest ="                                                   \
    " (SELECT MAX(n.latest) FROM orgd_event_blocks n WHERE n.latest < :since))"
#define UNTIL_BLOCK                                                                                                    \
    "(SELECT MIN(l.block) FROM orgd_event_blocks l WHERE l.earliest ="                                                 \
    " (SELECT MIN(n.earliest) FROM orgd_event_blocks n WHERE n.earliest >= :until))"
#define IN_BLOCKS(position)                                                                                            \
    " AND (:since IS NULL OR " position " >= COALESCE((" SINCE_BLOCK " + 1) * " EVENT_BLOCK_SQL ", 0))"                \
    " AND (:until IS NULL OR " position " < COALESCE(" UNTIL_BLOCK " * " EVENT_BLOCK_SQL ", " AT_THE_END "))"

/* NOLINTBEGIN(bugprone-macro-parentheses): these are literals */
#define SPANNING "orgd_events e FORCE INDEX (orgd_events_position) WHERE e.position > 0"
#define SPANNING_PAGE(source, position, more, limit)                                                                   \
    BRANCH(source, BEFORE(position) IN_BLOCKS(position) more, position, NEWEST, " DESC", limit)                        \
    " UNION ALL " BRANCH(source, BEHIND(position) IN_BLOCKS(position) more, position, OLDEST, "", limit)
/* NOLINTEND(bugprone-macro-parentheses) */

/* The service */

#define IS_SUPERUSER(proof) " AND (SELECT " CALLER_IS_SUPERUSER(proof) CALLER_FROM(proof) CALLER_WHERE(proof) ")"
#define OF_ALL(proof, source, position, more)                                                                          \
    "SELECT " CALLER_COLUMNS(proof) AFTER_IS_KNOWN ", " EVENT_COLUMNS CALLER_FROM(proof) WITH_EVENTS(SPANNING_PAGE(    \
        source, position, IS_SUPERUSER(proof) RANGE("e.occurred_at") FILTERS more, ONE_PAGE)) CALLER_WHERE(proof)

#define ALL(proof) OF_ALL(proof, SPANNING, "e.position", TARGET_FILTER)
#define ALL_ACTION(proof) OF_ALL(proof, OF_SUBJECT(SUBJECT_ACTION, ":action"), "t.position", TARGET_FILTER)
#define ALL_ACTOR(proof) OF_ALL(proof, OF_SUBJECT(SUBJECT_ACTOR, ":actor_id"), "t.position", TARGET_FILTER)
#define ALL_TARGET(proof) OF_ALL(proof, OF_SUBJECT(SUBJECT_TARGET, ":target_id"), "t.position", "")

CALLER_STATEMENTS_DEFINED(event_feed_sql_all, "event_feed_all", ALL, &params, &row);
CALLER_STATEMENTS_DEFINED(event_feed_sql_all_action, "event_feed_all_action", ALL_ACTION, &params, &row);
CALLER_STATEMENTS_DEFINED(event_feed_sql_all_actor, "event_feed_all_actor", ALL_ACTOR, &params, &row);
CALLER_STATEMENTS_DEFINED(event_feed_sql_all_target, "event_feed_all_target", ALL_TARGET, &params, &row);

/* The caller. What one did and what one suffered are two subjects; as much of each is read as the page may need. */

#define ME(proof) "(SELECT c.account_id" CALLER_FROM(proof) CALLER_WHERE(proof) ")"
#define TO_ITS_END " LIMIT :end"
#define OWN_FILTERS RANGE("e.occurred_at") FILTERS TARGET_FILTER
#define DONE(me, limit) SPANNING_PAGE(OF_SUBJECT(SUBJECT_ACTOR, me), "t.position", OWN_FILTERS, limit)
#define SUFFERED(me, limit) SPANNING_PAGE(OF_SUBJECT(SUBJECT_TARGET, me), "t.position", OWN_FILTERS, limit)
#define OWN_PAGE(me)                                                                                                                \
    "SELECT b.chain_id, b.occurred_at, b.position FROM (SELECT * FROM (" DONE(me, TO_ITS_END) ") d UNION SELECT * FROM (" SUFFERED( \
        me, TO_ITS_END) ") s) b"                                                                                                    \
                        " ORDER BY IF(:is_newest_first, -1, 1) * CAST(b.position AS SIGNED)" ONE_PAGE
#define OWN(proof)                                                                                                     \
    "SELECT " CALLER_COLUMNS(proof) AFTER_IS_KNOWN ", " EVENT_COLUMNS CALLER_FROM(proof)                               \
        WITH_EVENTS(OWN_PAGE(ME(proof))) CALLER_WHERE(proof)

CALLER_STATEMENTS_DEFINED(event_feed_sql_own, "event_feed_own", OWN, &params, &row);

/* Totals */

const struct db_statement event_feed_sql_total_of_chain = {
    .name = "event_feed_total_of_chain",
    .sql = "SELECT COUNT(*) AS number FROM orgd_events e WHERE e.chain_id = :organization_id AND (:is_superuser"
           " OR e.occurred_at >= (SELECT v.created FROM orgd_organizations v WHERE v.id = :organization_id))" RANGE(
               "e.occurred_at") FILTERS TARGET_FILTER,
    .params = &params,
    .row = &number,
};

const struct db_statement event_feed_sql_total_of_all = {
    .name = "event_feed_total_of_all",
    .sql = "SELECT COUNT(*) AS number FROM orgd_events e WHERE e.position > 0" IN_BLOCKS("e.position")
        RANGE("e.occurred_at") FILTERS TARGET_FILTER,
    .params = &params,
    .row = &number,
};

const struct db_statement event_feed_sql_total_of_own = {
    .name = "event_feed_total_of_own",
    .sql = "SELECT COUNT(*) AS number FROM (SELECT e.id FROM " OF_SUBJECT(SUBJECT_ACTOR, ":account_id")
        IN_BLOCKS("t.position") OWN_FILTERS " UNION SELECT e.id FROM " OF_SUBJECT(SUBJECT_TARGET, ":account_id")
            IN_BLOCKS("t.position") OWN_FILTERS ") b",
    .params = &params,
    .row = &number,
};
