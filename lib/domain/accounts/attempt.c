#include "attempt.h"

#include "base/digest.h"
#include "base/text.h"
#include "known_browser.h"

/* So many browsers of a network wait by themselves, and the rest shares turns with them: waits are rows, of which
 * strangers must not be able to make any number. */
#define LANES 1024

static struct text lane_of(const struct call *call, const struct attempt_who *who)
{
    struct text network = throttle_network(call->arena, who->address);
    /* A name with a NUL ends there: nobody has it. */
    struct text browser = text_of(arena_printf(call->arena, "%.*s %.*s", (int)who->browser.length, who->browser.data,
                                               (int)who->name_key.length, who->name_key.data));
    struct digest digest = digest_of(browser.data, browser.length);
    unsigned lane = ((unsigned)digest.bytes[0] << 8 | digest.bytes[1]) % LANES;

    return text_of(arena_printf(call->arena, "%u %.*s", lane, (int)network.length, network.data));
}

/* A turn counts as such, and neither for the user nor for the attempts of the network. `err` is the refusal. */
static int take_turn(struct throttle *throttle, const struct call *call, const struct attempt_who *who,
                     struct error *err)
{
    struct error failure;
    int64_t rest_s;

    if (throttle_await(call, lane_of(call, who), &rest_s, &failure) < 0) {
        *err = failure;
        return -1;
    }
    if (rest_s > 0)
        return throttle_refuse(rest_s < err->retry_after_s ? rest_s : err->retry_after_s, err);
    throttle_init(throttle, call);
    throttle_add_address(throttle, THROTTLE_TURN_ADDRESS, who->address);
    return throttle_take(throttle, err);
}

int attempt_begin(struct throttle *throttle, const struct call *call, const struct attempt_who *who, struct error *err)
{
    struct text key;

    throttle_init(throttle, call);
    if (known_browser_is(call->arena, who->known, &who->account_id, who->hash, &key)) {
        throttle_add(throttle, THROTTLE_BROWSER, key);
        return throttle_take(throttle, err);
    }
    throttle_add_address(throttle, THROTTLE_SIGN_IN_ADDRESS, who->address);
    throttle_add(throttle, THROTTLE_USER, who->name_key);
    if (throttle_take(throttle, err) == 0)
        return 0;
    return err->kind == ERR_TOO_MANY ? take_turn(throttle, call, who, err) : -1;
}
