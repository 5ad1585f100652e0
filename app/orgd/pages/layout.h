/* What all pages share: the frame of layout.html, and headers that protect the person. templates.awk makes
 * x_page_show() from a page x.html. A call does not compile unless it fills all holes of the template:
 *
 *     return signed_in_page_show(exchange, NULL, SIGNED_IN_PAGE(.username = session.username)); */
#ifndef ORGD_LAYOUT_H
#define ORGD_LAYOUT_H

#include "http/exchange.h"
#include "web/catalogue.h"
#include "web/holes.h"

/* What templates call {{frame.…}}. */
struct page_frame {
    const struct catalogue *catalogue;
    struct text language;
    struct text mount;
    struct text form_token; /* without data if the page has no form */
};

/* Begins a page: writes its headers. `form_target` (may be NULL) is another place where a form's answer may redirect
 * to; the content security policy must allow it. */
struct page_frame layout_open(struct exchange *exchange, const char *form_target, bool has_form);

/* Appends the stylesheet. */
void layout_add_style(struct buf *out);

#define LAYOUT_SOURCE_SIZE 64

/* Writes the headers of a page whose stylesheet is this source of the content security policy: the page loads nothing,
 * nobody may frame it, and its forms go only to us and to the form's target (RFC 9700, 4.16). For layout_open(), and
 * for a page with a stylesheet of its own. */
void layout_add_headers(struct exchange *exchange, const char *style_source, const char *form_target);

/* Returns the digest by which the policy names a stylesheet. Makes it only if `source` is empty, and keeps it there. */
const char *layout_source_of(struct text stylesheet, char source[LAYOUT_SOURCE_SIZE]);

#endif
