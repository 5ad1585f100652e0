#include "config_fixture.h"

static void test_forms_of_a_line(void **state)
{
    static const struct {
        const char *content;
        const char *listen_group;
    } cases[] = {
        {"listen_group = unix:/run/orgd.sock\n", "unix:/run/orgd.sock"},
        {"listen_group=unix:/x", "unix:/x"},
        {"   listen_group\t =   127.0.0.1:9000  \n", "127.0.0.1:9000"},
        {"listen_group = x\r\n", "x"},
        {"# a comment\n; another\n\n   \nlisten_group = y\n", "y"},
        {"listen_group =\n", ""},
        {"listen_group = one\nlisten_group = two\n", "two"},
        {"listen_group = a # b ; c\n", "a # b ; c"}, /* a comment starts at the start of a line */
        {"listen_group = a = b\n", "a = b"},
        {"listen_group = \"quoted\"\n", "\"quoted\""},
        {"listen_group = Zürich\n", "Zürich"},
        {"\xef\xbb\xbf"
         "listen_group = behind a byte order mark\n",
         "behind a byte order mark"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct config config;
        struct error err;

        assert_case(read_content(*state, cases[i].content, &config, &err) == 0, i, err.message);
        assert_string_equal(config.listen_group, cases[i].listen_group);
    }
}

#define MAILS "mail_from = a@example.org\nmail_server = smtp://mail.example.org\n"

static void test_refusals_say_where_and_why(void **state)
{
    static const struct {
        const char *content;
        const char *message; /* behind the path */
    } cases[] = {
        {"\n# x\nworkerz = 4\n", ":3: unknown setting 'workerz'; orgd.conf(5) lists the settings"},
        {"workers = 2\nWorkers = 2\n", ":2: unknown setting 'Workers'; orgd.conf(5) lists the settings"},
        {"listen_mode_bits = 1\n", ":1: unknown setting 'listen_mode_bits'; orgd.conf(5) lists the settings"},
        {"[orgd]\nworkers = 2\n", ":1: unknown section [orgd]; there are only sections [issuer \"https://…\"]"},
        {"workers = 4\nnonsense\n", ":2: this line is neither a comment nor 'key = value'"},
        {"workers = 4\n[open\n", ":2: this line is neither a comment nor 'key = value'"},
        {"workers = 0\n", ":1: workers = 0: must be a whole number of processes from 1 to 256"},
        {"workers = 257\n", ":1: workers = 257: must be a whole number of processes from 1 to 256"},
        {"workers = -1\n", ":1: workers = -1: must be a whole number of processes from 1 to 256"},
        {"workers =\n", ":1: workers = : must be a whole number of processes from 1 to 256"},
        {"workers = 4x\n", ":1: workers = 4x: must be a whole number of processes from 1 to 256"},
        {"workers = 4.0\n", ":1: workers = 4.0: must be a whole number of processes from 1 to 256"},
        {"workers = 0x4\n", ":1: workers = 0x4: must be a whole number of processes from 1 to 256"},
        {"workers = 18446744073709551620\n",
         ":1: workers = 18446744073709551620: must be a whole number of processes from 1 to 256"},
        {"\n\nmax_body = 1023\nworkerz = 1\n",
         ":3: max_body = 1023: must be a whole number of bytes from 1024 to 1048576"},
        {"\n" MAILS "mail_server = smtp://mail.example.org\nmail_from =\n# x\n",
         ":4: mail_server needs mail_from, the address that mails come from"},
        {"\xef\xbb\xbfmail_server = sendmail:/\n", ":1: mail_server needs mail_from, the address that mails come from"},
        {MAILS "mail_password = a\nmail_password_file = /b\n",
         ":4: set mail_password or mail_password_file, but not both"},
        {"mail_tls = off\nmail_user = a\n" MAILS,
         ":1: mail_tls = off would send the password of mail_user to another host as it is; set it to required"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct config config;
        struct error err;

        assert_case(read_content(*state, cases[i].content, &config, &err) == -1, i, "accepted");
        assert_int_equal(err.kind, ERR_VALIDATION);
        assert_string_equal(err.message, arena_printf(*state, "%s%s", path, cases[i].message));
    }
}

/* What hides behind a NUL byte would be lost silently, or take the next line with it. */
static void test_nul_bytes(void **state)
{
    static const struct text contents[] = {
        TEXT("\nworkers = 2\0 and more\n"),
        TEXT("#\n\0\n"),
        TEXT("#\nworkers = 2\n\0"),
        TEXT("#\n[issuer \"https://idp.example.org\"]\0\n"),
    };
    static const int lines[] = {2, 2, 3, 2};

    for (size_t i = 0; i < ARRAY_LENGTH(contents); i++) {
        struct config config;
        struct error err = {.kind = ERR_NONE};

        write_file(contents[i].data, contents[i].length);
        assert_case(config_read(path, *state, &config, &err) == -1, i, "accepted");
        assert_string_equal(err.message,
                            arena_printf(*state, "%s:%d: there is a NUL byte in the line", path, lines[i]));
    }
}

/* A line that does not fit is refused and not cut in two; what just fits is read whole. */
static void test_long_lines(void **state)
{
    static const char start[] = "# first\nlisten_group = ";

    for (size_t length = 4060; length < 4120; length++) {
        char *content = arena_printf(*state, "%s%0*d\nworkers = 3\n", start, (int)length, 0);
        struct config config;
        struct error err;

        if (read_content(*state, content, &config, &err) == 0) {
            assert_int_equal(strlen(config.listen_group), length);
            assert_int_equal(config.workers, 3);
        } else {
            assert_true(sizeof("listen_group = ") - 1 + length > 4090);
            assert_string_equal(err.message, arena_printf(*state, "%s:2: the line is longer than 4094 bytes", path));
        }
    }
    assert_int_equal(
        read_content(*state, arena_printf(*state, "#%0*d\n", 100000, 0), &(struct config){0}, &(struct error){0}), -1);
}

static void test_which_file(void **state)
{
    struct config config;
    struct error err;

    write_file("workers = 11\n", 13);
    setenv("ORGD_CONFIG", path, 1);
    assert_int_equal(config_read(NULL, *state, &config, &err), 0);
    assert_int_equal(config.workers, 11);

    /* What the command line names goes first, and must be there. */
    setenv("ORGD_CONFIG", "/nonexistent/env.conf", 1);
    assert_int_equal(config_read(path, *state, &config, &err), 0);
    assert_int_equal(config_read(NULL, *state, &config, &err), -1);
    assert_string_equal(err.message, "cannot read the configuration /nonexistent/env.conf: No such file or directory");
    assert_int_equal(config_read("/nonexistent/orgd.conf", *state, &config, &err), -1);
    assert_string_equal(err.message, "cannot read the configuration /nonexistent/orgd.conf: No such file or directory");
}

/* A directory opens like a file, and only then fails to be read. */
static void test_directory_is_no_configuration(void **state)
{
    struct config config;
    struct error err;

    assert_int_equal(config_read(directory, *state, &config, &err), -1);
    assert_string_equal(err.message,
                        arena_printf(*state, "cannot read the configuration %s: Is a directory", directory));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, clear_environment, clear_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_forms_of_a_line), TEST(test_refusals_say_where_and_why),
        TEST(test_nul_bytes),       TEST(test_long_lines),
        TEST(test_which_file),      TEST(test_directory_is_no_configuration),
    };

    return cmocka_run_group_tests_name("config_file", tests, set_up, tear_down);
}
