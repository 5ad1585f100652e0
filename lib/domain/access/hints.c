#include "hints.h"

#include <string.h>

#include "base/base.h"

/* A power of two. Pages that are never needed are never touched. */
#define PLACES 512

static struct guess guesses[PLACES];

/* The end of an id is random. */
static struct guess *place_of(const struct id *credential)
{
    size_t last = sizeof(credential->bytes) - 1;

    return &guesses[(credential->bytes[last - 1] << 8 | credential->bytes[last]) % PLACES];
}

const struct guess *guess_about(const struct id *credential)
{
    static const struct guess nothing;
    const struct guess *place = place_of(credential);

    return id_equal(&place->credential, credential) ? place : &nothing;
}

struct guess *guess_to_note(const struct id *credential)
{
    struct guess *place = place_of(credential);

    if (!id_equal(&place->credential, credential))
        *place = (struct guess){.credential = *credential};
    return place;
}

const struct id *guess_account(const struct credential *credential)
{
    return credential->is_token ? &credential->account_id : &guess_about(&credential->id)->account_id;
}

void guess_forget_all(void)
{
    memset(guesses, 0, sizeof(guesses));
}
