#include "mail_list.h"

#include "base/text.h"
#include "domain/events/event.h"
#include "domain/mail/mail_templates.h"

int64_t mail_list(const struct call *call, struct text state, int64_t limit, const struct mail_row **out,
                  struct error *err)
{
    struct mail_selection params = {.state = state, .count = limit};
    void *rows = NULL;
    int64_t count = db_query_all(call->db, &mail_sql_list, &params, call->arena, &rows, err);

    *out = rows;
    return count;
}

struct retry {
    const struct call *call;
    struct mail_selection params;
};

static int plan_retry(struct db_unit *unit, void *context, struct error *err)
{
    const struct retry *retry = context;
    struct event event = {.action = "mail.retried", .actor = event_operator(retry->call)};

    (void)err;
    if (id_is_nil(&retry->params.id)) {
        db_unit_require(unit, &mail_sql_retry_all, &retry->params, ERR_NOT_FOUND,
                        "there is no mail that waits or has failed, and is of use still");
    } else {
        db_unit_require(unit, &mail_sql_retry, &retry->params, ERR_NOT_FOUND,
                        "no mail of this id waits or has failed, and is of use still");
        event_target(&event, "mail", &retry->params.id, (struct text){NULL, 0});
    }
    event_add(unit, retry->call, &event);
    return 0;
}

int mail_retry(const struct call *call, const struct id *id, struct error *err)
{
    struct retry retry = {.call = call,
                          .params = {.id = *id, .give_up.us = call->now.us + MAIL_TRIED_US, .state = {NULL, 0}}};
    const struct db_work work = {.plan = plan_retry, .context = &retry};

    return event_transaction(call, &work, err);
}

struct test {
    const struct call *call;
    const struct mail *mail;
    struct text host;
};

static int plan_test(struct db_unit *unit, void *context, struct error *err)
{
    const struct test *test = context;
    struct event event = {.action = "mail.test_requested", .actor = event_operator(test->call)};

    (void)err;
    test_mail_add(unit, test->call, test->mail, TEST_MAIL(.host = test->host));
    event_changed_text(&event, test->call, "recipient", (struct text){NULL, 0}, test->mail->address);
    event_add(unit, test->call, &event);
    return 0;
}

int mail_add_test(const struct call *call, const struct mail *mail, struct text host, struct error *err)
{
    struct test test = {.call = call, .mail = mail, .host = host};
    const struct db_work work = {.plan = plan_test, .context = &test};

    return event_transaction(call, &work, err);
}
