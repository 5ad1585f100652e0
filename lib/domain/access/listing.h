/* A page of what an organization has, on its way from the database into the answer: each row says who asks and what it
 * shows, and is written as it comes.
 *
 *     struct listing listing = {
 *         .call = call, .permission = PERMISSION_TEAM_READ, .limit = filter->limit, .write = write_row, .out = out};
 *
 *     if (listing_run(&listing, team_sql_list, &params, err) < 0 ||
 *         listing_count(&listing, filter->include_total, &team_sql_count, &params, err) < 0)
 *         return -1;
 *     *page = listing.page;
 */
#ifndef ORGD_LISTING_H
#define ORGD_LISTING_H

#include "access.h"
#include "base/buf.h"
#include "caller_sql.h"
#include "web/paging.h"

/* How the struct of a row begins. A page that is empty is one row, whose item has the nil id. */
struct listing_row {
    struct access_row access;
    struct id item_id;
    struct timestamp item_created; /* 0: the list is in the order of ids alone */
    bool after_is_known;           /* where the page starts, if it was asked to start behind an item */
};

struct listing {
    const struct call *call;
    enum permission permission; /* that it needs */
    int64_t limit;              /* of items; the statement gives one more if there is a next page */
    bool needs_known_after;     /* the id of `after` does not tell where the page starts */
    void (*write)(const struct listing *listing, const void *row); /* writes an item into `out`, as JSON */
    const void *context;                                           /* for write() */
    struct buf *out;
    struct page page;

    /* The rest is listing_run()'s. */
    struct access access;
    struct timestamp last_created;
    int64_t rows;
    bool is_judged;
};

/* The columns of a struct listing_row but the last, and their members; `l` is the page. */
#define LISTING_SELECT(proof) ACCESS_SELECT(proof) ", l.id AS item_id, l.created AS item_created"
#define LISTING_MEMBERS(row_type)                                                                                      \
    ACCESS_ROW_MEMBERS(row_type, listing.access), DB_MEMBER_AS("item_id", row_type, listing.item_id),                  \
        DB_MEMBER_AS("item_created", row_type, listing.item_created),                                                  \
        DB_MEMBER_AS("after_is_known", row_type, listing.after_is_known)

/* Runs the statement that is the caller's, and writes the page as a JSON list and nothing else. Fails as access_judge()
 * does, and with ERR_NOT_FOUND if `after` is needed and unknown. */
int listing_run(struct listing *listing, const struct db_statement *const *statements, const void *params,
                struct error *err) NODISCARD;

/* True if `after` may be the id of somebody who has left since. Who joins something stands where that was, which no id
 * tells, so the place is unknown then. What nobody can have had yet is a place by id_place(). */
bool listing_may_have_left(const struct id *after, struct timestamp now);

/* Describes the row of a statement for listing_count(): one number, `total`. */
extern const struct db_record listing_count_row;

/* After listing_run(): lets the statement count them, if that is asked for. */
int listing_count(struct listing *listing, bool is_asked, const struct db_statement *count, const void *params,
                  struct error *err) NODISCARD;

#endif
