#include "statements.h"

#include "unit.h"

/* Every parameter is a member of the statement's struct, and no text outgrows what a statement may have. */
static void test_parameters_are_members(void **state)
{
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(statements); i++) {
        const struct db_member *params[DB_PARAMS_MAX];
        struct buf sql;

        if (statements[i].statement == NULL)
            continue;
        count++;
        buf_init(&sql, (size_t)64 * 1024);
        assert_case(db_statement_translate(statements[i].statement, &sql, params, DB_PARAMS_MAX) >= 0, i,
                    statements[i].symbol);
        assert_false(sql.overflowed);
        buf_release(&sql);
    }
    assert_true(count > 0);
}

/* A member's name in SQL is one struct's only once, but for what the comment at the record says. */
static void test_names_are_unlike(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(statements); i++) {
        const struct db_statement *statement = statements[i].statement;

        for (size_t a = 0; statement != NULL && statement->params != NULL && a < statement->params->count; a++)
            for (size_t b = 0; b < a; b++)
                assert_case(strcmp(statement->params->members[a].name, statement->params->members[b].name) != 0, i,
                            statement->params->members[a].name);
    }
}

struct probe {
    int64_t number;
    struct text text;
};

static const struct db_record probe =
    DB_RECORD(struct probe, DB_MEMBER(struct probe, number), DB_MEMBER_AS("as_text", struct probe, text));

static void test_translation(void **state)
{
    static const struct {
        const char *sql;
        const char *expected; /* NULL: refused */
        int count;
    } cases[] = {
        {"SELECT 1", "SELECT 1", 0},
        {"WHERE a = :number AND b = :as_text OR c = :number", "WHERE a = ? AND b = ? OR c = ?", 3},
        {":number", "?", 1},
        {"(:number)", "(?)", 1},
        {"a = ':number' AND b = :number", "a = ':number' AND b = ?", 1},
        {"'00:00' = ''':number'", "'00:00' = ''':number'", 0},
        {"a := 1", "a := 1", 0},
        {"a::b", NULL, -1},
        {":numbers", NULL, -1},
        {":text", NULL, -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        const struct db_statement statement = {.name = "probe", .sql = cases[i].sql, .params = &probe};
        const struct db_member *params[3] = {NULL};
        struct buf sql;

        buf_init(&sql, 1000);
        assert_case(db_statement_translate(&statement, &sql, params, ARRAY_LENGTH(params)) == cases[i].count, i,
                    cases[i].sql);
        if (cases[i].expected != NULL)
            assert_string_equal(sql.data, cases[i].expected);
        buf_release(&sql);
    }
}

static void test_too_many_parameters(void **state)
{
    const struct db_statement statement = {.name = "probe", .sql = ":number, :number", .params = &probe};
    const struct db_member *params[1];
    struct buf sql;

    (void)state;
    buf_init(&sql, 1000);
    assert_int_equal(db_statement_translate(&statement, &sql, params, 1), -1);
    buf_release(&sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_are_members),
        cmocka_unit_test(test_names_are_unlike),
        cmocka_unit_test(test_translation),
        cmocka_unit_test(test_too_many_parameters),
    };

    return cmocka_run_group_tests_name("statements", tests, NULL, NULL);
}
