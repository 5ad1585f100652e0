#include "idempotency.h"

#include <string.h>

#include "access.h"
#include "idempotency_sql.h"

#define UNIQUE_KEY "orgd_idempotency_key"
#define TOO_MANY_RETRY_S 3600

static struct text text_of_buf(struct arena *arena, const struct buf *buf)
{
    return (struct text){arena_strndup(arena, buf->length == 0 ? "" : buf->data, buf->length), buf->length};
}

struct idempotency idempotency_of_part(const struct idempotency *whole, size_t number)
{
    struct idempotency part = *whole;
    unsigned char named[sizeof(whole->key) + sizeof(number)];

    memcpy(named, &whole->key, sizeof(whole->key));
    memcpy(named + sizeof(whole->key), &number, sizeof(number));
    part.key = digest_of(named, sizeof(named));
    return part;
}

void idempotency_keep(struct db_unit *unit, const struct call *call, const struct id *account_id, const void *result)
{
    const struct idempotency *idempotency = call->idempotency;
    struct http_response answer;
    struct idempotency_params params;

    if (idempotency == NULL)
        return;
    http_response_init(&answer);
    idempotency->answer(idempotency->context, &answer, result);
    params = (struct idempotency_params){
        .account_id = *account_id,
        .key = idempotency->key,
        .request = idempotency->request,
        .status = answer.status,
        .headers = text_of_buf(call->arena, &answer.headers),
        .body = text_of_buf(call->arena, &answer.body),
        .created = call->now,
        .maximum = IDEMPOTENCY_KEPT_MAX,
    };
    http_response_release(&answer);
    db_unit_require(unit, &idempotency_sql_insert, &params, ERR_TOO_MANY,
                    "Too many requests with an Idempotency-Key within a day; send this one without.");
}

/* Writes an answer that no client gets: its row only says that the request has begun. */
static void answer_nothing(const void *context, struct http_response *out, const void *result)
{
    (void)context;
    (void)result;
    out->status = 200;
}

static int plan_begin(struct db_unit *unit, void *context, struct error *err)
{
    const struct call *call = context;
    struct principal principal;

    if (access_identify(call, &principal, err) < 0)
        return -1;
    idempotency_keep(unit, call, &principal.account_id, NULL);
    return 0;
}

int idempotency_begin(const struct call *call, struct error *err)
{
    struct call beginning = *call;
    struct db_work work = {.plan = plan_begin, .is_repeatable = true, .context = &beginning};
    struct idempotency whole;
    struct http_response first;
    int found = 0;

    if (call->idempotency == NULL)
        return 0;
    whole = *call->idempotency;
    whole.answer = answer_nothing;
    beginning.idempotency = &whole;
    http_response_init(&first);
    while (found == 0 && db_transaction(call->db, call->arena, &work, err) < 0)
        found = idempotency_recall(&beginning, &first, err);
    http_response_release(&first);
    return found < 0 ? -1 : 0;
}

/* Tries to lock the row of the first request. */
struct trial {
    const struct call *call;
    const struct idempotency_params *params;
};

static int plan_trial(struct db_unit *unit, void *context, struct error *err)
{
    const struct trial *trial = context;
    struct idempotency_row row;
    const struct call *call = trial->call;
    int found = db_query_one(call->db, &idempotency_sql_try_lock, trial->params, call->arena, &row, err);

    (void)unit;
    return found < 0 ? -1 : 0;
}

/* Whether the first request is still under way: then its row is there, but nobody else can lock it. */
static bool is_in_progress(const struct call *call, const struct idempotency_params *params)
{
    struct trial trial = {call, params};
    struct db_work work = {.plan = plan_trial, .locks = true, .is_repeatable = true, .context = &trial};
    struct error err;

    return db_transaction(call->db, call->arena, &work, &err) < 0 && db_waited_for_lock(call->db);
}

static int refuse_for_now(struct error *err)
{
    error_set(err, ERR_IN_PROGRESS, "The first request with this Idempotency-Key is still being processed.");
    return error_retry_after(err, 1);
}

static int forget(const struct call *call, struct idempotency_params *params, const struct idempotency_row *row,
                  struct error *err)
{
    params->created = row->created;
    return db_execute(call->db, &idempotency_sql_forget, params, err) < 0 ? -1 : 0;
}

static void repeat(const struct idempotency_row *row, struct http_response *out)
{
    out->status = (int)row->status;
    buf_add(&out->headers, row->headers.data, row->headers.length);
    http_response_header(out, "Idempotency-Replayed", "true");
    buf_add(&out->body, row->body.data, row->body.length);
}

/* Answers from the row of the first request. */
static int answer_again(const struct call *call, struct idempotency_params *params, struct http_response *out,
                        struct error *err)
{
    struct idempotency_row row;
    int found = db_query_one(call->db, &idempotency_sql_find, params, call->arena, &row, err);

    if (found <= 0)
        return found;
    if (row.created.us <= call->now.us - IDEMPOTENCY_US)
        return forget(call, params, &row, err);
    if (!digest_equal(&row.request, &params->request))
        return error_set(err, ERR_KEY_REUSED,
                         "This Idempotency-Key was sent with another request before; choose a new one.");
    repeat(&row, out);
    return 1;
}

/* True if what the first request has done may be the reason of this refusal: the name is taken, the limit reached, the
 * thing gone, or not in the state that If-Match asks for. A plan that reads before it writes finds that before the key.
 */
static bool may_be_own_work(enum error_kind kind)
{
    return kind == ERR_EXISTS || kind == ERR_FORBIDDEN || kind == ERR_LIMIT || kind == ERR_NOT_FOUND ||
           kind == ERR_PRECONDITION;
}

int idempotency_recall(const struct call *call, struct http_response *out, struct error *err)
{
    struct idempotency_params params;
    struct principal principal;
    bool is_taken = err->kind == ERR_EXISTS && strcmp(db_duplicate_key(call->db), UNIQUE_KEY) == 0;
    bool has_waited = err->kind == ERR_UNAVAILABLE && db_waited_for_lock(call->db);
    struct error other;
    int found;

    if (call->idempotency == NULL)
        return -1;
    if (err->kind == ERR_TOO_MANY)
        return err->retry_after_s > 0 ? -1 : error_retry_after(err, TOO_MANY_RETRY_S);
    if (!has_waited && (err->bars_caller || !may_be_own_work(err->kind)))
        return -1;
    if (access_identify(call, &principal, &other) < 0) {
        *err = other;
        return -1;
    }
    params = (struct idempotency_params){
        .account_id = principal.account_id,
        .key = call->idempotency->key,
        .request = call->idempotency->request,
    };
    if (has_waited)
        return is_in_progress(call, &params) ? refuse_for_now(err) : -1;
    found = answer_again(call, &params, out, &other);
    if (found < 0)
        *err = other;
    return found == 0 && !is_taken ? -1 : found;
}
