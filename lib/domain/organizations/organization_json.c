#include <stdio.h>

#include "base/jsonw.h"
#include "organization.h"

bool org_has_active_subscription(const struct organization *organization, struct timestamp now)
{
    return organization->subscription_status == SUBSCRIPTION_ACTIVE || org_trial_expiry(organization, now) >= 0;
}

int64_t org_trial_expiry(const struct organization *organization, struct timestamp now)
{
    if (organization->subscription_status != SUBSCRIPTION_TRIALING || organization->trial_end.us <= now.us)
        return -1;
    return (organization->trial_end.us - now.us) / US_PER_S;
}

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

static void write_subscription(struct buf *out, const struct organization *organization, struct timestamp now)
{
    int64_t expiry = org_trial_expiry(organization, now);

    buf_add_literal(out, ",\"has_active_subscription\":");
    buf_add_string(out, org_has_active_subscription(organization, now) ? "true" : "false");
    buf_add_literal(out, ",\"trial_expiry\":");
    if (expiry >= 0)
        buf_add_int(out, expiry);
    else
        buf_add_literal(out, "null");
}

void org_write_json(struct buf *out, const struct organization *organization, bool include_subscription_status,
                    struct timestamp now)
{
    buf_add_literal(out, "{\"name\":");
    jsonw_text(out, organization->name);
    buf_add_literal(out, ",\"description\":");
    jsonw_text(out, organization->description);
    buf_add_literal(out, ",\"logo_url\":");
    jsonw_text(out, organization->logo_url);
    buf_add_literal(out, ",\"id\":");
    write_id(out, &organization->id);
    buf_add_literal(out, ",\"created\":");
    write_time(out, organization->created);
    buf_add_literal(out, ",\"updated\":");
    write_time(out, organization->updated);
    if (include_subscription_status)
        write_subscription(out, organization, now);
    else
        buf_add_literal(out, ",\"has_active_subscription\":null,\"trial_expiry\":null");
    buf_add_literal(out, ",\"owner_id\":");
    write_id(out, &organization->owner_id);
    buf_add_literal(out, ",\"links\":");
    if (organization->links.data == NULL)
        buf_add_literal(out, "null");
    else
        buf_add(out, organization->links.data, organization->links.length);
    buf_add_char(out, '}');
}

/* `created` is part of the tag, since an id may be used again after a deletion. */
void org_etag(const struct organization *organization, bool include_subscription_status, struct timestamp now,
              char out[ORG_ETAG_SIZE])
{
    long long revision = (long long)organization->revision;
    unsigned long long created = (unsigned long long)organization->created.us;

    if (include_subscription_status)
        snprintf(out, ORG_ETAG_SIZE, "\"%llx.%lld;%d.%lld\"", created, revision,
                 org_has_active_subscription(organization, now), (long long)org_trial_expiry(organization, now));
    else
        snprintf(out, ORG_ETAG_SIZE, "\"%llx.%lld\"", created, revision);
}
