#include "config_fixture.h"

static void test_table_makes_sense(void **state)
{
    (void)state;
    for (const struct setting *setting = config_settings; setting->key != NULL; setting++) {
        assert_true(strlen(setting->sentence) > 10);
        assert_int_equal(setting->sentence[strlen(setting->sentence) - 1], '.');
        assert_int_equal(strspn(setting->key, "abcdefghijklmnopqrstuvwxyz_"), strlen(setting->key));
        for (const struct setting *other = config_settings; other < setting; other++)
            assert_string_not_equal(setting->key, other->key);
        if (setting->is_int) {
            long long value = strtoll(setting->default_text, NULL, 10);

            assert_non_null(setting->unit);
            assert_true(setting->minimum <= value && value <= setting->maximum);
        } else {
            assert_true(setting->words == NULL || text_has_word(setting->words, setting->default_text));
            assert_true(setting->rule == NULL || setting->rule->is_kept(setting->default_text));
        }
    }
}

static void test_defaults(void **state)
{
    struct config config;
    struct error err;

    assert_int_equal(read_content(*state, "", &config, &err), 0);
    assert_string_equal(config.public_url, "http://localhost");
    assert_string_equal(config.listen, "");
    assert_int_equal(config.listen_mode_bits, 0660);
    assert_int_equal(config.workers, 4);
    assert_int_equal(config.max_body, 65536);
    assert_int_equal(config.access_token_lifetime, 3600);
    assert_int_equal(config.max_organizations_per_user, 1);
    assert_int_equal(config.trial_days, 14);
    assert_string_equal(config.signing_keys, SYSCONFDIR "/signing-keys.json");
    assert_string_equal(config.database_option_file, SYSCONFDIR "/my.cnf");
    assert_string_equal(config.sql_directory, PKGDATADIR "/sql");
    assert_int_equal(config.log_threshold, LOG_LEVEL_INFO);
}

static void test_values_that_are_checked_as_a_whole(void **state)
{
    static const struct {
        const char *content;
        const char *message; /* NULL: accepted */
    } cases[] = {
        {"public_url = https://example.org", NULL},
        {"public_url = http://127.0.0.1:8080/api/v1", NULL},
        {"public_url = http://[::1]:8080", NULL},
        {"public_url =", "public_url = : "},
        {"public_url = example.org", "public_url = example.org: "},
        {"public_url = ftp://example.org", "public_url = ftp://example.org: "},
        {"public_url = https://example.org/", "public_url = https://example.org/: "},
        {"public_url = https://example.org/?a", "public_url = https://example.org/?a: "},
        {"public_url = https://example.org/#a", "public_url = https://example.org/#a: "},
        {"public_url = https://a\"b", "public_url = https://a\"b: "},
        {"public_url = https://user@example.org", "public_url = https://user@example.org: "},
        {"public_url = http:///example.org", "public_url = http:///example.org: "},
        {"public_url = httpS://example.org", "public_url = httpS://example.org: "},
        {"public_url = HTTP://example.org", "public_url = HTTP://example.org: "},
        {"public_url = https://", "public_url = https://: "},
        {"public_url = https://example.org:port", "public_url = https://example.org:port: "},
        {"listen_mode = 0600", NULL},
        {"listen_mode = 777", NULL},
        {"listen_mode = 0", NULL},
        {"listen_mode = 1000", "listen_mode = 1000: "},
        {"listen_mode = 0668", "listen_mode = 0668: "},
        {"listen_mode =", "listen_mode = : "},
        {"listen_mode = rw", "listen_mode = rw: "},
        {"listen_mode = -1", "listen_mode = -1: "},
        {"listen_mode = -18446744073709551615", "listen_mode = -18446744073709551615: "}, /* 1, to strtoul() */
        {"listen_mode = +7", "listen_mode = +7: "},
        {"listen =", NULL},
        {"listen = unix:/run/orgd.sock", NULL},
        {"listen = [::1]:9000", NULL},
        {"listen = 9000", "listen = 9000: must be unix:PATH or HOST:PORT"},
        {"listen = unix:", "listen = unix:: must be unix:PATH or HOST:PORT"},
        {"listen = :9000", "listen = :9000: "},
        {"listen = localhost:", "listen = localhost:: "},
        {"log = stderr", NULL},
        {"log = syslog", NULL},
        {"log = /var/log/orgd.log", NULL},
        {"log = log/orgd.log", NULL},
        {"log = orgd.log", "log = orgd.log: must be stderr, syslog, or a path with a slash in it"},
        {"log = sterr", "log = sterr: "},
        {"signing_keys =", "signing_keys = : must be a path"},
        {"database_option_file =", "database_option_file = : must be a path"},
        {"log =", "log = : "},
        {"seccomp = off", NULL},
        {"seccomp = yes", "seccomp = yes: must be on or off"},
        {"seccomp =", "seccomp = : "},
        {"log_level = debug", NULL},
        {"log_level = INFO", "log_level = INFO: must be error, warning, info or debug"},
        {"log_level =", "log_level = : "},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct config config;
        struct error err = {.kind = ERR_NONE};
        int result = read_content(*state, cases[i].content, &config, &err);
        const char *expected;

        if (cases[i].message == NULL) {
            assert_case(result == 0, i, err.message);
            continue;
        }
        assert_case(result == -1 && err.kind == ERR_VALIDATION, i, cases[i].content);
        expected = arena_printf(*state, "%s:1: %s", path, cases[i].message);
        assert_case(strncmp(err.message, expected, strlen(expected)) == 0, i, err.message);
    }
}

/* In the file they count from its directory, elsewhere from the working directory. */
static void test_relative_paths(void **state)
{
    static const char content[] = "log = log/orgd.log\nsigning_keys = keys.json\ndatabase_option_file = ../my.cnf\n"
                                  "sql_directory = ./sql\nlisten = unix:orgd.sock\n";
    const char *here = realpath(".", NULL);
    struct config config;
    struct error err;

    assert_int_equal(read_content(*state, content, &config, &err), 0);
    assert_string_equal(config.log, arena_printf(*state, "%s/log/orgd.log", directory));
    assert_string_equal(config.signing_keys, arena_printf(*state, "%s/keys.json", directory));
    assert_string_equal(config.database_option_file, arena_printf(*state, "%s/../my.cnf", directory));
    assert_string_equal(config.sql_directory, arena_printf(*state, "%s/./sql", directory));
    assert_string_equal(config.listen, arena_printf(*state, "unix:%s/orgd.sock", directory));
    assert_int_equal(read_content(*state, "log = /x/y\nlisten = host:1\n", &config, &err), 0);
    assert_string_equal(config.log, "/x/y");
    assert_string_equal(config.listen, "host:1");
    setenv("ORGD_LISTEN", "unix:s", 1);
    assert_int_equal(read_content(*state, content, &config, &err), 0);
    assert_string_equal(config.listen, arena_printf(*state, "unix:%s/s", here));
    free((void *)here);
}

/* The file may be named by a relative path itself. */
static void test_relative_paths_in_a_relative_file(void **state)
{
    char *here = realpath(".", NULL);
    struct config config;
    struct error err;

    write_file("signing_keys = keys.json\n", 25);
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(config_read("orgd.conf", *state, &config, &err), 0);
    assert_int_equal(chdir(here), 0);
    free(here);
    assert_string_equal(config.signing_keys, arena_printf(*state, "%s/keys.json", directory));
}

static void test_modes_and_levels_are_derived(void **state)
{
    struct config config;
    struct error err;

    assert_int_equal(read_content(*state, "listen_mode = 0604\nlog_level = error\n", &config, &err), 0);
    assert_true(config.has_seccomp);
    assert_int_equal(config.listen_mode_bits, 0604);
    assert_int_equal(config.log_threshold, LOG_LEVEL_ERROR);
    assert_int_equal(read_content(*state, "seccomp = off\n", &config, &err), 0);
    assert_false(config.has_seccomp);
}

/* The ends of every range, by file and by environment; one step further is refused. */
static void test_ranges(void **state)
{
    for (const struct setting *setting = config_settings; setting->key != NULL; setting++) {
        const int64_t values[] = {setting->minimum - 1, setting->minimum, setting->maximum, setting->maximum + 1};
        const char *variable = variable_of(*state, setting->key);
        struct config config;
        struct error err;

        for (size_t i = 0; setting->is_int && i < ARRAY_LENGTH(values); i++) {
            const char *value = arena_printf(*state, "%lld", (long long)values[i]);
            int expected = i == 1 || i == 2 ? 0 : -1;

            assert_int_equal(
                read_content(*state, arena_printf(*state, "%s = %s\n", setting->key, value), &config, &err), expected);
            setenv(variable, value, 1);
            assert_int_equal(read_content(*state, "", &config, &err), expected);
            if (expected < 0)
                assert_non_null(
                    strstr(err.message, arena_printf(*state, "%s: %s = %s: must be", variable, setting->key, value)));
            unsetenv(variable);
        }
    }
}

static void test_environment_overrides_the_file(void **state)
{
    struct config config;
    struct error err;

    setenv("ORGD_LISTEN", "127.0.0.1:1", 1);
    setenv("ORGD_WORKERS", "7", 1);
    setenv("ORGD_CORS_ORIGINS", "", 1);
    setenv("ORGD_UNKNOWN", "1", 1); /* the environment is shared with others: not ours to judge */
    setenv("orgd_trial_days", "1", 1);
    assert_int_equal(read_content(*state,
                                  "listen = unix:/x\nworkers = 2\ncors_origins = https://a.example\nmax_requests = 9\n",
                                  &config, &err),
                     0);
    unsetenv("ORGD_UNKNOWN");
    unsetenv("orgd_trial_days");
    assert_string_equal(config.listen, "127.0.0.1:1");
    assert_int_equal(config.workers, 7);
    assert_string_equal(config.cors_origins, "");
    assert_int_equal(config.max_requests, 9);
    assert_int_equal(config.trial_days, 14);
}

static void test_every_string_but_secrets_can_come_from_the_environment(void **state)
{
    for (const struct setting *setting = config_settings; setting->key != NULL; setting++) {
        struct config config;
        struct error err;
        bool found = false;

        if (setting->is_int)
            continue;
        /* All checks let this pass or name it. */
        setenv(variable_of(*state, setting->key), "/marker", 1);
        if (read_content(*state, "", &config, &err) < 0)
            found = strstr(err.message, arena_printf(*state, "%s: %s = /marker: ", variable_of(*state, setting->key),
                                                     setting->key)) == err.message;
        else
            found = strcmp(*(const char **)((char *)&config + setting->offset), "/marker") == 0;
        unsetenv(variable_of(*state, setting->key));
        assert_case(found == !setting->is_secret, setting - config_settings, setting->key);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, clear_environment, clear_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_table_makes_sense),
        TEST(test_defaults),
        TEST(test_values_that_are_checked_as_a_whole),
        TEST(test_relative_paths),
        TEST(test_relative_paths_in_a_relative_file),
        TEST(test_modes_and_levels_are_derived),
        TEST(test_ranges),
        TEST(test_environment_overrides_the_file),
        TEST(test_every_string_but_secrets_can_come_from_the_environment),
    };

    return cmocka_run_group_tests_name("config", tests, set_up, tear_down);
}
