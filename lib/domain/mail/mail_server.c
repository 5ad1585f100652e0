#include "mail_server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#define PASSWORD_BYTES_MAX 1024

static int read_password(const struct config *config, struct arena *arena, const char **out, struct error *err)
{
    char line[PASSWORD_BYTES_MAX];
    FILE *file;
    size_t length = 0;

    *out = config->mail_password;
    if (config->mail_password_file[0] == '\0')
        return 0;
    file = fopen(config->mail_password_file, "re");
    if (file == NULL)
        return error_set(err, ERR_UNAVAILABLE, "mail_password_file: cannot read %s: %s", config->mail_password_file,
                         strerror(errno));
    if (fgets(line, sizeof(line), file) != NULL)
        length = strcspn(line, "\r\n");
    fclose(file);
    *out = arena_strndup(arena, line, length);
    memory_wipe(line, sizeof(line));
    if (length == 0)
        return error_set(err, ERR_UNAVAILABLE, "mail_password_file: there is no password in the first line of %s",
                         config->mail_password_file);
    if (length == sizeof(line) - 1)
        return error_set(err, ERR_UNAVAILABLE, "mail_password_file: the first line of %s is too long for a password",
                         config->mail_password_file);
    return 0;
}

static enum smtp_tls tls_of(const struct config *config)
{
    if (strcmp(config->mail_tls, "off") == 0)
        return SMTP_TLS_OFF;
    return strcmp(config->mail_tls, "optional") == 0 ? SMTP_TLS_OPTIONAL : SMTP_TLS_REQUIRED;
}

static int connect_first(struct mail_server *server, struct error *err)
{
    if (server->smtp != NULL)
        return 0;
    if (read_password(server->config, server->arena, &server->settings.password, err) < 0)
        return -1;
    server->smtp = smtp_open(&server->settings, err);
    return server->smtp == NULL ? -1 : 0;
}

static enum smtp_outcome send_by_smtp(void *context, const struct smtp_envelope *envelope, struct smtp_reply *reply)
{
    struct mail_server *server = context;
    struct error err;

    if (connect_first(server, &err) == 0)
        return smtp_send(server->smtp, envelope, reply);
    snprintf(reply->said, sizeof(reply->said), "%.*s", (int)sizeof(reply->said) - 1, err.message);
    return SMTP_UNREACHABLE;
}

void mail_server_open(struct mail_server *server, const struct config *config, struct arena *arena)
{
    *server = (struct mail_server){
        .config = config,
        .arena = arena,
        .transport = {send_by_smtp, server},
        .settings =
            {
                .url = config->mail_server,
                .user = config->mail_user,
                .ca_file = config->mail_ca_file,
                .tls = tls_of(config),
                .timeout_s = config->mail_timeout,
            },
    };
}

void mail_server_close(struct mail_server *server)
{
    smtp_close(server->smtp);
    server->smtp = NULL;
}

int mail_server_look(struct mail_server *server, struct error *err)
{
    struct smtp_reply reply;

    if (connect_first(server, err) < 0)
        return -1;
    if (smtp_look(server->smtp, &reply) == SMTP_SENT)
        return 0;
    return error_set(err, ERR_UNAVAILABLE, "%s", reply.said);
}
