#include "password_change.h"

#include "account_event.h"
#include "account_mail.h"
#include "base/text.h"
#include "password.h"
#include "process/breaks.h"
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
    if (!slots_take(call->hashing)) {
        error_set(err, ERR_BUSY, N_("Others are signing in at this moment. Try again in a second."));
        return error_retry_after(err, 1);
    }
    breaks_begin();
    *out = password_hash(call->arena, password);
    breaks_end();
    slots_release(call->hashing);
    return 0;
}
