/* How the made-up server answers, as the script says: shared by fake_db.c and fake_transaction.c alone. */
#ifndef ORGD_FAKE_SERVER_H
#define ORGD_FAKE_SERVER_H

#include "db/db.h"
#include "db/db_failure.h"

/* How often is asked what became of a change that was not answered. */
#define FAKE_DOUBT_ATTEMPTS 3

struct db {
    bool is_connected;
    bool in_transaction; /* one that was started before its plan */
    bool is_in_doubt;
    enum db_failure failure; /* of the last call */
    const char *duplicate_key;
};

/* Takes the script's next character for `what`, and fails if it says so. `is_write` tells whether a key can be the
 * reason. A transaction whose connection is lost fails without asking. */
int fake_ask(struct db *db, const char *what, bool is_write, char *how, struct error *err) NODISCARD;

/* The choice for a column of the row that the character stands for. */
unsigned fake_choose(char how, size_t column, struct text label);

/* The choice that the script's next character is. */
unsigned fake_next_choice(void);

/* The name that the input gives; without data if it could be no name. */
struct text fake_free_text(void);
struct timestamp fake_now(void);

/* In db.c's words. */
int fake_unavailable(struct error *err);

/* As db_may_go_on(): whether a new connection may serve. */
bool fake_may_go_on(const struct db *db, bool was_connected);

#endif
