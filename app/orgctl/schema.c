#include <stdio.h>

#include "base/text.h"
#include "commands.h"
#include "db/db_schema.h"

static void announce(const struct db_migration *migration)
{
    fprintf(stderr, "applying %s\n", migration->name);
}

static int show_status(const struct invocation *in, struct db_migrations *migrations, struct error *err)
{
    if (db_schema_compare(in->call.db, in->call.arena, migrations, err) < 0)
        return -1;
    for (size_t i = 0; i < migrations->count; i++) {
        output_row(in->output);
        output_int(in->output, "version", migrations->list[i].version);
        output_text(in->output, "name", text_of(migrations->list[i].name));
        output_int(in->output, "compatible_since", migrations->list[i].compatible_since);
        output_bool(in->output, "is_applied", migrations->list[i].is_applied);
        output_time(in->output, "applied", migrations->list[i].applied);
    }
    output_list(in->output, "There are no migrations.");
    return 0;
}

int run_migrate(const struct invocation *in, struct error *err)
{
    struct db_migrations migrations;
    int applied;

    if (db_schema_read(in->call.config->sql_directory, in->call.arena, &migrations, err) < 0)
        return -1;
    if (command_option(in, "status") != NULL)
        return show_status(in, &migrations, err);
    applied = db_schema_migrate(in->call.db, in->call.arena, &migrations, in->is_quiet ? NULL : announce, err);
    if (applied < 0)
        return -1;
    command_report(in, "the schema is version %d; %d migration%s applied\n", DB_SCHEMA_VERSION, applied,
                   applied == 1 ? "" : "s");
    if (command_shows_result(in)) {
        output_row(in->output);
        output_int(in->output, "version", DB_SCHEMA_VERSION);
        output_int(in->output, "migrations_applied", applied);
        output_record(in->output);
    }
    return 0;
}
