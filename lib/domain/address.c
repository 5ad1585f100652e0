#include "address.h"

#include "base/memory.h"
#include "base/pattern.h"

/* Local part, "@", and labels of a domain. */
#define LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define RULE "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@" LABEL "(\\." LABEL ")*$"

const struct field_complaint *address_complaint(struct arena *arena, struct text address)
{
    static const struct field_complaint complaint = {.message =
                                                         "this is not an email address such as name@example.org"};

    (void)arena;
    return pattern_matches(RULE, address) ? NULL : &complaint;
}

int address_check(struct text address, struct error *err)
{
    const struct field_complaint *complaint;

    if (address.data == NULL)
        return 0;
    if (address.length > ADDRESS_LENGTH_MAX)
        return error_set(err, ERR_VALIDATION, "an email address must have at most %d characters", ADDRESS_LENGTH_MAX);
    complaint = address_complaint(NULL, address);
    if (memory_has_run_out())
        return memory_ran_out(err);
    return complaint == NULL ? 0 : error_set(err, ERR_VALIDATION, "%s", complaint->message);
}

struct text address_key(struct arena *arena, struct text address, bool is_verified)
{
    return is_verified && address.data != NULL ? text_key(arena, address) : (struct text){NULL, 0};
}
