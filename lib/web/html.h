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

/* Writes a text between tags, or as the value of an attribute, within quotes. */
void html_add_text(struct buf *out, struct text text);

/* Writes a URL at the beginning of an attribute that a browser follows. A scheme other than http, https and mailto,
 * such as "javascript:", becomes "about:invalid". */
void html_add_url(struct buf *out, struct text url);

/* Writes a sentence that is HTML itself, and fills its holes with escaped texts. */
void html_add_sentence(struct buf *out, const char *html, const struct sentence_value *values, size_t count);

#endif
