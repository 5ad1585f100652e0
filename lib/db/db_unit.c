#include "db_unit.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct db_step *add_step(struct db_unit *unit, const struct db_statement *statement, const void *params)
{
    struct db_step *step = &unit->steps[unit->count];

    assert(unit->count < DB_STEPS_MAX);
    unit->count++;
    *step = (struct db_step){.statement = statement};
    if (statement->params != NULL) {
        void *copy = arena_alloc(unit->arena, statement->params->size);

        step->params = memcpy(copy, params, statement->params->size);
    }
    return step;
}

void db_unit_add(struct db_unit *unit, const struct db_statement *statement, const void *params)
{
    add_step(unit, statement, params);
}

void db_unit_require(struct db_unit *unit, const struct db_statement *statement, const void *params,
                     enum error_kind kind, const char *message)
{
    struct db_step *step = add_step(unit, statement, params);

    step->is_required = true;
    step->kind = kind;
    step->message = message;
}

void db_unit_expect(struct db_unit *unit, const struct db_statement *statement, const void *params)
{
    add_step(unit, statement, params)->is_required = true;
}

int db_unit_refuse(struct db_unit *unit, enum error_kind kind, const char *format, ...)
{
    va_list arguments;

    unit->refusal.kind = kind;
    va_start(arguments, format);
    vsnprintf(unit->refusal.message, sizeof(unit->refusal.message), format, arguments);
    va_end(arguments);
    return 0;
}

/* What db_change() runs. */
struct change {
    const struct db_statement *statement;
    const void *params;
    enum error_kind kind;
    const char *message;
};

static int plan_change(struct db_unit *unit, void *context, struct error *err)
{
    const struct change *change = context;

    (void)err;
    if (change->kind == ERR_NONE)
        db_unit_add(unit, change->statement, change->params);
    else
        db_unit_require(unit, change->statement, change->params, change->kind, change->message);
    return 0;
}

int db_change(struct db *db, struct arena *arena, const struct db_statement *statement, const void *params,
              enum error_kind kind, const char *message, struct error *err)
{
    struct change change = {.statement = statement, .params = params, .kind = kind, .message = message};
    struct db_work work = {.plan = plan_change, .is_repeatable = kind == ERR_NONE, .context = &change};

    return db_transaction(db, arena, &work, err);
}
