#include "issuer_user.h"

#include "base/log.h"
#include "base/text.h"
#include "domain/address.h"
#include "identity.h"

static int refuse(struct error *err)
{
    return error_set(err, ERR_UNAUTHORIZED,
                     "The access token's user is unknown here. An administrator can link it to an account.");
}

static int refuse_taken(struct error *err)
{
    return error_set(
        err, ERR_UNAUTHORIZED,
        "The access token's user is unknown here, and another account has its name already. An administrator "
        "can link the two, or rename one.");
}

/* Creates the user of an identity. */
static int create_user(const struct call *call, const struct issuer_settings *issuer,
                       const struct issuer_subject *subject, struct identity *identity, struct error *err)
{
    struct account user = {
        .name = subject->user,
        .is_active = true,
        .organization_limit = ACCOUNT_DEFAULT_LIMIT,
    };

    if (address_check(subject->email, err) == 0)
        user.email = subject->email;
    user.email_verified = user.email.data != NULL;
    if (identity_link_to_new(call, &user, identity, err) == 0)
        return 0;
    if (err->kind != ERR_VALIDATION && err->kind != ERR_EXISTS)
        return -1;
    log_warning("issuer %s: cannot create the user '%s': %s", issuer->url, subject->user.data,
                err->kind == ERR_EXISTS ? "another account has this name; link the two with 'orgctl user link'"
                                        : err->message);
    return err->kind == ERR_EXISTS ? refuse_taken(err) : refuse(err);
}

/* Links an identity that nobody has seen before, as far as the section allows. */
static int link_first(const struct call *call, const struct issuer_settings *issuer,
                      const struct issuer_subject *subject, struct identity *identity, struct error *err)
{
    if (issuer_settings_say_yes(issuer->match_users)) {
        if (identity_link_by_name(call, identity, err) == 0)
            return 0;
        if (err->kind != ERR_NOT_FOUND)
            return -1;
    }
    return issuer_settings_say_yes(issuer->provision) ? create_user(call, issuer, subject, identity, err) : refuse(err);
}

int issuer_user_find(const struct call *call, const struct issuer_settings *issuer,
                     const struct issuer_subject *subject, struct id *out, struct error *err)
{
    struct identity identity = {.issuer = text_of(issuer->url), .subject = subject->user};
    int found = identity_find(call, &identity, err);

    if (found < 0 || (found == 0 && link_first(call, issuer, subject, &identity, err) < 0))
        return -1;
    *out = identity.id;
    return id_is_nil(&identity.account_id) ? refuse(err) : 0;
}
