#include <stdio.h>

#include "base/jsonw.h"
#include "base/text.h"
#include "commands.h"
#include "domain/credentials/identity.h"
#include "domain/credentials/issuer_settings.h"
#include "web/url.h"

/* Finds the user of the argument, and reads the identity that the options name. */
static int read_identity(const struct invocation *in, struct account *user, struct identity *out, struct error *err)
{
    const char *issuer = command_option(in, "issuer");

    if (!url_is_http(issuer) || text_of(issuer).length > ISSUER_URL_BYTES_MAX)
        return error_set(err, ERR_VALIDATION,
                         "--issuer %s: must be an http:// or https:// URL, as the tokens say it in iss", issuer);
    *out = (struct identity){.issuer = text_of(issuer), .subject = text_of(command_option(in, "subject"))};
    return account_get_user(&in->call, in->argument, user, err);
}

static bool has_section(const struct config *config, const char *url)
{
    for (const struct issuer_settings *issuer = config->issuers; issuer != NULL; issuer = issuer->next)
        if (text_equal(text_of(issuer->url), text_of(url)))
            return true;
    return false;
}

int run_user_link(const struct invocation *in, struct error *err)
{
    const char *issuer = command_option(in, "issuer");
    struct identity identity;
    struct account user = {0};

    if (read_identity(in, &user, &identity, err) < 0 || identity_link(&in->call, &user.id, &identity, err) < 0)
        return -1;
    command_report(in, "%s is linked to %s of %s\n", user.name.data, command_option(in, "subject"), issuer);
    if (!has_section(in->call.config, issuer))
        command_report(in,
                       "The configuration that this command has read has no section [issuer \"%s\"]; without one "
                       "its tokens are refused.\n",
                       issuer);
    return command_shows_result(in) ? run_user_show(in, err) : 0;
}

int run_user_unlink(const struct invocation *in, struct error *err)
{
    struct identity identity;
    struct account user = {0};

    if (read_identity(in, &user, &identity, err) < 0 || identity_unlink(&in->call, &user.id, &identity, err) < 0)
        return -1;
    command_report(in, "%s is no longer linked to %s of %s\n", user.name.data, command_option(in, "subject"),
                   command_option(in, "issuer"));
    return command_shows_result(in) ? run_user_show(in, err) : 0;
}

static void write_json(struct buf *out, const void *item)
{
    const struct identity *identity = item;
    char linked[TIMESTAMP_TEXT_SIZE];

    timestamp_format(identity->linked, linked);
    buf_add_char(out, '{');
    jsonw_key(out, "issuer");
    jsonw_text(out, identity->issuer);
    jsonw_key(out, "subject");
    jsonw_text(out, identity->subject);
    jsonw_key(out, "linked");
    jsonw_string(out, linked);
    buf_add_char(out, '}');
}

static void write_text(struct buf *out, const void *item)
{
    const struct identity *identity = item;

    buf_add(out, identity->subject.data, identity->subject.length);
    buf_add_literal(out, " of ");
    buf_add(out, identity->issuer.data, identity->issuer.length);
}

int add_identities(const struct invocation *in, const struct id *account_id, struct error *err)
{
    struct identity *identities;
    int64_t count = identity_list(&in->call, account_id, &identities, err);

    if (count < 0)
        return -1;
    output_items(in->output, "identities",
                 &(struct output_items){identities, sizeof(*identities), count, write_json, write_text});
    return 0;
}
