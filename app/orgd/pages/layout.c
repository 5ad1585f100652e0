#include "layout.h"

#include <openssl/evp.h>

#include "base/digest.h"
#include "base/text.h"
#include "http/browser.h"
#include "language.h"
#include "pages/style_css.h"

const char *layout_source_of(struct text stylesheet, char source[LAYOUT_SOURCE_SIZE])
{
    if (source[0] == '\0') {
        struct digest digest = digest_of(stylesheet.data, stylesheet.length);

        EVP_EncodeBlock((unsigned char *)source, digest.bytes, sizeof(digest.bytes));
    }
    return source;
}

void layout_add_headers(struct exchange *exchange, const char *style_source, const char *form_target)
{
    exchange->response->content_type = "text/html; charset=utf-8";
    http_response_header(exchange->response, "Content-Security-Policy",
                         "default-src 'none'; style-src 'sha256-%s'; form-action 'self'%s%s; frame-ancestors 'none'; "
                         "base-uri 'none'",
                         style_source, form_target == NULL ? "" : " ", form_target == NULL ? "" : form_target);
    http_response_header(exchange->response, "X-Frame-Options", "DENY");
    http_response_header(exchange->response, "Referrer-Policy", "no-referrer");
}

struct page_frame layout_open(struct exchange *exchange, const char *form_target, bool has_form)
{
    static char style_source[LAYOUT_SOURCE_SIZE];
    const struct catalogue *catalogue = language_of(exchange);

    layout_add_headers(exchange, layout_source_of(TEXT(style), style_source), form_target);
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
