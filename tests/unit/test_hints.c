#include "domain/access/hints.h"

#include "unit.h"

static const struct id somebody = {{1, [15] = 7}};
static const struct id in_the_same_place = {{2, [15] = 7}};
static const struct id elsewhere = {{1, [15] = 8}};
static const struct id account = {{9}};

static int forget(void **state)
{
    (void)state;
    guess_forget_all();
    return 0;
}

static void assert_nothing_about(const struct id *credential)
{
    assert_true(id_is_nil(&guess_about(credential)->account_id));
    assert_false(guess_about(credential)->lists_something);
}

static void test_what_is_noted_is_about_one_credential(void **state)
{
    (void)state;
    guess_to_note(&somebody)->account_id = account;
    guess_to_note(&somebody)->lists_something = true;
    assert_true(id_equal(&guess_about(&somebody)->account_id, &account));
    assert_true(guess_about(&somebody)->lists_something);
    assert_nothing_about(&in_the_same_place);
    assert_nothing_about(&elsewhere);
}

static void test_a_later_one_takes_the_place_with_nothing_left_in_it(void **state)
{
    (void)state;
    guess_to_note(&somebody)->account_id = account;
    guess_to_note(&in_the_same_place)->lists_something = true;
    assert_nothing_about(&somebody);
    assert_true(id_is_nil(&guess_about(&in_the_same_place)->account_id));
}

static void test_asking_takes_no_place(void **state)
{
    (void)state;
    guess_to_note(&somebody)->account_id = account;
    assert_nothing_about(&in_the_same_place);
    assert_true(id_equal(&guess_about(&somebody)->account_id, &account));
}

static void test_nothing_is_noted_of_nobody(void **state)
{
    (void)state;
    assert_nothing_about(&(struct id){{0}});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_is_noted_is_about_one_credential, forget),
        cmocka_unit_test_setup(test_a_later_one_takes_the_place_with_nothing_left_in_it, forget),
        cmocka_unit_test_setup(test_asking_takes_no_place, forget),
        cmocka_unit_test_setup(test_nothing_is_noted_of_nobody, forget),
    };

    return cmocka_run_group_tests_name("hints", tests, NULL, NULL);
}
