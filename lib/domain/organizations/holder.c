#include "holder.h"

#include "base/jsonw.h"
#include "domain/accounts/user.h"
#include "domain/events/event.h"
#include "holder_sql.h"

int holder_refuse(const struct holder *holder, struct error *err)
{
    if (holder->kind == HOLDER_TEAM)
        return error_set(err, ERR_NOT_FOUND, "There is no such team in this organization.");
    return error_set(err, ERR_NOT_FOUND, "There is no such member in this organization.");
}

int holder_read(const struct call *call, const struct id *organization_id, const struct id *role_id,
                const struct holder *holder, struct holder_state *out, struct error *err)
{
    const struct holder_params params = {*organization_id, holder->id, *role_id};
    bool is_team = holder->kind == HOLDER_TEAM;
    int found =
        db_query_one(call->db, is_team ? &holder_sql_team : &holder_sql_account, &params, call->arena, out, err);

    if (found <= 0)
        return found < 0 ? -1 : holder_refuse(holder, err);
    out->kind = holder->kind;
    out->is_member |= is_team;
    return holder->is_service && !out->account.is_service ? holder_refuse(holder, err) : 0;
}

void holder_target(struct event *event, const struct holder_state *state)
{
    if (state->kind == HOLDER_TEAM)
        event_target(event, "team", &state->team.id, state->team.name);
    else
        event_target(event, state->account.is_service ? "service_account" : "user", &state->account.id,
                     state->account.name);
}

void team_write_json(struct buf *out, const struct team *team)
{
    buf_add_char(out, '{');
    jsonw_key(out, "id");
    jsonw_id(out, &team->id);
    jsonw_key(out, "name");
    jsonw_text(out, team->name);
    jsonw_key(out, "description");
    jsonw_text(out, team->description);
    jsonw_key(out, "organization_id");
    jsonw_id(out, &team->organization_id);
    jsonw_key(out, "created");
    jsonw_time(out, team->created);
    jsonw_key(out, "updated");
    jsonw_time(out, team->updated);
    buf_add_char(out, '}');
}

void holder_write_json(struct buf *out, const struct account *account, const struct team *team)
{
    jsonw_key(out, "user");
    if (id_is_nil(&account->id))
        buf_add_literal(out, "null");
    else
        fields_write_json(out, user_model.fields, account);
    jsonw_key(out, "team");
    if (id_is_nil(&team->id))
        buf_add_literal(out, "null");
    else
        team_write_json(out, team);
    jsonw_key(out, "invitation");
    buf_add_literal(out, "null");
}
