#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands.h"
#include "domain/access/secret.h"
#include "domain/oauth/client.h"

/* An octet takes six at most. */
#define URIS_JSON_MAXIMUM ((size_t)8 * CLIENT_URIS_BYTES_MAX)

/* Prints the id, and the secret of a confidential client. The secret is shown once. Fails if nobody got it. */
static int show_created(const struct invocation *in, const struct id *id, const char *secret, struct error *err)
{
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    if (in->is_quiet) {
        puts(text);
        if (secret[0] != '\0')
            puts(secret);
        return output_flush(err);
    }
    output_row(in->output);
    output_id(in->output, "client_id", id);
    if (secret[0] != '\0')
        output_text(in->output, "client_secret", text_of(secret));
    output_record(in->output);
    if (secret[0] != '\0')
        command_report(in, "The secret is shown once and stored nowhere: keep it now.\n");
    return output_flush(err);
}

/* Deletes the client, whose id and secret nobody has seen. Returns -1 with `err`, which says why nobody has. */
static int withdraw(const struct invocation *in, const struct id *id, struct error *err)
{
    struct error reason = *err;

    if (client_delete(&in->call, id, err) == 0)
        return error_set(err, reason.kind, "%s; nothing was created", reason.message);
    return error_set(err, reason.kind, "%s; delete the client '%s', which nobody can use", reason.message,
                     in->argument);
}

/* Consent is asked for where people are sent back from; the device grant always asks. */
static int check_trust(const struct client *client, struct error *err)
{
    if (!client->is_trusted || client->is_resource_server ||
        client->redirect_uris.data[strspn(client->redirect_uris.data, " ")] != '\0')
        return 0;
    return error_set(err, ERR_VALIDATION,
                     "--trusted does nothing without --redirect-uri: the device grant always asks for consent");
}

int run_client_create(const struct invocation *in, struct error *err)
{
    const char *uris = command_option(in, "redirect-uri");
    const struct client client = {
        .name = text_of(in->argument),
        .redirect_uris = text_of(uris == NULL ? "" : uris),
        .is_confidential = command_option(in, "confidential") != NULL,
        .has_device_grant = command_option(in, "device") != NULL,
        .is_trusted = command_option(in, "trusted") != NULL,
        .is_resource_server = command_option(in, "resource-server") != NULL,
    };
    char secret[SECRET_TEXT_SIZE];
    struct id id;
    int result;

    if (check_trust(&client, err) < 0 || client_create(&in->call, &client, &id, secret, err) < 0)
        return -1;
    result = show_created(in, &id, secret, err);
    if (result < 0)
        result = withdraw(in, &id, err);
    memory_wipe(secret, sizeof(secret));
    return result;
}

/* People read them as they were given, with blanks between them; programs get a list. */
static void add_redirect_uris(struct output *output, struct text uris)
{
    CLEANUP(buf_release) struct buf json;
    const char *at = uris.data == NULL ? "" : uris.data;

    buf_init(&json, URIS_JSON_MAXIMUM);
    buf_add_char(&json, '[');
    for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
        struct text uri = {at, strcspn(at, " ")};

        if (json.length > 1)
            buf_add_char(&json, ',');
        jsonw_text(&json, uri);
        at += uri.length;
    }
    buf_add_char(&json, ']');
    output_json(output, "redirect_uris", uris, arena_strndup(output->arena, json.data, json.length));
}

int run_client_list(const struct invocation *in, struct error *err)
{
    struct client *clients;
    int64_t count = client_list(&in->call, &clients, err);

    for (int64_t i = 0; i < count; i++) {
        output_row(in->output);
        output_text(in->output, "name", clients[i].name);
        output_id(in->output, "client_id", &clients[i].id);
        output_bool(in->output, "is_confidential", clients[i].is_confidential);
        output_bool(in->output, "has_device_grant", clients[i].has_device_grant);
        output_bool(in->output, "is_trusted", clients[i].is_trusted);
        output_bool(in->output, "is_resource_server", clients[i].is_resource_server);
        add_redirect_uris(in->output, clients[i].redirect_uris);
        output_time(in->output, "created", clients[i].created);
    }
    if (count >= 0)
        output_list(in->output, "There are no clients yet; 'orgctl client create NAME' makes one.");
    return count < 0 ? -1 : 0;
}

int run_client_delete(const struct invocation *in, struct error *err)
{
    struct client client = {.name = {NULL, 0}};
    struct id id;
    int found;

    if (command_id(in, &id, err) < 0 || (found = client_find(&in->call, &id, &client, err)) < 0)
        return -1;
    if ((found > 0 &&
         command_confirm_name(in, client.name, err, "Delete the client %s (%s) and everything that people granted it?",
                              client.name.data, in->argument) < 0) ||
        client_delete(&in->call, &id, err) < 0)
        return -1;
    command_report(in, "%s is deleted\n", in->argument);
    command_show_null(in);
    return 0;
}
