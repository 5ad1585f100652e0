#include "checked_dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "check_response.h"
#include "domain/access/hints.h"
#include "fuzz.h"

#define SENT_MAXIMUM ((size_t)16 * 1024 * 1024)

/* The current request. */
static struct {
    struct memory_file log;
    struct http_body_source source;
    struct buf sent;  /* all that the client sent, as far as it was read, and what others sent before */
    struct buf shown; /* what a log may hold of it */
} checked;

void checked_open(struct service *service, const struct config *config)
{
    struct error err;

    checked.log = memory_file_open();
    buf_init(&checked.sent, SENT_MAXIMUM);
    buf_init(&checked.shown, SENT_MAXIMUM);
    if (log_open("orgd", checked.log.path, LOG_LEVEL_DEBUG, &err) < 0 || service_open(service, config, &err) < 0)
        abort();
}

static int read_and_note(void *handle, char *out, int size)
{
    int length = checked.source.read(checked.source.handle, out, size);

    (void)handle;
    if (length > 0)
        buf_add(&checked.sent, out, (size_t)length);
    return length;
}

static void note_request(const struct http_request *request)
{
    const char *uri = http_request_variable(request, "REQUEST_URI");
    const char *method = http_request_variable(request, "REQUEST_METHOD");
    const char *address = http_request_variable(request, "REMOTE_ADDR");

    buf_reset(&checked.sent, SENT_MAXIMUM);
    buf_reset(&checked.shown, SENT_MAXIMUM);
    for (char *const *variable = request->environment; *variable != NULL; variable++) {
        buf_add_string(&checked.sent, *variable);
        buf_add_char(&checked.sent, '\n');
    }
    if (uri != NULL)
        buf_add(&checked.shown, uri, strcspn(uri, "?#"));
    buf_add_char(&checked.shown, '\n');
    buf_add_string(&checked.shown, method == NULL ? "" : method);
    buf_add_char(&checked.shown, '\n');
    buf_add_string(&checked.shown, address == NULL ? "" : address);
}

/* What a worker remembers, so that the same input always does the same. */
static void forget(struct service *service)
{
    guess_forget_all();
    issuers_close(service->issuers);
    service->issuers = issuers_open(service->config);
}

void checked_begin(struct exchange *exchange, struct service *service, char *const *environment,
                   struct http_body_source body_source)
{
    forget(service);
    checked.source = body_source;
    exchange_begin(exchange, service, environment, (struct http_body_source){.read = read_and_note});
    note_request(exchange->request);
}

void checked_allow(struct text text)
{
    if (text.data != NULL)
        buf_add(&checked.sent, text.data, text.length);
}

void checked_dispatch(struct exchange *exchange)
{
    const struct service *service = exchange->service;

    dispatch(exchange);
    if (getenv("FUZZ_SHOW") != NULL)
        printf("%s\n", service->out.data);
    check_response(
        &(struct checked_request){
            .sent = {checked.sent.data, checked.sent.length},
            .mount = exchange->request->mount,
            .is_head = exchange->request->method == HTTP_HEAD,
        },
        (struct text){service->out.data, service->out.length});
}

void checked_end(struct exchange *exchange)
{
    off_t length;
    char *lines;

    exchange_end(exchange);
    length = lseek(checked.log.fd, 0, SEEK_END);
    lines = malloc((size_t)length + 1);
    if (lines == NULL || pread(checked.log.fd, lines, (size_t)length, 0) != length)
        abort();
    memory_file_write(&checked.log, "", 0);
    check_log((struct text){checked.shown.data, checked.shown.length}, (struct text){lines, (size_t)length});
    free(lines);
}
