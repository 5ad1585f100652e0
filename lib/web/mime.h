/* Writing a mail (RFC 5322): header fields, and bodies in quoted-printable. libcurl writes MIME only while it sends it,
 * and not for a program such as sendmail.
 *
 *     mime_add_field(&out, "Subject", subject);
 *     mime_add_mailbox(&out, "From", TEXT("Example Inc."), TEXT("service@example.org"));
 *     mime_add_part(&out, "text/plain", text);
 *
 * Lines end with CRLF and have at most 76 characters, however long a word or a name is. What a text holds can make no
 * further field, line or address: everything but plain words is encoded (RFC 2047), and a control becomes a blank. */
#ifndef ORGD_MIME_H
#define ORGD_MIME_H

#include "base/buf.h"

/* Adds a field whose body is a text, such as Subject. */
void mime_add_field(struct buf *out, const char *name, struct text value);

/* Adds a field with one mailbox. `phrase` is the name for people; without data there is none. The address must be one
 * that HTML takes in <input type=email>. */
void mime_add_mailbox(struct buf *out, const char *name, struct text phrase, struct text address);

/* Adds an address as SMTP and header fields write it: a local part that is no dot-atom, such as `.a..b`, stands in
 * quotes (RFC 5321, 4.1.2). */
void mime_add_address(struct buf *out, struct text address);

/* Adds the head of a text in UTF-8, an empty line, and the text in quoted-printable (RFC 2045, 6.7). Lines of the text
 * end with LF or CRLF. */
void mime_add_part(struct buf *out, const char *type, struct text text);

#endif
