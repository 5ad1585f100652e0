/* What is on record: to read it, to hand it on, and to find out whether somebody has changed it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "commands.h"
#include "domain/credentials/event_heads.h"
#include "domain/events/event.h"
#include "domain/events/event_csv.h"
#include "domain/events/event_list.h"
#include "domain/events/event_verify.h"
#include "terminal.h"

#define LIST_DEFAULT 100
#define LIST_MAX 10000
#define KEPT_LINE_MAX 8192
#define EVENT_BYTES_MAX ((size_t)4 * 1024 * 1024)

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

    buf_init(&json, EVENT_BYTES_MAX);
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

static struct text printable(struct arena *arena, struct text text)
{
    return text.data == NULL ? text : text_of(text_printable(arena, text));
}

/* A terminal acts on nothing in it, as in JSON. */
static struct event_row make_printable(const struct event_row *row, struct arena *arena)
{
    struct event_row copy = *row;

    copy.actor_name = printable(arena, row->actor_name);
    copy.organization_name = printable(arena, row->organization_name);
    copy.request_id = printable(arena, row->request_id);
    copy.address = printable(arena, row->address);
    copy.user_agent = printable(arena, row->user_agent);
    copy.targets = text_of(text_escape_json(arena, row->targets));
    copy.changes = text_of(text_escape_json(arena, row->changes));
    return copy;
}

static int export_row(void *context, const struct event_row *row, struct arena *arena, struct error *err)
{
    struct buf *out = context;
    struct event_row copy = make_printable(row, arena);

    buf_reset(out, SIZE_MAX);
    event_csv_write(out, &copy);
    fputs(out->data, stdout);
    return ferror(stdout) ? output_flush(err) : 0;
}

static int export_csv(const struct invocation *in, const struct event_selection *selection, struct error *err)
{
    CLEANUP(buf_release) struct buf out;

    buf_init(&out, EVENT_BYTES_MAX);
    event_csv_write_heading(&out);
    fputs(out.data, stdout);
    return event_each(&in->call, selection, export_row, &out, err);
}

int run_event_export(const struct invocation *in, struct error *err)
{
    const char *format = command_option(in, "format");
    struct event_selection selection;
    bool is_csv = format != NULL && strcmp(format, "csv") == 0;

    if (format != NULL && !is_csv && strcmp(format, "jsonl") != 0)
        return error_set(err, ERR_VALIDATION, "--format %s: must be jsonl or csv", format);
    if (read_selection(in, &selection, err) < 0)
        return -1;
    return is_csv ? export_csv(in, &selection, err) : event_each(&in->call, &selection, export_line, NULL, err);
}

/* Verify */

struct verifying {
    const struct invocation *in;
    struct event_heads heads;
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

static int64_t know(void *context, const struct event_chain *chain, struct arena *arena, struct event_mark **out,
                    const char **sentence, struct error *err)
{
    return event_heads_know(&((struct verifying *)context)->heads, chain, arena, out, sentence, err);
}

static int compare_marks(const void *left, const void *right)
{
    const struct event_mark *a = left;
    const struct event_mark *b = right;
    int chains = memcmp(&a->chain_id, &b->chain_id, sizeof(a->chain_id));

    return chains != 0 ? chains : (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static int read_lines(const struct invocation *in, FILE *file, const char *path, struct event_audit *audit,
                      struct error *err)
{
    size_t capacity = 0;
    size_t count = 0;
    struct event_mark *marks = NULL;
    char line[KEPT_LINE_MAX];

    for (; fgets(line, sizeof(line), file) != NULL; count++) {
        if (count == capacity) {
            struct event_mark *larger = arena_alloc(in->call.arena, (capacity = 2 * capacity + 64) * sizeof(*larger));

            if (count > 0)
                memcpy(larger, marks, count * sizeof(*larger));
            marks = larger;
        }
        marks[count].source = path;
        if (!event_heads_read_line(text_of(line), &marks[count]))
            return error_set(err, ERR_VALIDATION, "%s: line %zu is not what 'orgctl event heads' prints", path,
                             count + 1);
    }
    if (count > 0)
        qsort(marks, count, sizeof(*marks), compare_marks);
    audit->marks = marks;
    audit->mark_count = count;
    return 0;
}

/* What 'orgctl event heads' has printed once. */
static int read_heads(const struct invocation *in, struct event_audit *audit, struct error *err)
{
    const char *path = command_option(in, "heads");
    FILE *file;
    int result;

    if (path == NULL)
        return 0;
    file = fopen(path, "re");
    if (file == NULL)
        return error_set(err, ERR_VALIDATION, "cannot read %s: %s", path, strerror(errno));
    result = read_lines(in, file, path, audit, err);
    fclose(file);
    return result;
}

int run_event_verify(const struct invocation *in, struct error *err)
{
    struct verifying verifying = {.in = in, .progress.is_off = in->is_quiet};
    struct event_audit audit = {.report = report_fault, .know = know, .progress = show_progress, .context = &verifying};
    struct id chain_id;
    int result;

    if (read_organization(in, &chain_id, err) < 0 || read_heads(in, &audit, err) < 0)
        return -1;
    event_heads_open(&verifying.heads, &in->call);
    result = id_is_nil(&chain_id) ? event_verify_all(&in->call, &audit, err)
                                  : event_verify_chain(&in->call, &chain_id, &audit, err);
    event_heads_close(&verifying.heads);
    progress_end(&verifying.progress);
    if (result < 0)
        return -1;
    if (verifying.heads.unchecked > 0)
        command_warn(in, "%lld signed head%s cannot be checked: the signing keys cannot be read",
                     (long long)verifying.heads.unchecked, verifying.heads.unchecked == 1 ? "" : "s");
    if (verifying.heads.leaked > 0)
        command_warn(in,
                     "%lld signed head%s prove%s nothing: somebody else has read the key. 'orgctl event heads' signs "
                     "anew",
                     (long long)verifying.heads.leaked, verifying.heads.leaked == 1 ? "" : "s",
                     verifying.heads.leaked == 1 ? "s" : "");
    if (verifying.heads.missing > 0)
        command_warn(in,
                     "%lld event%s missing when older ones were removed for their age, as 'orgctl event heads "
                     "--accept' had accepted",
                     (long long)verifying.heads.missing, verifying.heads.missing == 1 ? " was" : "s were");
    if (audit.faults > 0 || in->output->is_json)
        output_list(in->output, "");
    command_report(in, "%lld event%s in %lld chain%s and %lld signed head%s verified: %s\n", (long long)audit.events,
                   audit.events == 1 ? "" : "s", (long long)audit.chains, audit.chains == 1 ? "" : "s",
                   (long long)verifying.heads.checked, verifying.heads.checked == 1 ? "" : "s",
                   audit.faults == 0 ? "all fit" : "somebody has changed what is on record");
    *in->exit_status = audit.faults > 0;
    return 0;
}

/* Heads */

static bool rest_never(void *context, int64_t took_us)
{
    (void)context;
    (void)took_us;
    return true;
}

static void print_line(void *context, struct text line)
{
    (void)context;
    puts(line.data);
}

/* What is printed is right all the same; the exit status says that something is not. */
static void warn_of_refused(const struct invocation *in, const struct event_keeping *keeping)
{
    if (keeping->refused_chains == 0)
        return;
    command_warn(in, "%lld chain%s not signed: events or heads were changed; see 'orgctl event verify'",
                 (long long)keeping->refused_chains, keeping->refused_chains == 1 ? " was" : "s were");
    *in->exit_status = 1;
}

int run_event_heads(const struct invocation *in, struct error *err)
{
    struct event_keeping keeping = {.rest = rest_never, .accepts = command_option(in, "accept") != NULL};

    if (keeping.accepts &&
        command_confirm(in, err,
                        "Sign the chains as they are now, also those that do not fit what was signed before?") < 0)
        return -1;
    if (event_heads_operate(&in->call, &keeping, err) < 0)
        return -1;
    if (keeping.accepted_chains > 0)
        command_warn(in, "%lld chain%s signed that did not fit; %lld event%s missing",
                     (long long)keeping.accepted_chains, keeping.accepted_chains == 1 ? " was" : "s were",
                     (long long)keeping.missing_events, keeping.missing_events == 1 ? " is" : "s are");
    warn_of_refused(in, &keeping);
    return event_heads_print(&in->call, print_line, NULL, err);
}

/* Prune */

/* A slip of a year would empty the record. */
static int read_before(const struct invocation *in, struct timestamp *out, struct error *err)
{
    if (command_past(in, "before", out, err) < 0)
        return -1;
    if (out->us > in->call.now.us)
        return error_set(err, ERR_VALIDATION, "--before %s is in the future; only what is old can be removed",
                         command_option(in, "before"));
    if (out->us == 0)
        out->us = in->call.now.us - in->call.config->event_retention * S_PER_DAY * US_PER_S;
    return 0;
}

int run_event_prune(const struct invocation *in, struct error *err)
{
    struct event_keeping keeping = {.rest = rest_never};
    char before[TIMESTAMP_TEXT_SIZE];

    if (read_before(in, &keeping.before, err) < 0)
        return -1;
    timestamp_format(keeping.before, before);
    if (command_confirm(in, err, "Remove the events before %s for good?", before) < 0 ||
        event_heads_operate(&in->call, &keeping, err) < 0)
        return -1;
    command_report(in, "%lld event%s removed\n", (long long)keeping.removed_events,
                   keeping.removed_events == 1 ? "" : "s");
    warn_of_refused(in, &keeping);
    command_show_count(in, "events_removed", keeping.removed_events);
    return 0;
}
