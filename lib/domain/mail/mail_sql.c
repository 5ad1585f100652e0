#include "mail_sql.h"

#include "mail.h"

#define INSERT(member) DB_MEMBER(struct mail_insert_params, member)
#define CLAIM(member) DB_MEMBER(struct mail_claim, member)
#define RESULT(member) DB_MEMBER(struct mail_result, member)
#define ROW(member) DB_MEMBER(struct mail_row, member)
#define SELECTION(member) DB_MEMBER(struct mail_selection, member)

static const struct db_record insert_params =
    DB_RECORD(struct mail_insert_params, INSERT(id), INSERT(kind), INSERT(organization_id), INSERT(recipient),
              INSERT(language), INSERT(subject), INSERT(text_body), INSERT(html_body), INSERT(now), INSERT(since),
              INSERT(most), INSERT(most_to_one), INSERT(expires), INSERT(give_up));
static const struct db_record claim = DB_RECORD(struct mail_claim, CLAIM(id), CLAIM(due), CLAIM(claim), CLAIM(claim_s));
static const struct db_record due = DB_RECORD(struct mail_claim, CLAIM(id), CLAIM(due));
static const struct db_record result =
    DB_RECORD(struct mail_result, RESULT(id), RESULT(claim), RESULT(state), RESULT(wait_s), RESULT(answer));
static const struct db_record row = DB_RECORD(
    struct mail_row, ROW(id), ROW(kind), ROW(recipient), ROW(language), ROW(subject), ROW(text_body), ROW(html_body),
    ROW(state), ROW(created), ROW(give_up), ROW(due), ROW(done), ROW(attempts), ROW(answer), ROW(is_late));
static const struct db_record selection =
    DB_RECORD(struct mail_selection, SELECTION(id), SELECTION(state), SELECTION(count), SELECTION(give_up));
static const struct db_record withdrawal = DB_RECORD(
    struct mail_withdrawal, DB_MEMBER(struct mail_withdrawal, kind), DB_MEMBER(struct mail_withdrawal, organization_id),
    DB_MEMBER(struct mail_withdrawal, address), DB_MEMBER(struct mail_withdrawal, since));
static const struct db_record waiting = DB_RECORD(struct mail_waiting_row, DB_MEMBER(struct mail_waiting_row, count),
                                                  DB_MEMBER(struct mail_waiting_row, oldest_s));

/* Counts the mails of an organization. The service's own have NULL there, which no comparison finds. Addresses are
 * ASCII; two that differ by case alone count as one person's. */
#define OF_ORGANIZATION                                                                                                \
    "(SELECT COUNT(*) FROM orgd_mails n WHERE n.organization_id = :organization_id AND n.created > :since"

const struct db_statement mail_sql_insert = {
    .name = "mail_insert",
    .sql = "INSERT INTO orgd_mails (id, kind, organization_id, recipient, language, subject, text_body, html_body,"
           " state, created, expires, give_up, due, attempts) SELECT :id, :kind, :organization_id, :recipient,"
           " :language, :subject, :text_body, :html_body, 'waiting', :now, :expires, :give_up, :now, 0"
           " WHERE " OF_ORGANIZATION ") < :most AND " OF_ORGANIZATION
           " AND LOWER(n.recipient) = LOWER(:recipient)) < :most_to_one",
    .params = &insert_params,
};

const struct db_statement mail_sql_withdraw = {
    .name = "mail_withdraw",
    .sql = "DELETE FROM orgd_mails WHERE organization_id = :organization_id AND created >= :since"
           " AND recipient = :address AND kind = :kind AND state = 'waiting'"
           " AND (claim IS NULL OR due <= UTC_TIMESTAMP(6))",
    .params = &withdrawal,
};

/* The clock is the database's: those of the hosts that send may differ. */
const struct db_statement mail_sql_due = {
    .name = "mail_due",
    .sql = "SELECT id, due FROM orgd_mails WHERE due <= UTC_TIMESTAMP(6) ORDER BY due LIMIT 1",
    .row = &due,
};

/* A claim that is over, since its owner has died, is one that is due. */
const struct db_statement mail_sql_claim = {
    .name = "mail_claim",
    .sql = "UPDATE orgd_mails SET due = UTC_TIMESTAMP(6) + INTERVAL :claim_s SECOND, claim = :claim,"
           " attempts = attempts + 1 WHERE id = :id AND due = :due",
    .params = &claim,
};

const struct db_statement mail_sql_read = {
    .name = "mail_read",
    .sql = "SELECT id, kind, recipient, language, subject, text_body, html_body, created, attempts, answer,"
           " give_up <= UTC_TIMESTAMP(6) AS is_late FROM orgd_mails WHERE id = :id AND claim = :claim",
    .params = &claim,
    .row = &row,
};

#define OF_CLAIM " WHERE id = :id AND claim = :claim AND state = 'waiting'"

/* Fails instead, if the next attempt would be too late. MariaDB assigns from left to right. */
const struct db_statement mail_sql_put_off = {
    .name = "mail_put_off",
    .sql = "UPDATE orgd_mails SET answer = :answer, claim = NULL,"
           " state = IF(give_up <= UTC_TIMESTAMP(6) + INTERVAL :wait_s SECOND, 'failed', 'waiting'),"
           " done = IF(state = 'failed', UTC_TIMESTAMP(6), NULL),"
           " due = IF(state = 'failed', NULL, UTC_TIMESTAMP(6) + INTERVAL :wait_s SECOND)" OF_CLAIM,
    .params = &result,
    .is_repeatable = true,
};

const struct db_statement mail_sql_give_back = {
    .name = "mail_give_back",
    .sql = "UPDATE orgd_mails SET due = UTC_TIMESTAMP(6), claim = NULL, attempts = attempts - 1" OF_CLAIM,
    .params = &result,
    .is_repeatable = true,
};

/* What was sent is forgotten. */
const struct db_statement mail_sql_end = {
    .name = "mail_end",
    .sql = "UPDATE orgd_mails SET state = :state, answer = :answer, claim = NULL, done = UTC_TIMESTAMP(6), due = NULL,"
           " text_body = IF(state = 'sent', NULL, text_body), html_body = IF(state = 'sent', NULL, html_body)" OF_CLAIM,
    .params = &result,
    .is_repeatable = true,
};

const struct db_statement mail_sql_waiting = {
    .name = "mail_waiting",
    .sql = "SELECT COUNT(*) AS count, CAST(TIMESTAMPDIFF(SECOND, MIN(created), UTC_TIMESTAMP(6)) AS SIGNED) AS oldest_s"
           " FROM orgd_mails WHERE due IS NOT NULL",
    .row = &waiting,
};

/* Ids are in the order of their times. */
const struct db_statement mail_sql_list = {
    .name = "mail_list",
    .sql = "SELECT id, kind, recipient, language, subject, state, created, give_up, due, done, attempts, answer"
           " FROM orgd_mails WHERE :state IS NULL OR state = :state ORDER BY id DESC LIMIT :count",
    .params = &selection,
    .row = &row,
};

/* What somebody is sending at this moment is left alone. */
#define TRY_AGAIN                                                                                                      \
    "UPDATE orgd_mails SET state = 'waiting', due = UTC_TIMESTAMP(6), claim = NULL, done = NULL,"                      \
    " give_up = LEAST(IFNULL(expires, :give_up), :give_up)"                                                            \
    " WHERE state IN ('waiting', 'failed') AND (claim IS NULL OR due <= UTC_TIMESTAMP(6))"                             \
    " AND (expires IS NULL OR expires > UTC_TIMESTAMP(6))"

const struct db_statement mail_sql_retry = {
    .name = "mail_retry",
    .sql = TRY_AGAIN " AND id = :id",
    .params = &selection,
};

const struct db_statement mail_sql_retry_all = {
    .name = "mail_retry_all",
    .sql = TRY_AGAIN,
    .params = &selection,
};
