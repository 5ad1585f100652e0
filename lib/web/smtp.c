#include "smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name of a command, such as STARTTLS. */
#define COMMAND_BYTES 16

struct smtp {
    const struct smtp_server *server;
    CURL *curl;
    /* Of the mail that is on its way: */
    struct text rest; /* what libcurl has not taken yet */
    bool is_stopped;
    bool is_mail;                /* and no look at the server */
    bool is_leaving;             /* it has failed, and libcurl says goodbye */
    char command[COMMAND_BYTES]; /* the last one that was sent; ".": the end of the mail */
    char cause[CURL_ERROR_SIZE];
    char *said; /* of the reply */
};

/* Keeps the beginning of what a stranger says, without what a terminal or a log would act on. */
static void keep_line(char *out, size_t size, const char *data, size_t length)
{
    size_t used = 0;

    while (length > 0 && (data[length - 1] == '\n' || data[length - 1] == '\r'))
        length--;
    for (size_t i = 0; i < length && used + 1 < size; i++) {
        out[used] = data[i];
        if (data[i] < ' ' || data[i] > '~')
            out[used] = '?';
        used++;
    }
    out[used] = '\0';
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Of a command only its name, since AUTH is followed by secrets. */
static void keep_command(struct smtp *smtp, const char *data, size_t length)
{
    size_t word = 0;

    while (word < length && is_letter(data[word]))
        word++;
    keep_line(smtp->command, sizeof(smtp->command), data, word);
}

static int on_debug(CURL *curl, curl_infotype type, char *data, size_t length, void *user)
{
    struct smtp *smtp = user;

    (void)curl;
    if (type == CURLINFO_HEADER_OUT && length >= 4 && memcmp(data, "QUIT", 4) == 0)
        smtp->is_leaving = true;
    if (smtp->is_leaving)
        return 0;
    if (type == CURLINFO_HEADER_OUT)
        keep_command(smtp, data, length);
    else if (type == CURLINFO_HEADER_IN)
        keep_line(smtp->said, SMTP_SAID_BYTES, data, length);
    return 0;
}

static size_t on_read(char *out, size_t size, size_t count, void *user)
{
    struct smtp *smtp = user;
    size_t length = size * count < smtp->rest.length ? size * count : smtp->rest.length;

    memcpy(out, smtp->rest.data, length);
    smtp->rest.data += length;
    smtp->rest.length -= length;
    if (length == 0)
        memcpy(smtp->command, ".", 2);
    return length;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static size_t on_write(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    return size * count;
}

/* When the server has all of the mail, it is better to wait for its answer than to send it twice. */
static int on_progress(void *user, curl_off_t down, curl_off_t down_now, curl_off_t up, curl_off_t up_now)
{
    struct smtp *smtp = user;

    (void)down;
    (void)down_now;
    (void)up;
    (void)up_now;
    if (smtp->server->is_over != NULL && strcmp(smtp->command, ".") != 0 &&
        smtp->server->is_over(smtp->server->context))
        smtp->is_stopped = true;
    return smtp->is_stopped;
}

static CURLcode limit_protocols(CURL *curl)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
#else
    return curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_SMTP | CURLPROTO_SMTPS));
#endif
}

static long tls_of(const struct smtp_server *server)
{
    static const long levels[] = {
        [SMTP_TLS_REQUIRED] = CURLUSESSL_ALL, [SMTP_TLS_OPTIONAL] = CURLUSESSL_TRY, [SMTP_TLS_OFF] = CURLUSESSL_NONE};

    return levels[server->tls];
}

/* Without one of the texts that libcurl copies this would be a different transfer. */
static CURLcode set_texts(CURL *curl, const struct smtp_server *server)
{
    const struct {
        CURLoption option;
        const char *text;
    } texts[] = {
        {CURLOPT_URL, server->url},
        {CURLOPT_PROXY, ""},
        {CURLOPT_USERNAME, server->user[0] == '\0' ? NULL : server->user},
        {CURLOPT_PASSWORD, server->user[0] == '\0' ? NULL : server->password},
        {CURLOPT_CAINFO, server->ca_file[0] == '\0' ? NULL : server->ca_file},
    };
    CURLcode code = limit_protocols(curl);

    for (size_t i = 0; i < ARRAY_LENGTH(texts) && code == CURLE_OK; i++)
        if (texts[i].text != NULL)
            code = curl_easy_setopt(curl, texts[i].option, texts[i].text);
    return code;
}

static CURLcode set_options(struct smtp *smtp)
{
    CURL *curl = smtp->curl;

    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)smtp->server->timeout_s);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)smtp->server->timeout_s);
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)smtp->server->timeout_s);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    /* Without this, cleaning up waits for a resolver that does not answer, however long that takes. */
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(curl, CURLOPT_USE_SSL, tls_of(smtp->server));
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, smtp);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, smtp);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, smtp);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, smtp->cause);
    return set_texts(curl, smtp->server);
}

struct smtp *smtp_open(const struct smtp_server *server, struct error *err)
{
    struct smtp *smtp = calloc(1, sizeof(*smtp));

    if (smtp != NULL)
        *smtp = (struct smtp){.server = server, .curl = curl_easy_init()};
    if (smtp != NULL && smtp->curl != NULL && set_options(smtp) == CURLE_OK)
        return smtp;
    smtp_close(smtp);
    error_set(err, ERR_UNAVAILABLE, "memory ran out");
    return NULL;
}

void smtp_close(struct smtp *smtp)
{
    if (smtp == NULL)
        return;
    curl_easy_cleanup(smtp->curl);
    free(smtp);
}

/* True if the server has said no to the last command, with this first digit. */
static bool was_refused(const struct smtp *smtp, char digit)
{
    return smtp->said[0] == digit;
}

/* 421: the server says goodbye, whatever it was asked. */
static bool is_about_this_mail(const struct smtp *smtp)
{
    static const char *const commands[] = {"RCPT", "DATA", "."};
    bool is_so = false;

    for (size_t i = 0; i < ARRAY_LENGTH(commands); i++)
        is_so = is_so || strcmp(smtp->command, commands[i]) == 0;
    return smtp->is_mail && is_so && strncmp(smtp->said, "421", 3) != 0 &&
           (was_refused(smtp, '4') || was_refused(smtp, '5'));
}

/* Says what came between, where the server has not said it. */
static void explain(struct smtp *smtp, CURLcode code)
{
    const char *cause = smtp->cause[0] != '\0' ? smtp->cause : curl_easy_strerror(code);
    char said[SMTP_SAID_BYTES + COMMAND_BYTES];

    if (was_refused(smtp, '4') || was_refused(smtp, '5'))
        snprintf(said, sizeof(said), "%s%s%s", smtp->command, smtp->command[0] == '\0' ? "" : ": ", smtp->said);
    else
        snprintf(said, sizeof(said), "%s", cause);
    keep_line(smtp->said, SMTP_SAID_BYTES, said, strlen(said));
}

static enum smtp_outcome judge(struct smtp *smtp, CURLcode code)
{
    enum smtp_outcome outcome = SMTP_UNREACHABLE;

    if (code == CURLE_OK)
        return SMTP_SENT;
    if (smtp->is_stopped)
        outcome = SMTP_STOPPED;
    else if (is_about_this_mail(smtp))
        outcome = strcmp(smtp->command, "RCPT") == 0 && was_refused(smtp, '5') ? SMTP_REFUSED : SMTP_PUT_OFF;
    explain(smtp, code);
    return outcome;
}

static enum smtp_outcome perform(struct smtp *smtp, struct smtp_reply *reply)
{
    CURLcode code;

    reply->said[0] = smtp->cause[0] = smtp->command[0] = '\0';
    smtp->said = reply->said;
    smtp->is_stopped = smtp->is_leaving = false;
    code = curl_easy_perform(smtp->curl);
    return judge(smtp, code);
}

enum smtp_outcome smtp_send(struct smtp *smtp, const struct smtp_envelope *envelope, struct smtp_reply *reply)
{
    struct curl_slist *recipients = curl_slist_append(NULL, envelope->to);
    enum smtp_outcome outcome = SMTP_UNREACHABLE;

    snprintf(reply->said, sizeof(reply->said), "memory ran out");
    smtp->rest = envelope->message;
    smtp->is_mail = true;
    curl_easy_setopt(smtp->curl, CURLOPT_CUSTOMREQUEST, (char *)NULL);
    curl_easy_setopt(smtp->curl, CURLOPT_NOBODY, 0L);
    curl_easy_setopt(smtp->curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, recipients);
    if (recipients != NULL && curl_easy_setopt(smtp->curl, CURLOPT_MAIL_FROM, envelope->from) == CURLE_OK)
        outcome = perform(smtp, reply);
    curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, (struct curl_slist *)NULL);
    curl_slist_free_all(recipients);
    return outcome;
}

enum smtp_outcome smtp_look(struct smtp *smtp, struct smtp_reply *reply)
{
    snprintf(reply->said, sizeof(reply->said), "memory ran out");
    smtp->is_mail = false;
    curl_easy_setopt(smtp->curl, CURLOPT_UPLOAD, 0L);
    curl_easy_setopt(smtp->curl, CURLOPT_NOBODY, 1L);
    if (curl_easy_setopt(smtp->curl, CURLOPT_CUSTOMREQUEST, "NOOP") != CURLE_OK)
        return SMTP_UNREACHABLE;
    return perform(smtp, reply);
}
