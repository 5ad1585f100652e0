#include "event_verify_private.h"
#include "event_verify_sql.h"

#define PAGE 1000
#define SUBJECT_BYTES_MAX 64

/* The place behind the last row that was read. */
struct place {
    struct event_verify_subject_params params;
    char subject[SUBJECT_BYTES_MAX];
};

static void report(struct event_audit *audit, const struct event_verify_subject_row *row)
{
    const struct event_fault fault = {
        .chain_id = row->chain_id,
        .event_id = row->id,
        .sequence = row->sequence,
        .sentence = "a row of orgd_event_subjects finds it by an action, an actor or a target that it does not have",
    };

    audit->faults++;
    audit->report(audit->context, &fault);
}

static void go_behind(struct place *place, const struct event_verify_subject_row *row)
{
    memcpy(place->subject, row->subject.data, row->subject.length);
    place->params.subject = (struct text){place->subject, row->subject.length};
    place->params.position = row->position;
}

/* Returns how many rows there were up to the first that does not fit; -1 on failure. */
static int64_t read_page(const struct call *call, struct place *place, struct event_audit *audit, struct error *err)
{
    void *data = NULL;
    int64_t count = db_query_all(call->db, &event_verify_sql_subjects, &place->params, call->arena, &data, err);
    const struct event_verify_subject_row *rows = data;

    for (int64_t i = 0; i < count; i++) {
        if (!rows[i].fits) {
            report(audit, &rows[i]);
            return i;
        }
    }
    if (count > 0)
        go_behind(place, &rows[count - 1]);
    return count;
}

int event_verify_subjects(const struct call *call, struct event_audit *audit, struct error *err)
{
    struct call page = *call;
    int64_t count = 0;

    page.arena = arena_open();
    for (int64_t kind = 1; kind <= 3 && audit->faults == 0 && count >= 0; kind++) {
        struct place place = {.params = {.kind = kind, .subject = {"", 0}, .count = PAGE}};

        do {
            arena_reset(page.arena);
            count = read_page(&page, &place, audit, err);
        } while (count == PAGE);
    }
    arena_close(page.arena);
    return count < 0 ? -1 : 0;
}
