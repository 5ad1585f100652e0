#include <openssl/evp.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "http/handlers.h"
#include "http/resource.h"
#include "pages/layout.h"
#include "reference_css.h"
#include "web/html.h"

/* The page is text of the program, made by reference.awk, in pieces that end where a request has to say something. */
struct reference_piece {
    const char *text;
    void (*add)(struct exchange *exchange); /* what follows the text; NULL: nothing */
    bool is_of_metrics;                     /* left out where there is no /metrics */
};

static void add_public_url(struct exchange *exchange)
{
    html_add_text(&exchange->response->body, text_of(exchange->service->config->public_url));
}

/* Within single quotes of a shell: for one in the URL they are closed, and opened behind it. */
static void add_shell_url(struct exchange *exchange)
{
    struct buf *body = &exchange->response->body;

    for (const char *at = exchange->service->config->public_url; *at != '\0'; at++)
        if (*at == '\'')
            buf_add_literal(body, "&#39;\\&#39;&#39;");
        else
            html_add_text(body, (struct text){at, 1});
}

static void add_mount(struct exchange *exchange)
{
    html_add_url(&exchange->response->body, text_of(exchange->request->mount));
}

static void add_stylesheet(struct exchange *exchange)
{
    buf_add_literal(&exchange->response->body, reference_style);
}

#include "reference_html.h"

/* A digest of texts, one after the other. */
static void add_to_digest(struct digest *sum, const char *text)
{
    struct digest both[2] = {*sum, digest_of(text, strlen(text))};

    *sum = digest_of(both, sizeof(both));
}

/* Returns the digest of what no request changes, made once. */
static struct digest digest_of_page(void)
{
    static struct digest sum;
    static bool is_made;

    for (size_t i = 0; i < ARRAY_LENGTH(reference) && !is_made; i++)
        add_to_digest(&sum, reference[i].text);
    if (!is_made)
        add_to_digest(&sum, reference_style);
    is_made = true;
    return sum;
}

static const char *etag_of_page(const struct exchange *exchange)
{
    struct digest sum = digest_of_page();
    char encoded[64];

    add_to_digest(&sum, exchange->service->config->public_url);
    add_to_digest(&sum, exchange->request->mount);
    add_to_digest(&sum, exchange->service->has_metrics ? "metrics" : "");
    EVP_EncodeBlock((unsigned char *)encoded, sum.bytes, 18);
    return arena_printf(exchange->request->arena, "\"%s\"", encoded);
}

int handle_reference(struct exchange *exchange, struct error *err)
{
    static char style_source[LAYOUT_SOURCE_SIZE];

    (void)err;
    layout_add_headers(exchange, layout_source_of(TEXT(reference_style), style_source), NULL);
    resource_add_etag(exchange, etag_of_page(exchange));
    if (exchange->response->status == 304)
        return 0;
    for (size_t i = 0; i < ARRAY_LENGTH(reference); i++) {
        if (reference[i].is_of_metrics && !exchange->service->has_metrics)
            continue;
        buf_add_string(&exchange->response->body, reference[i].text);
        if (reference[i].add != NULL)
            reference[i].add(exchange);
    }
    return 0;
}
