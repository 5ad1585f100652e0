/* What is on record: to read it, to hand it on, and to find out whether somebody has changed it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "commands.h"
#include "domain/events/event.h"
#include "domain/events/event_list.h"
#include "domain/events/event_verify.h"
#include "terminal.h"

#define LIST_DEFAULT 100
#define LIST_MAX 10000
#define EVENT_JSON_BYTES_MAX ((size_t)4 * 1024 * 1024)

/* Options */

/* An organization that is gone has events all the same, so its id need not be found. */
static int read_organization(const struct invocation *in, struct id *out, struct error *err)
{
    const char *value = command_option(in, "organization");

    *out = (struct id){{0}};
    if (value == NULL || id_parse(text_of(value), out))
        return 0;
    return command_organization_id(in, out, err);
}

static int read_user(const struct invocation *in, struct id *out, struct error *err)
{
    const char *value = command_option(in, "user");
    struct account user;

    *out = (struct id){{0}};
    if (value == NULL || id_parse(text_of(value), out))
        return 0;
    if (account_get_user(&in->call, value, &user, err) < 0)
        return -1;
    *out = user.id;
    return 0;
}

static int read_selection(const struct invocation *in, struct event_selection *out, struct error *err)
{
    *out = (struct event_selection){.action = text_of(command_option(in, "action"))};
    if (read_organization(in, &out->chain_id, err) < 0 || command_past(in, "since", &out->since, err) < 0)
        return -1;
    return 0;
}

/* List */

/* JSON as it is printed: a terminal acts on nothing in it. */
static void print_json(const struct event_row *row, struct arena *arena)
{
    CLEANUP(buf_release) struct buf json;

    buf_init(&json, EVENT_JSON_BYTES_MAX);
    event_row_write_json(&json, row);
    fputs(text_escape_json(arena, (struct text){json.data, json.length}), stdout);
}

/* "user alice", or what is known of one without a name. */
static const char *describe_actor(const struct invocation *in, const struct event_row *row)
{
    char id[ID_TEXT_SIZE];

    id_format(&row->actor_id, id);
    return arena_printf(in->call.arena, "%s %s", row->actor_type.data,
                        row->actor_name.data != NULL ? row->actor_name.data
                        : id_is_nil(&row->actor_id)  ? "-"
                                                     : id);
}

static struct text keep(const struct invocation *in, struct text text)
{
    return text.data == NULL ? text : (struct text){arena_strndup(in->call.arena, text.data, text.length), text.length};
}

static int add_row(void *context, const struct event_row *row, struct arena *arena, struct error *err)
{
    const struct invocation *in = context;

    (void)err;
    (void)arena;
    output_row(in->output);
    output_time(in->output, "occurred_at", row->occurred_at);
    output_text(in->output, "action", keep(in, row->action));
    output_text(in->output, "actor", text_of(describe_actor(in, row)));
    output_text(in->output, "organization", keep(in, row->organization_name));
    output_text(in->output, "address", keep(in, row->address));
    output_text(in->output, "request_id", keep(in, row->request_id));
    output_id(in->output, "id", &row->id);
    return 0;
}

struct json_list {
    bool has_some;
};

static int print_element(void *context, const struct event_row *row, struct arena *arena, struct error *err)
{
    struct json_list *list = context;

    (void)err;
    fputs(list->has_some ? "," : "", stdout);
    print_json(row, arena);
    list->has_some = true;
    return 0;
}

int run_event_list(const struct invocation *in, struct error *err)
{
    struct invocation rows = *in;
    struct event_selection selection;
    struct json_list list = {.has_some = false};

    if (command_option(in, "organization") != NULL && command_option(in, "user") != NULL)
        return error_set(err, ERR_VALIDATION, "--organization and --user do not go together");
    if (read_selection(in, &selection, err) < 0 || read_user(in, &selection.account_id, err) < 0 ||
        command_int(in, "limit", 1, LIST_MAX, LIST_DEFAULT, &selection.limit, err) < 0)
        return -1;
    selection.is_newest_first = true;
    if (!in->output->is_json) {
        if (event_each(&in->call, &selection, add_row, &rows, err) < 0)
            return -1;
        output_list(in->output, "There are no such events.");
        return 0;
    }
    putchar('[');
    if (event_each(&in->call, &selection, print_element, &list, err) < 0)
        return -1;
    puts("]");
    return 0;
}

/* Export */

static int export_line(void *context, const struct event_row *row, struct arena *arena, struct error *err)
{
    (void)context;
    print_json(row, arena);
    putchar('\n');
    return ferror(stdout) ? output_flush(err) : 0;
}

int run_event_export(const struct invocation *in, struct error *err)
{
    struct event_selection selection;

    if (read_selection(in, &selection, err) < 0)
        return -1;
    return event_each(&in->call, &selection, export_line, NULL, err);
}

/* Verify */

struct verifying {
    const struct invocation *in;
    struct progress progress;
};

static void report_fault(void *context, const struct event_fault *fault)
{
    const struct invocation *in = ((struct verifying *)context)->in;

    output_row(in->output);
    output_id(in->output, "chain_id", &fault->chain_id);
    if (fault->sequence == 0)
        output_no_value(in->output, "sequence");
    else
        output_int(in->output, "sequence", fault->sequence);
    output_id(in->output, "event_id", &fault->event_id);
    output_text(in->output, "fault", keep(in, text_of(fault->sentence)));
}

static void show_progress(void *context, const struct event_audit *audit)
{
    progress_show(&((struct verifying *)context)->progress, "%lld events verified", (long long)audit->events);
}

int run_event_verify(const struct invocation *in, struct error *err)
{
    struct verifying verifying = {.in = in, .progress.is_off = in->is_quiet};
    struct event_audit audit = {.report = report_fault, .progress = show_progress, .context = &verifying};
    struct id chain_id;
    int result;

    if (read_organization(in, &chain_id, err) < 0)
        return -1;
    result = id_is_nil(&chain_id) ? event_verify_all(&in->call, &audit, err)
                                  : event_verify_chain(&in->call, &chain_id, &audit, err);
    progress_end(&verifying.progress);
    if (result < 0)
        return -1;
    if (audit.faults > 0 || in->output->is_json)
        output_list(in->output, "");
    command_report(in, "%lld event%s in %lld chain%s verified: %s\n", (long long)audit.events,
                   audit.events == 1 ? "" : "s", (long long)audit.chains, audit.chains == 1 ? "" : "s",
                   audit.faults == 0 ? "all fit" : "somebody has changed what is on record");
    *in->exit_status = audit.faults > 0;
    return 0;
}
