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
    const struct key_owner owner = {.kind = kind->credential};

    if (secret_read(text_of(secret), kind->prefix, &id, &digest) && key_delete(&in->call, &owner, &id, NULL, err) == 0)
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

/* Reads the options "name" and "description"; an empty description is none. */
static int read_texts(const struct invocation *in, struct key_input *out, struct error *err)
{
    out->name = text_of(command_option(in, "name"));
    out->given.name = out->name.data != NULL;
    out->description = text_of(command_option(in, "description"));
    out->given.description = out->description.data != NULL;
    if (out->description.length == 0)
        out->description.data = NULL;
    return key_check_description(out->description, err);
}

static int create(const struct invocation *in, const struct kind *kind, struct error *err)
{
    struct key_owner owner = {.kind = kind->credential};
    struct key_input input = {.name = {NULL, 0}};
    char secret[SECRET_TEXT_SIZE];
    struct account account;
    struct key made;
    int result;

    if (command_minutes(in, "expires-in", &input.expires_in_minutes, &input.given.expires_in_minutes, err) < 0 ||
        read_texts(in, &input, err) < 0 || find_account(in, kind, &account, err) < 0)
        return -1;
    owner.account_id = account.id;
    if (key_create(&in->call, &owner, &input, &made, secret, err) < 0)
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
    output_text(in->output, "description", credential->description);
    output_text(in->output, "hint", credential->hint);
    output_bool(in->output, "is_active", credential->is_active);
    output_time(in->output, "created", credential->created);
    output_time(in->output, "last_used", credential->last_used);
    output_time(in->output, "rotated", credential->rotated);
    output_time(in->output, "retained_until", credential->retained_until);
    output_time(in->output, "expires", credential->expires);
}

static void show(const struct invocation *in, const struct key *credential)
{
    if (!command_shows_result(in))
        return;
    add_credential(in, credential);
    output_record(in->output);
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
    const struct key_owner owner = {.kind = kind->credential};
    const struct key_input input = {.is_active = is_active, .given.is_active = true};
    struct key changed;
    struct id id;

    if (command_id(in, &id, err) < 0 || key_update(&in->call, &owner, &id, &input, NULL, &changed, err) < 0)
        return -1;
    command_report(in, "%s is %s\n", in->argument, is_active ? "active" : "deactivated");
    show(in, &changed);
    return 0;
}

static int set(const struct invocation *in, const struct kind *kind, struct error *err)
{
    const struct key_owner owner = {.kind = kind->credential};
    struct key_input input = {.name = {NULL, 0}};
    struct key changed;
    struct id id;

    if (command_require_change(in, err) < 0 || command_id(in, &id, err) < 0 || read_texts(in, &input, err) < 0 ||
        key_update(&in->call, &owner, &id, &input, NULL, &changed, err) < 0)
        return -1;
    command_report(in, "%s is changed\n", in->argument);
    show(in, &changed);
    return 0;
}

static int delete_one(const struct invocation *in, const struct kind *kind, struct error *err)
{
    const struct key_owner owner = {.kind = kind->credential};
    struct id id;

    if (command_id(in, &id, err) < 0 ||
        command_confirm(in, err, "Delete the %s %s?", in->command->noun, in->argument) < 0 ||
        key_delete(&in->call, &owner, &id, NULL, err) < 0)
        return -1;
    command_report(in, "%s is deleted\n", in->argument);
    command_show_null(in);
    return 0;
}

/* The new secret is shown first: until it has been, the old one must go on. */
static int show_and_rotate(const struct invocation *in, const struct kind *kind, const struct id *id, char *secret,
                           const struct key_input *input, struct error *err)
{
    const struct key_owner owner = {.kind = kind->credential};
    const char *noun = in->command->noun;
    struct error reason;
    struct key rotated;

    if (input->retain_period_minutes == 0 &&
        command_confirm(in, err, "Rotate the %s %s, so that its old secret stops working at once?", noun,
                        in->argument) < 0)
        return -1;
    if (show_secret(in, kind, secret, NULL, &reason) < 0)
        return error_set(err, reason.kind, "%s; the %s has its old secret still", reason.message, noun);
    if (key_rotate(&in->call, &owner, id, input, NULL, secret, &rotated, &reason) < 0)
        return error_set(err, reason.kind, "%s; the secret above does not count unless '%s list' says so",
                         reason.message, noun);
    return 0;
}

static int rotate(const struct invocation *in, const struct kind *kind, struct error *err)
{
    const struct key_owner owner = {.kind = kind->credential};
    struct key_input input = {.name = {NULL, 0}};
    char secret[SECRET_TEXT_SIZE];
    struct id id;
    int result;

    if (command_id(in, &id, err) < 0 ||
        command_int(in, "retain", 0, KEY_RETAINED_MINUTES_MAX, 0, &input.retain_period_minutes, err) < 0 ||
        key_new_secret(&in->call, &owner, &id, secret, err) < 0)
        return -1;
    result = show_and_rotate(in, kind, &id, secret, &input, err);
    memory_wipe(secret, sizeof(secret));
    return result;
}

int run_key_rotate(const struct invocation *in, struct error *err)
{
    return rotate(in, &key, err);
}

int run_token_rotate(const struct invocation *in, struct error *err)
{
    return rotate(in, &token, err);
}

int run_key_set(const struct invocation *in, struct error *err)
{
    return set(in, &key, err);
}

int run_token_set(const struct invocation *in, struct error *err)
{
    return set(in, &token, err);
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
