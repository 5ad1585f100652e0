/* What the hash of an event is made of: who writes events and who verifies them share this.
 *
 *     if (event_version_is_known(row->version) && event_hash(row, &previous, &scratch, &hash) &&
 *         digest_equal(&hash, &row->hash))
 *         …the event is as it was written, behind the event with the hash `previous`
 */
#ifndef ORGD_EVENT_CONTENT_H
#define ORGD_EVENT_CONTENT_H

#include "event_row.h"

#define EVENT_CONTENT_BYTES_MAX ((size_t)2 * 1024 * 1024)

/* Append the members of an object in canonical form (RFC 8785); null for what is nil or without data. */
void event_content_id(struct buf *buf, const char *name, const struct id *id);
void event_content_text(struct buf *buf, const char *name, struct text value);

/* Append the canonical form of the event (without what ties it to its chain), before and behind the value of its
 * actor's name, which SQL knows when an event is written. */
void event_content_head(struct buf *buf, const struct event_row *row);
void event_content_tail(struct buf *buf, const struct event_row *row);

/* True if this program knows how the hash of an event of this version is made. */
bool event_version_is_known(int64_t version);

/* Makes the hash that the event must have behind the event with the hash `previous` (zeroes: it is the first).
 * `scratch` is overwritten. Returns false if there was too little memory (memory.h). */
bool event_hash(const struct event_row *row, const struct digest *previous, struct buf *scratch, struct digest *out);

#endif
