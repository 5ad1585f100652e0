#include "db/db_unit.h"

#include "unit.h"

struct probe {
    int64_t number;
};

static const struct db_record probe = DB_RECORD(struct probe, DB_MEMBER(struct probe, number));
static const struct db_statement statement = {.name = "probe", .sql = "UPDATE t SET a = :number", .params = &probe};
static const struct db_statement bare = {.name = "bare", .sql = "DELETE FROM t"};

static int64_t number_of(const struct db_step *step)
{
    return ((const struct probe *)step->params)->number;
}

static void test_steps_keep_order_and_params(void **state)
{
    struct db_unit unit = {.arena = *state};
    struct probe params = {.number = 1};

    db_unit_add(&unit, &statement, &params);
    params.number = 2;
    db_unit_add(&unit, &statement, &params);
    params.number = 3;
    db_unit_add(&unit, &bare, NULL);
    assert_int_equal(unit.count, 3);
    assert_int_equal(number_of(&unit.steps[0]), 1);
    assert_int_equal(number_of(&unit.steps[1]), 2);
    assert_ptr_equal(unit.steps[2].statement, &bare);
    assert_null(unit.steps[2].params);
}

static void test_what_a_step_must_do(void **state)
{
    struct db_unit unit = {.arena = *state};

    db_unit_add(&unit, &bare, NULL);
    db_unit_require(&unit, &bare, NULL, ERR_NOT_FOUND, "there is none");
    db_unit_expect(&unit, &bare, NULL);
    assert_false(unit.steps[0].is_required);
    assert_true(unit.steps[1].is_required);
    assert_int_equal(unit.steps[1].kind, ERR_NOT_FOUND);
    assert_string_equal(unit.steps[1].message, "there is none");
    assert_true(unit.steps[2].is_required);
    assert_int_equal(unit.steps[2].kind, ERR_NONE);
}

/* A second attempt plans into what the first one left. */
static void test_a_step_forgets_what_was_at_its_place(void **state)
{
    struct db_unit unit = {.arena = *state};

    db_unit_require(&unit, &statement, &(struct probe){1}, ERR_LIMIT, "too many");
    unit.count = 0;
    db_unit_add(&unit, &bare, NULL);
    assert_false(unit.steps[0].is_required);
    assert_int_equal(unit.steps[0].kind, ERR_NONE);
    assert_null(unit.steps[0].params);
}

static void test_a_refusal_ends_the_plan_well(void **state)
{
    struct db_unit unit = {.arena = *state};

    assert_int_equal(db_unit_refuse(&unit, ERR_SLOW_DOWN, "wait %d seconds", 5), 0);
    assert_int_equal(unit.refusal.kind, ERR_SLOW_DOWN);
    assert_string_equal(unit.refusal.message, "wait 5 seconds");
    assert_int_equal(unit.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_keep_order_and_params),
        cmocka_unit_test(test_what_a_step_must_do),
        cmocka_unit_test(test_a_step_forgets_what_was_at_its_place),
        cmocka_unit_test(test_a_refusal_ends_the_plan_well),
    };

    return cmocka_run_group_tests_name("db_unit", tests, open_arena, close_arena);
}
