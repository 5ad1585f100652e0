#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"
#include "commands.h"
#include "domain/access/secret.h"
#include "domain/oauth/client.h"

/* Prints the id, and the secret of a confidential client. The secret is shown once. */
static void print_created(const struct invocation *in, const struct id *id, const char *secret)
{
    char text[ID_TEXT_SIZE];

    id_format(id, text);
    if (in->is_quiet) {
        puts(text);
        if (secret[0] != '\0')
            puts(secret);
        return;
    }
    output_row(in->output);
    output_id(in->output, "client_id", id);
    if (secret[0] != '\0')
        output_text(in->output, "client_secret", text_of(secret));
    output_record(in->output);
    if (secret[0] != '\0')
        command_report(in, "The secret is shown once and stored nowhere: keep it now.\n");
}

int run_client_create(const struct invocation *in, struct error *err)
{
    const char *uris = command_option(in, "redirect-uri");
    char secret[SECRET_TEXT_SIZE];
    struct id id;

    if (client_create(&in->call, text_of(in->argument), text_of(uris == NULL ? "" : uris),
                      command_option(in, "confidential") != NULL, &id, secret, err) < 0)
        return -1;
    print_created(in, &id, secret);
    memory_wipe(secret, sizeof(secret));
    return 0;
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
        output_text(in->output, "redirect_uris", clients[i].redirect_uris);
        output_time(in->output, "created", clients[i].created);
    }
    if (count >= 0)
        output_list(in->output, "There are no clients yet; 'orgctl client create NAME' makes one.");
    return count < 0 ? -1 : 0;
}

int run_client_delete(const struct invocation *in, struct error *err)
{
    struct id id;

    if (command_id(in, &id, err) < 0 || client_delete(&in->call, &id, err) < 0)
        return -1;
    command_report(in, "%s is deleted\n", in->argument);
    return 0;
}
