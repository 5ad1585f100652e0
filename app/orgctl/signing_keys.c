#include <jansson.h>
#include <stdio.h>

#include "base/text.h"
#include "commands.h"
#include "domain/credentials/access_token.h"

static const char *algorithm(const struct invocation *in)
{
    const char *value = command_option(in, "alg");

    return value == NULL ? "ES256" : value;
}

static void print_kid(const struct invocation *in, const char *kid)
{
    if (in->is_quiet) {
        puts(kid);
        return;
    }
    output_row(in->output);
    output_text(in->output, "kid", text_of(kid));
    output_text(in->output, "file", text_of(in->call.config->signing_keys));
    output_record(in->output);
}

int run_signing_key_generate(const struct invocation *in, struct error *err)
{
    const char *kid;

    if (token_file_generate(in->call.config->signing_keys, algorithm(in), in->call.arena, &kid, err) < 0)
        return -1;
    print_kid(in, kid);
    return 0;
}

int run_signing_key_rotate(const struct invocation *in, struct error *err)
{
    bool is_compromised = command_option(in, "compromised") != NULL;
    const char *kid;

    if (is_compromised &&
        command_confirm(in, err, "Refuse all access and refresh tokens issued so far, and keep no key of %s?",
                        in->call.config->signing_keys) < 0)
        return -1;
    if (token_file_rotate(in->call.config->signing_keys, algorithm(in), is_compromised, in->call.now, in->call.arena,
                          &kid, err) < 0)
        return -1;
    print_kid(in, kid);
    if (is_compromised)
        command_report(in, "All access and refresh tokens issued so far are refused from the next request on. Copy the "
                           "file to the other hosts now.\n");
    return 0;
}

int run_signing_key_list(const struct invocation *in, struct error *err)
{
    json_t *set;
    json_t *key;
    size_t index;

    if (token_file_read(in->call.config->signing_keys, &set, err) < 0)
        return -1;
    json_array_foreach(json_object_get(set, "keys"), index, key)
    {
        output_row(in->output);
        output_text(in->output, "kid", text_of(json_string_value(json_object_get(key, "kid"))));
        output_text(in->output, "alg", text_of(json_string_value(json_object_get(key, "alg"))));
        output_bool(in->output, "signs", index == 0);
    }
    output_list(in->output, "There are no keys.");
    json_decref(set);
    return 0;
}

int run_signing_key_prune(const struct invocation *in, struct error *err)
{
    int dropped = token_file_prune(in->call.config->signing_keys, in->call.config->access_token_lifetime, in->call.now,
                                   in->call.arena, err);

    if (dropped < 0)
        return -1;
    command_report(in, "%d key%s deleted\n", dropped, dropped == 1 ? "" : "s");
    command_show_count(in, "keys_deleted", dropped);
    return 0;
}
