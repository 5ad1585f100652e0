#include "base/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "unit.h"

static char directory[] = "/tmp/orgd-test-log-XXXXXX";
static char path[sizeof(directory) + 16];

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/orgd.log", directory);
    return 0;
}

static int tear_down(void **state)
{
    struct error err;

    (void)state;
    unlink(path);
    return log_open("test", "stderr", LOG_LEVEL_INFO, &err) + rmdir(directory);
}

/* An empty log file, open as the sink. */
static void open_sink(enum log_level threshold)
{
    struct error err;

    unlink(path);
    assert_int_equal(log_open("test", path, threshold, &err), 0);
}

/* The file's lines as an array of what each holds; the caller releases it. */
static json_t *read_lines(void)
{
    FILE *file = fopen(path, "r");
    json_t *lines = json_array();
    char *line = NULL;
    size_t size = 0;

    assert_non_null(file);
    while (getline(&line, &size, file) > 0) {
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

        if (object == NULL)
            fail_msg("no JSON: %s", line);
        assert_int_equal(line[strlen(line) - 1], '\n');
        json_array_append_new(lines, object);
    }
    free(line);
    fclose(file);
    return lines;
}

static const char *member(const json_t *lines, size_t index, const char *key)
{
    return json_string_value(json_object_get(json_array_get(lines, index), key));
}

static void test_line(void **state)
{
    json_t *lines;

    (void)state;
    open_sink(LOG_LEVEL_INFO);
    log_info("%d of %s", 3, "four");
    lines = read_lines();
    assert_int_equal(json_array_size(lines), 1);
    assert_int_equal(json_object_size(json_array_get(lines, 0)), 5);
    assert_string_equal(member(lines, 0, "message"), "3 of four");
    assert_string_equal(member(lines, 0, "level"), "info");
    assert_string_equal(member(lines, 0, "program"), "test");
    assert_int_equal(strlen(member(lines, 0, "time")), 27);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, 0), "pid")), getpid());
    json_decref(lines);
}

static void test_threshold(void **state)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};

    (void)state;
    for (int threshold = LOG_LEVEL_ERROR; threshold <= LOG_LEVEL_DEBUG; threshold++) {
        json_t *lines;

        open_sink((enum log_level)threshold);
        log_debug("x");
        log_info("x");
        log_warning("x");
        log_error("x");
        lines = read_lines();
        assert_int_equal(json_array_size(lines), threshold + 1);
        for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
            assert_int_equal(log_enabled((enum log_level)level), level <= threshold);
            if (level <= threshold)
                assert_string_equal(member(lines, (size_t)(threshold - level), "level"), names[level]);
        }
        json_decref(lines);
    }
}

static void test_request_id_on_every_line_until_it_is_taken_back(void **state)
{
    json_t *lines;

    (void)state;
    open_sink(LOG_LEVEL_INFO);
    log_set_request_id("id-1");
    log_info("a");
    log_warning("b");
    log_set_request_id(NULL);
    log_info("c");
    lines = read_lines();
    assert_string_equal(member(lines, 0, "request_id"), "id-1");
    assert_string_equal(member(lines, 1, "request_id"), "id-1");
    assert_null(json_object_get(json_array_get(lines, 2), "request_id"));
    json_decref(lines);
}

/* Nothing that gets into a message can end the line, forge members or make it unreadable. */
/* Shows: V7.3.1. */
static void test_hostile_messages(void **state)
{
    json_t *lines;

    (void)state;
    open_sink(LOG_LEVEL_INFO);
    log_info("%s", "\",\"level\":\"error\n{}");
    log_info("%s", "\x1b[2J\x7f");
    log_info("%s", "b\xc3 \xff\xed\xa0\x80");
    log_info("%s", "Zürich");
    log_info("%s", "");
    log_info("%s", "a\xc2\x9b"
                   "31m");
    lines = read_lines();
    assert_int_equal(json_array_size(lines), 6);
    assert_string_equal(member(lines, 0, "message"), "\",\"level\":\"error\n{}");
    assert_string_equal(member(lines, 0, "level"), "info");
    assert_string_equal(member(lines, 1, "message"), "\x1b[2J\x7f");
    assert_string_equal(member(lines, 2, "message"), "b? ????");
    assert_string_equal(member(lines, 3, "message"), "Zürich");
    assert_string_equal(member(lines, 4, "message"), "");
    assert_string_equal(member(lines, 5, "message"), "a??31m");
    json_decref(lines);
}

/* A message is cut at a fixed size, wherever in a character that is. */
static void test_long_messages_are_cut(void **state)
{
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        char message[5000];
        json_t *lines;

        memset(message, 'x', sizeof(message));
        for (size_t at = (size_t)shift; at + 5 < sizeof(message); at += 4)
            memcpy(message + at, "😀", 4);
        message[sizeof(message) - 1] = '\0';
        open_sink(LOG_LEVEL_INFO);
        log_info("%s", message);
        log_info("next");
        lines = read_lines();
        assert_int_equal(strlen(member(lines, 0, "message")), 2047);
        assert_string_equal(member(lines, 1, "message"), "next");
        json_decref(lines);
    }
}

/* 2047 control characters grow sixfold and still make one line. */
static void test_longest_line(void **state)
{
    char message[2048];
    json_t *lines;

    (void)state;
    memset(message, 1, sizeof(message));
    message[sizeof(message) - 1] = '\0';
    open_sink(LOG_LEVEL_INFO);
    log_info("%s", message);
    lines = read_lines();
    assert_string_equal(member(lines, 0, "message"), message);
    json_decref(lines);
}

static void test_lines_with_members(void **state)
{
    struct buf *line;
    json_t *lines;

    (void)state;
    open_sink(LOG_LEVEL_INFO);
    assert_null(log_begin(LOG_LEVEL_DEBUG));
    line = log_begin(LOG_LEVEL_INFO);
    jsonw_key(line, "event");
    jsonw_string(line, "request");
    jsonw_key(line, "status");
    buf_add_int(line, 200);
    log_end(line);
    /* A line that is too long is left out whole; the next is good again. */
    line = log_begin(LOG_LEVEL_INFO);
    jsonw_key(line, "big");
    for (int i = 0; i < 20000; i++)
        buf_add_char(line, '1');
    log_end(line);
    log_info("after");
    lines = read_lines();
    assert_int_equal(json_array_size(lines), 2);
    assert_string_equal(member(lines, 0, "event"), "request");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, 0), "status")), 200);
    assert_null(json_object_get(json_array_get(lines, 0), "message"));
    assert_string_equal(member(lines, 1, "message"), "after");
    json_decref(lines);
}

static void test_file_is_appended_to_and_private(void **state)
{
    struct error err;
    struct stat status;
    json_t *lines;
    mode_t mask = umask(0);

    (void)state;
    open_sink(LOG_LEVEL_INFO);
    umask(mask);
    log_info("one");
    assert_int_equal(log_open("again", path, LOG_LEVEL_INFO, &err), 0);
    log_info("two");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    lines = read_lines();
    assert_int_equal(json_array_size(lines), 2);
    assert_string_equal(member(lines, 0, "program"), "test");
    assert_string_equal(member(lines, 1, "program"), "again");
    json_decref(lines);
}

/* Rotation: the file is moved away, and reopening makes a new one. */
static void test_reopening(void **state)
{
    char moved[sizeof(path) + 2];
    struct error err;
    json_t *lines;

    (void)state;
    open_sink(LOG_LEVEL_INFO);
    snprintf(moved, sizeof(moved), "%s.1", path);
    assert_int_equal(rename(path, moved), 0);
    log_info("old");
    assert_int_equal(log_open("test", path, LOG_LEVEL_INFO, &err), 0);
    log_info("new");
    assert_int_equal(unlink(moved), 0);
    lines = read_lines();
    assert_int_equal(json_array_size(lines), 1);
    assert_string_equal(member(lines, 0, "message"), "new");
    json_decref(lines);
}

static void assert_only_line(const char *message)
{
    json_t *lines = read_lines();

    assert_int_equal(json_array_size(lines), 1);
    assert_string_equal(member(lines, 0, "message"), message);
    json_decref(lines);
}

/* Nobody has to say that the file was rotated. */
static void test_a_file_that_was_moved_is_made_anew(void **state)
{
    char moved[sizeof(path) + 2];

    (void)state;
    snprintf(moved, sizeof(moved), "%s.1", path);
    open_sink(LOG_LEVEL_INFO);
    log_info("before");
    assert_int_equal(rename(path, moved), 0);
    usleep(1100000);
    log_info("after");
    assert_only_line("after");
    assert_int_equal(rename(moved, path), 0); /* another file again */
    usleep(1100000);
    assert_int_equal(unlink(path), 0);
    log_info("after it was removed");
    assert_only_line("after it was removed");
}

static void test_a_file_that_cannot_be_made_anew_leaves_the_old_one(void **state)
{
    char moved[sizeof(path) + 2];

    (void)state;
    snprintf(moved, sizeof(moved), "%s.1", path);
    open_sink(LOG_LEVEL_INFO);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    usleep(1100000);
    log_info("still logged");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rename(moved, path), 0);
    assert_only_line("still logged");
}

/* As assert() and the C library do. */
static void test_stderr_goes_to_the_file(void **state)
{
    int saved = dup(STDERR_FILENO);
    char moved[sizeof(path) + 2];
    json_t *lines;

    (void)state;
    snprintf(moved, sizeof(moved), "%s.1", path);
    open_sink(LOG_LEVEL_INFO);
    log_take_stderr();
    assert_int_equal(rename(path, moved), 0);
    usleep(1100000);
    log_info("a line");
    fputs("{\"message\":\"of a library\"}\n", stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(unlink(moved), 0);
    lines = read_lines();
    assert_int_equal(json_array_size(lines), 2);
    assert_string_equal(member(lines, 1, "message"), "of a library");
    json_decref(lines);
}

static void test_a_refusal_is_told_twice(void **state)
{
    int saved = dup(STDERR_FILENO);
    FILE *file = tmpfile();
    char told[256] = "";

    (void)state;
    assert_non_null(file);
    open_sink(LOG_LEVEL_INFO);
    dup2(fileno(file), STDERR_FILENO);
    log_refusal("no room");
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    assert_true(fread(told, 1, sizeof(told) - 1, file) > 0);
    fclose(file);
    assert_string_equal(told, "test: no room\n");
    assert_only_line("no room");
}

static void test_file_that_cannot_be_opened_leaves_the_old_sink(void **state)
{
    struct error err;
    json_t *lines;

    (void)state;
    open_sink(LOG_LEVEL_INFO);
    assert_int_equal(log_open("other", "/nonexistent/orgd.log", LOG_LEVEL_ERROR, &err), -1);
    assert_string_equal(err.message, "cannot write the log file /nonexistent/orgd.log: No such file or directory");
    assert_int_equal(log_check("/nonexistent/orgd.log", &err), -1);
    assert_string_equal(err.message, "cannot write the log file /nonexistent/orgd.log: No such file or directory");
    log_info("still here");
    lines = read_lines();
    assert_string_equal(member(lines, 0, "program"), "test");
    json_decref(lines);
}

static void test_a_check_makes_no_file(void **state)
{
    static const char *const targets[] = {"stderr", "syslog", "none", path};
    struct error err;

    (void)state;
    unlink(path);
    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++)
        assert_case(log_check(targets[i], &err) == 0, i, targets[i]);
    assert_int_equal(access(path, F_OK), -1);
    open_sink(LOG_LEVEL_INFO);
    assert_int_equal(log_check(path, &err), 0);
}

static void test_stderr(void **state)
{
    int saved = dup(STDERR_FILENO);
    int fd;
    struct error err;
    json_t *lines;

    (void)state;
    open_sink(LOG_LEVEL_INFO);
    fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0 && saved >= 0);
    dup2(fd, STDERR_FILENO);
    assert_int_equal(log_open("test", "stderr", LOG_LEVEL_INFO, &err), 0);
    log_info("to stderr");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fd);
    lines = read_lines();
    assert_string_equal(member(lines, 0, "message"), "to stderr");
    json_decref(lines);
}

static void test_level_names(void **state)
{
    static const char *const bad[] = {"", "Info", "info ", "inf", "informational", "notice", "0"};
    enum log_level level = LOG_LEVEL_WARNING;

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
        assert_case(!log_level_parse(bad[i], &level), i, bad[i]);
    assert_int_equal(level, LOG_LEVEL_WARNING);
    assert_true(log_level_parse("error", &level));
    assert_int_equal(level, LOG_LEVEL_ERROR);
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_LEVEL_DEBUG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_request_id_on_every_line_until_it_is_taken_back),
        cmocka_unit_test(test_hostile_messages),
        cmocka_unit_test(test_long_messages_are_cut),
        cmocka_unit_test(test_longest_line),
        cmocka_unit_test(test_lines_with_members),
        cmocka_unit_test(test_file_is_appended_to_and_private),
        cmocka_unit_test(test_reopening),
        cmocka_unit_test(test_a_file_that_was_moved_is_made_anew),
        cmocka_unit_test(test_a_file_that_cannot_be_made_anew_leaves_the_old_one),
        cmocka_unit_test(test_stderr_goes_to_the_file),
        cmocka_unit_test(test_a_refusal_is_told_twice),
        cmocka_unit_test(test_file_that_cannot_be_opened_leaves_the_old_sink),
        cmocka_unit_test(test_a_check_makes_no_file),
        cmocka_unit_test(test_stderr),
        cmocka_unit_test(test_level_names),
    };

    return cmocka_run_group_tests_name("log", tests, set_up, tear_down);
}
