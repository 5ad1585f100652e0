/* Writing HTML: each function escapes a text for the place where it stands.
 *
 *     buf_add_literal(out, "<a href=\"");
 *     html_add_url(out, address);
 *     buf_add_literal(out, "\">");
 *     html_add_text(out, name);
 */
#ifndef ORGD_HTML_H
#define ORGD_HTML_H

#include "base/buf.h"
#include "sentence.h"

/* Between tags. */
void html_add_text(struct buf *out, struct text text);

/* In the value of an attribute, which is in quotes. */
void html_add_attribute(struct buf *out, struct text text);

/* At the beginning of an attribute that a browser follows. A URL with a scheme other than http and https, such as
 * "javascript:", becomes "about:invalid". */
void html_add_url(struct buf *out, struct text url);

/* A sentence that is HTML itself, with its holes filled by texts. */
void html_add_sentence(struct buf *out, const char *html, const struct sentence_value *values, size_t count);

#endif
