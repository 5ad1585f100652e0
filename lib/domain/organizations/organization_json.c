#include <stdio.h>

#include "base/jsonw.h"
#include "organization.h"
#include "subscription.h"

static void write_id(struct buf *out, const struct id *id)
{
    char quoted[ID_TEXT_SIZE + 1];

    id_format(id, quoted + 1);
    quoted[0] = quoted[ID_TEXT_SIZE] = '"';
    buf_add(out, quoted, sizeof(quoted));
}

static void write_time(struct buf *out, struct timestamp time)
{
    char quoted[TIMESTAMP_TEXT_SIZE + 1];

    timestamp_format(time, quoted + 1);
    quoted[0] = quoted[TIMESTAMP_TEXT_SIZE] = '"';
    buf_add(out, quoted, sizeof(quoted));
}

static void write_json(struct buf *out, struct text json)
{
    if (json.data == NULL)
        buf_add_literal(out, "null");
    else
        buf_add(out, json.data, json.length);
}

static int64_t expiry_of(const struct organization *organization, struct timestamp now)
{
    return subscription_trial_expiry(organization->subscription_status, organization->trial_end, now);
}

static bool is_active(const struct organization *organization, struct timestamp now)
{
    return subscription_is_active(organization->subscription_status, organization->trial_end, now);
}

static void write_subscription(struct buf *out, const struct organization *organization, struct timestamp now)
{
    int64_t expiry = expiry_of(organization, now);

    buf_add_literal(out, "\"has_active_subscription\":");
    buf_add_string(out, is_active(organization, now) ? "true" : "false");
    buf_add_literal(out, ",\"trial_expiry\":");
    if (expiry >= 0)
        buf_add_int(out, expiry);
    else
        buf_add_literal(out, "null");
    buf_add_char(out, ',');
}

/* Each member ends with a comma; the last comma becomes the closing brace. */
#define WRITE(member, type, use) WRITE_##use(member, type)
#define WRITE_KEY(member, type) WRITE_SHOWN(member, type)
#define WRITE_PATCHED(member, type) WRITE_SHOWN(member, type)
#define WRITE_INNER(member, type)
#define WRITE_SHOWN(member, type)                                                                                      \
    buf_add_literal(out, "\"" #member "\":");                                                                          \
    WRITE_##type(organization->member);                                                                                \
    buf_add_char(out, ',');
#define WRITE_TEXT(value) jsonw_text(out, value)
#define WRITE_ID(value) write_id(out, &(value))
#define WRITE_TIME(value) write_time(out, value)
#define WRITE_JSON(value) write_json(out, value)
#define WRITE_SUBSCRIPTION()                                                                                           \
    if (include_subscription_status)                                                                                   \
        write_subscription(out, organization, now);                                                                    \
    else                                                                                                               \
        buf_add_literal(out, "\"has_active_subscription\":null,\"trial_expiry\":null,");

void organization_write_json(struct buf *out, const struct organization *organization, bool include_subscription_status,
                             struct timestamp now)
{
    buf_add_char(out, '{');
    ORGANIZATION_FIELDS(WRITE, WRITE_SUBSCRIPTION)
    if (!out->overflowed)
        out->data[out->length - 1] = '}';
}

/* `created` is part of the tag, because an id may be used again after a deletion. */
void organization_etag(const struct organization *organization, bool include_subscription_status, struct timestamp now,
                       char out[ORGANIZATION_ETAG_SIZE])
{
    long long revision = (long long)organization->revision;
    unsigned long long created = (unsigned long long)organization->created.us;

    if (include_subscription_status)
        snprintf(out, ORGANIZATION_ETAG_SIZE, "\"%llx.%lld;%d.%lld\"", created, revision, is_active(organization, now),
                 (long long)expiry_of(organization, now));
    else
        snprintf(out, ORGANIZATION_ETAG_SIZE, "\"%llx.%lld\"", created, revision);
}
