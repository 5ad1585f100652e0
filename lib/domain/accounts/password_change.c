#include "password_change.h"

#include "account_event.h"
#include "account_mail.h"
#include "base/text.h"
#include "hashing.h"
#include "password.h"
#include "session.h"

void password_change_plan(struct db_unit *unit, const struct call *call, const struct event_actor *actor,
                          const struct account *account, struct text hash)
{
    struct event event = {.action = "user.password_changed", .actor = *actor};

    session_plan_password(unit, call, &account->id, hash);
    account_own_event(&event, account);
    event_add(unit, call, &event);
    account_mail_password_changed(unit, call, account);
}

int password_change_hash(const struct call *call, struct text password, struct text *out, struct error *err)
{
    if (hashing_begin(call, err) < 0)
        return -1;
    *out = password_hash(call->arena, password);
    hashing_end(call);
    return 0;
}
