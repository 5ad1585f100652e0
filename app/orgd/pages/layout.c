#include "layout.h"

#include <openssl/evp.h>

#include "base/digest.h"
#include "base/text.h"
#include "http/browser.h"
#include "language.h"
#include "pages/style_css.h"

/* Returns the stylesheet as a source for the content security policy. */
static const char *style_source(void)
{
    static char source[64];

    if (source[0] == '\0') {
        struct digest digest = digest_of(style, sizeof(style) - 1);

        EVP_EncodeBlock((unsigned char *)source, digest.bytes, sizeof(digest.bytes));
    }
    return source;
}

/* The policy: the page loads nothing, nobody may frame it, and its forms go only to us and to the form's target (RFC
 * 9700, 4.16). */
static void add_policy(struct exchange *exchange, const char *form_target)
{
    http_response_header(exchange->response, "Content-Security-Policy",
                         "default-src 'none'; style-src 'sha256-%s'; form-action 'self'%s%s; frame-ancestors 'none'; "
                         "base-uri 'none'",
                         style_source(), form_target == NULL ? "" : " ", form_target == NULL ? "" : form_target);
    http_response_header(exchange->response, "X-Frame-Options", "DENY");
    http_response_header(exchange->response, "Referrer-Policy", "no-referrer");
}

struct page_frame layout_open(struct exchange *exchange, const char *form_target, bool has_form)
{
    const struct catalogue *catalogue = language_of(exchange);

    exchange->response->content_type = "text/html; charset=utf-8";
    add_policy(exchange, form_target);
    return (struct page_frame){
        .catalogue = catalogue,
        .language = text_of(catalogue_language(catalogue)),
        .mount = text_of(exchange->request->mount),
        .form_token = has_form ? browser_form_token(exchange) : (struct text){NULL, 0},
    };
}

void layout_add_style(struct buf *out)
{
    buf_add_literal(out, style);
}
