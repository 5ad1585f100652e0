#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"
#include "commands.h"
#include "domain/accounts/key.h"

/* API keys and personal access tokens differ in who holds them. */
static const struct kind {
    enum key_kind credential;
    const char *account_option;
    const char *account_id; /* what the account's id is called */
    const char *prefix;
} key = {KEY_OF_SERVICE, "service-account", "service_account_id", SECRET_PREFIX_API_KEY},
  token = {KEY_OF_USER, "user", "user_id", SECRET_PREFIX_PERSONAL_TOKEN};

/* Prints the secret, once, and the ids that the client-credentials flow takes with it as client_id: its own, and that
 * of the account (NULL: not known here). With --quiet it is alone on its line. Fails if it did not get to whoever is to
 * have it. */
static int show_secret(const struct invocation *in, const struct kind *kind, const char *secret,
                       const struct account *account, struct error *err)
{
    struct digest digest;
    struct id id;

    if (in->is_quiet) {
        puts(secret);
    } else {
        output_row(in->output);
        output_text(in->output, in->command->noun, text_of(secret));
        if (secret_read(text_of(secret), kind->prefix, &id, &digest))
            output_id(in->output, "id", &id);
        if (account != NULL)
            output_id(in->output, kind->account_id, &account->id);
        output_record(in->output);
        command_report(in, "This is shown once and stored nowhere: keep it now.\n");
    }
    return output_flush(err);
}

/* Deletes what was made with a secret that nobody has seen. Returns -1 with `err`, which says why nobody has. */
static int withdraw(const struct invocation *in, const struct kind *kind, const char *secret, struct error *err)
{
    char id_text[ID_TEXT_SIZE];
    struct error reason = *err;
    struct digest digest;
    struct id id;

    if (secret_read(text_of(secret), kind->prefix, &id, &digest) &&
        key_delete(&in->call, kind->credential, &id, err) == 0)
        return error_set(err, reason.kind, "%s; nothing was created", reason.message);
    id_format(&id, id_text);
    return error_set(err, reason.kind, "%s; delete the %s %s, whose secret is lost", reason.message, in->command->noun,
                     id_text);
}

static int find_account(const struct invocation *in, const struct kind *kind, struct account *out, struct error *err)
{
    const char *account = command_option(in, kind->account_option);

    return kind->credential == KEY_OF_USER ? account_get_user(&in->call, account, out, err)
                                           : command_service_account(in, account, out, err);
}

static int create(const struct invocation *in, const struct kind *kind, struct error *err)
{
    char secret[SECRET_TEXT_SIZE];
    struct timestamp expires;
    struct account account;
    int result;

    if (command_expiry(in, &expires, err) < 0 || find_account(in, kind, &account, err) < 0 ||
        key_create(&in->call, kind->credential, &account.id, command_option(in, "name"), expires, secret, err) < 0)
        return -1;
    result = show_secret(in, kind, secret, &account, err);
    if (result < 0)
        result = withdraw(in, kind, secret, err);
    memory_wipe(secret, sizeof(secret));
    return result;
}

static void add_credential(const struct invocation *in, const struct key *credential)
{
    output_row(in->output);
    output_id(in->output, "id", &credential->id);
    output_text(in->output, "name", credential->name);
    output_bool(in->output, "is_active", credential->is_active);
    output_time(in->output, "created", credential->created);
    output_time(in->output, "rotated", credential->rotated);
    output_time(in->output, "retained_until", credential->retained_until);
    output_time(in->output, "expires", credential->expires);
}

static int show(const struct invocation *in, const struct kind *kind, const struct id *id, struct error *err)
{
    struct key credential;

    if (key_get(&in->call, kind->credential, id, &credential, err) < 0)
        return -1;
    add_credential(in, &credential);
    output_record(in->output);
    return 0;
}

static int list(const struct invocation *in, const struct kind *kind, struct error *err)
{
    struct account account;
    struct key *credentials;
    int64_t count;

    if (find_account(in, kind, &account, err) < 0)
        return -1;
    count = key_list(&in->call, &account.id, &credentials, err);
    for (int64_t i = 0; i < count; i++)
        add_credential(in, &credentials[i]);
    if (count >= 0)
        output_list(in->output, "There are none.");
    return count < 0 ? -1 : 0;
}

static int set_active(const struct invocation *in, const struct kind *kind, bool is_active, struct error *err)
{
    struct id id;

    if (command_id(in, &id, err) < 0 || key_set_active(&in->call, kind->credential, &id, is_active, err) < 0)
        return -1;
    command_report(in, "%s is %s\n", in->argument, is_active ? "active" : "deactivated");
    return command_shows_result(in) ? show(in, kind, &id, err) : 0;
}

static int delete_one(const struct invocation *in, const struct kind *kind, struct error *err)
{
    struct id id;

    if (command_id(in, &id, err) < 0 ||
        command_confirm(in, err, "Delete the %s %s?", in->command->noun, in->argument) < 0 ||
        key_delete(&in->call, kind->credential, &id, err) < 0)
        return -1;
    command_report(in, "%s is deleted\n", in->argument);
    command_show_null(in);
    return 0;
}

/* The new secret is shown first: until it has been, the old one must go on. */
static int show_and_rotate(const struct invocation *in, const struct id *id, const char *secret,
                           struct timestamp retained_until, struct error *err)
{
    struct error reason;

    if (retained_until.us == 0 &&
        command_confirm(in, err, "Rotate the key %s, so that its old secret stops working at once?", in->argument) < 0)
        return -1;
    if (show_secret(in, &key, secret, NULL, &reason) < 0)
        return error_set(err, reason.kind, "%s; the key has its old secret still", reason.message);
    if (key_rotate(&in->call, id, secret, retained_until, &reason) < 0)
        return error_set(err, reason.kind, "%s; the secret above does not count unless 'key list' says so",
                         reason.message);
    return 0;
}

int run_key_rotate(const struct invocation *in, struct error *err)
{
    char secret[SECRET_TEXT_SIZE];
    struct timestamp retained_until = {0};
    int64_t minutes;
    struct id id;
    int result;

    if (command_id(in, &id, err) < 0 || command_int(in, "retain", 0, INT64_C(60) * 24 * 365, 0, &minutes, err) < 0 ||
        key_new_secret(&in->call, &id, secret, err) < 0)
        return -1;
    if (minutes > 0)
        retained_until.us = in->call.now.us + minutes * 60 * US_PER_S;
    result = show_and_rotate(in, &id, secret, retained_until, err);
    memory_wipe(secret, sizeof(secret));
    return result;
}

int run_key_create(const struct invocation *in, struct error *err)
{
    return create(in, &key, err);
}

int run_key_list(const struct invocation *in, struct error *err)
{
    return list(in, &key, err);
}

int run_key_activate(const struct invocation *in, struct error *err)
{
    return set_active(in, &key, true, err);
}

int run_key_deactivate(const struct invocation *in, struct error *err)
{
    return set_active(in, &key, false, err);
}

int run_key_delete(const struct invocation *in, struct error *err)
{
    return delete_one(in, &key, err);
}

int run_token_create(const struct invocation *in, struct error *err)
{
    return create(in, &token, err);
}

int run_token_list(const struct invocation *in, struct error *err)
{
    return list(in, &token, err);
}

int run_token_activate(const struct invocation *in, struct error *err)
{
    return set_active(in, &token, true, err);
}

int run_token_deactivate(const struct invocation *in, struct error *err)
{
    return set_active(in, &token, false, err);
}

int run_token_delete(const struct invocation *in, struct error *err)
{
    return delete_one(in, &token, err);
}
