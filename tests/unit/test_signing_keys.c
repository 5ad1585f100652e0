#include "domain/credentials/access_token.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "token_fixture.h"
#include "unit.h"

static void test_generate(void **state)
{
    struct fixture *fixture = *state;
    json_t *key = first_key(fixture->path);
    struct stat status;
    const char *kid;
    struct error err;

    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_string_equal(json_string_value(json_object_get(key, "kid")), fixture->kid);
    assert_string_equal(json_string_value(json_object_get(key, "alg")), "ES256");
    assert_string_equal(json_string_value(json_object_get(key, "use")), "sig");
    assert_int_equal(strlen(fixture->kid), 43); /* the thumbprint of RFC 7638 */
    json_decref(key);

    assert_int_equal(token_file_generate(fixture->path, "ES256", fixture->arena, &kid, &err), -1);
    assert_int_equal(err.kind, ERR_EXISTS);
    assert_int_equal(verify(fixture, issue(fixture)), 0);
}

static void test_generate_where_it_cannot(void **state)
{
    struct fixture *fixture = *state;
    const char *kid;
    struct error err;

    assert_int_equal(token_file_generate("/nonexistent/keys.json", "ES256", fixture->arena, &kid, &err), -1);
    assert_string_equal(err.message, "cannot write /nonexistent/keys.json: No such file or directory");
}

static void test_other_algorithms(void **state)
{
    static const char *const bad[] = {"HS256", "none", "ES384", "RSA-OAEP", "A128GCM", "es256", ""};
    struct fixture *fixture = *state;
    struct error err;
    const char *kid;

    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        json_t *key;

        assert_case(token_file_rotate(fixture->path, bad[i], false, now, fixture->arena, &kid, &err) == -1, i, bad[i]);
        assert_int_equal(err.kind, ERR_VALIDATION);
        key = first_key(fixture->path);
        assert_string_equal(json_string_value(json_object_get(key, "kid")), fixture->kid);
        json_decref(key);
    }
    unlink(fixture->path);
    for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
        assert_case(token_file_generate(fixture->path, bad[i], fixture->arena, &kid, &err) == -1, i, bad[i]);
        assert_case(access(fixture->path, F_OK) != 0, i, "a file was made");
    }
}

static void test_rs256(void **state)
{
    struct fixture *fixture = *state;
    struct text old = issue(fixture);
    struct text token;
    struct error err;
    const char *kid;
    json_t *header;

    assert_int_equal(token_file_rotate(fixture->path, "RS256", false, now, fixture->arena, &kid, &err), 0);
    token_keys_close(fixture->keys);
    assert_int_equal(token_keys_open(fixture->path, &fixture->keys, &err), 0);
    token = issue(fixture);
    header = part_of(token, 0);
    assert_string_equal(json_string_value(json_object_get(header, "alg")), "RS256");
    json_decref(header);
    assert_int_equal(verify(fixture, token), 0);
    assert_int_equal(verify(fixture, old), 0);
}

/* Another process rotates: its tokens are good here at once, and the older ones stay good. */
static void test_rotation(void **state)
{
    struct fixture *fixture = *state;
    struct text old = issue(fixture);
    struct token_keys *elsewhere;
    struct text fresh;
    struct stat status;
    struct error err;
    const char *kid;
    json_t *header;

    assert_int_equal(chmod(fixture->path, 0640), 0);
    assert_int_equal(token_file_rotate(fixture->path, "ES256", false, now, fixture->arena, &kid, &err), 0);
    assert_string_not_equal(kid, fixture->kid);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640); /* who may read it is the administrator's choice */

    assert_int_equal(token_keys_open(fixture->path, &elsewhere, &err), 0);
    assert_int_equal(token_issue(elsewhere, &terms, &subject, now, fixture->arena, &fresh, &err), 0);
    token_keys_close(elsewhere);
    header = part_of(fresh, 0);
    assert_string_equal(json_string_value(json_object_get(header, "kid")), kid);
    json_decref(header);

    assert_int_equal(verify(fixture, fresh), 0);
    assert_int_equal(verify(fixture, old), 0);
}

/* Root may give a file to any group, others to their own ones. */
static gid_t another_group(void)
{
    gid_t groups[64];
    int count = getgroups(ARRAY_LENGTH(groups), groups);

    if (geteuid() == 0)
        return 12345;
    return count > 0 ? groups[count - 1] : getegid();
}

/* Where root owns the file, the workers read it by its group; where they own it, root may rotate it. */
static void test_who_may_read_stays(void **state)
{
    const struct {
        uid_t owner;
        gid_t group;
    } cases[] = {
        {geteuid(), another_group()},
        {geteuid() == 0 ? 12345 : geteuid(), getegid()},
        {geteuid() == 0 ? 12345 : geteuid(), another_group()},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct timestamp later = {now.us + 86400 * US_PER_S};
        struct stat status;
        struct error err;
        const char *kid;

        assert_int_equal(chown(fixture->path, cases[i].owner, cases[i].group), 0);
        assert_int_equal(chmod(fixture->path, 0640), 0);
        assert_int_equal(token_file_rotate(fixture->path, "ES256", false, now, fixture->arena, &kid, &err), 0);
        assert_int_equal(token_file_prune(fixture->path, 3600, later, fixture->arena, &err), 1);
        assert_int_equal(stat(fixture->path, &status), 0);
        assert_case(status.st_uid == cases[i].owner && status.st_gid == cases[i].group, i, "owner or group was lost");
        assert_int_equal(status.st_mode & 0777, 0640);
    }
}

static struct digest mac_of(struct fixture *fixture)
{
    struct digest mac;
    struct error err;

    token_keys_begin(fixture->keys);
    assert_int_equal(token_keys_mac(fixture->keys, "x", 1, &mac, &err), 0);
    return mac;
}

/* Shows: OAuth 36. */
static void test_compromised(void **state)
{
    struct fixture *fixture = *state;
    struct text remembered = issue(fixture);
    struct text unseen = issue(fixture);
    struct digest before = mac_of(fixture);
    struct digest after;
    const char *kids[2];
    struct error err;
    json_t *set;

    assert_int_equal(verify(fixture, remembered), 0);
    assert_int_equal(token_file_rotate(fixture->path, "ES256", false, now, fixture->arena, &kids[0], &err), 0);
    assert_int_equal(verify(fixture, remembered), 0);
    after = mac_of(fixture);
    assert_true(digest_equal(&before, &after)); /* refresh tokens outlive a rotation */

    assert_int_equal(token_file_rotate(fixture->path, "RS256", true, now, fixture->arena, &kids[1], &err), 0);
    /* A request that has used a key goes on with it, so what it signs is worth nothing to the next one. */
    assert_int_equal(token_issue(fixture->keys, &terms, &subject, now, fixture->arena, &unseen, &err), 0);
    assert_int_equal(verify(fixture, remembered), -1);
    assert_int_equal(verify(fixture, unseen), -1);
    after = mac_of(fixture);
    assert_false(digest_equal(&before, &after));
    assert_int_equal(verify(fixture, issue(fixture)), 0);
    assert_int_equal(token_file_read(fixture->path, &set, &err), 0);
    assert_int_equal(json_array_size(json_object_get(set, "keys")), 1);
    json_decref(set);
}

/* A file of before has no key for refresh tokens: the first rotation makes one. */
static void test_rotation_makes_what_is_missing(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    const char *kid;
    json_t *set;

    assert_int_equal(token_file_read(fixture->path, &set, &err), 0);
    json_object_del(set, TOKEN_REFRESH_KEY);
    assert_int_equal(json_dump_file(set, fixture->path, 0), 0);
    json_decref(set);
    assert_int_equal(token_file_rotate(fixture->path, "ES256", false, now, fixture->arena, &kid, &err), 0);
    token_keys_close(fixture->keys);
    assert_int_equal(token_keys_open(fixture->path, &fixture->keys, &err), 0);
}

#define PROCESSES 8

/* Whoever comes while the file is changed waits, so that no key is lost. */
static void test_rotations_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    const char *kid;
    json_t *set;

    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
            _exit(token_file_rotate(fixture->path, "ES256", false, now, fixture->arena, &kid, &err) == 0 ? 0 : 1);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(token_file_read(fixture->path, &set, &err), 0);
    assert_int_equal(json_array_size(json_object_get(set, "keys")), 1 + PROCESSES);
    json_decref(set);
}

static void test_prune(void **state)
{
    struct fixture *fixture = *state;
    struct text old = issue(fixture);
    struct error err;
    const char *kid;
    json_t *set;

    /* The only key stays, however old. */
    assert_int_equal(
        token_file_prune(fixture->path, 3600, (struct timestamp){now.us + 86400000 * US_PER_S}, fixture->arena, &err),
        0);
    assert_int_equal(token_file_rotate(fixture->path, "ES256", false, now, fixture->arena, &kid, &err), 0);
    assert_int_equal(
        token_file_prune(fixture->path, 3600, (struct timestamp){(NOW_S + 3600) * US_PER_S}, fixture->arena, &err), 0);
    token_keys_close(fixture->keys);
    assert_int_equal(token_keys_open(fixture->path, &fixture->keys, &err), 0);
    assert_int_equal(verify(fixture, old), 0);

    assert_int_equal(
        token_file_prune(fixture->path, 3600, (struct timestamp){(NOW_S + 3601) * US_PER_S}, fixture->arena, &err), 1);
    assert_int_equal(token_file_read(fixture->path, &set, &err), 0);
    assert_int_equal(json_array_size(json_object_get(set, "keys")), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(set, "keys"), 0), "kid")),
                        kid);
    json_decref(set);

    /* The file is looked at each time; then what was remembered under the key is gone as well. */
    assert_int_equal(verify(fixture, old), -1);
    assert_int_equal(verify(fixture, issue(fixture)), 0);
}

static void test_prune_of_several(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    const char *kids[4];
    json_t *set;
    json_t *keys;

    for (int64_t i = 0; i < 4; i++)
        assert_int_equal(token_file_rotate(fixture->path, "ES256", false,
                                           (struct timestamp){(NOW_S + 1000 * i) * US_PER_S}, fixture->arena, &kids[i],
                                           &err),
                         0);
    /* The first stopped signing at 0, then the others at 1000, 2000 and 3000. */
    assert_int_equal(
        token_file_prune(fixture->path, 500, (struct timestamp){(NOW_S + 1501) * US_PER_S}, fixture->arena, &err), 2);
    assert_int_equal(token_file_read(fixture->path, &set, &err), 0);
    keys = json_object_get(set, "keys");
    assert_int_equal(json_array_size(keys), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(keys, i), "kid")), kids[3 - i]);
    json_decref(set);
}

static void test_bad_files(void **state)
{
    static const struct {
        const char *content; /* NULL: no file */
        const char *message; /* a part of it */
    } cases[] = {
        {NULL, "Make them with 'orgctl signing-key generate'"},
        {"", "Put a copy back, or move the file away"},
        {"{", "Put a copy back, or move the file away"},
        {"{}", "holds no keys"},
        {"[]", "holds no keys"},
        {"{\"keys\":[]}", "holds no keys"},
        {"{\"keys\":{}}", "holds no keys"},
        {"{\"keys\":\"x\"}", "holds no keys"},
        {"{\"keys\":[{}]}", "key 0 has no kid, or an alg that is neither ES256 nor RS256"},
        {"{\"keys\":[7]}", "key 0 has no kid"},
        {"{\"keys\":[{\"kid\":\"a\"}]}", "key 0 has no kid, or an alg"},
        {"{\"keys\":[{\"alg\":\"ES256\"}]}", "key 0 has no kid"},
        {"{\"keys\":[{\"kid\":\"a\",\"alg\":\"ES256\"},{\"kid\":\"b\",\"alg\":\"HS256\"}]}",
         "key 1 has no kid, or an alg"},
        {"{\"keys\":[{\"kid\":\"a\",\"alg\":\"none\"}]}", "key 0 has no kid, or an alg"},
        {"{\"keys\":[],\"keys\":[]}", "duplicate"},
        {"{\"keys\":[{\"kid\":\"a\",\"alg\":\"ES256\"}]}", "has no good orgd_refresh_key"},
        {"{\"keys\":[{\"kid\":\"a\",\"alg\":\"ES256\"}],\"orgd_refresh_key\":\"AAAA\"}",
         "has no good orgd_refresh_key"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct fixture *fixture = *state;
        struct token_keys *keys;
        struct error err;

        unlink(fixture->path);
        if (cases[i].content != NULL) {
            FILE *file = fopen(fixture->path, "w");

            assert_non_null(file);
            fputs(cases[i].content, file);
            fclose(file);
        }
        assert_case(token_keys_open(fixture->path, &keys, &err) == -1, i, "accepted");
        assert_case(strstr(err.message, cases[i].message) != NULL, i, err.message);
        assert_non_null(strstr(err.message, fixture->path));
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_generate),          TEST(test_generate_where_it_cannot),
        TEST(test_other_algorithms),  TEST(test_rs256),
        TEST(test_rotation),          TEST(test_who_may_read_stays),
        TEST(test_compromised),       TEST(test_rotation_makes_what_is_missing),
        TEST(test_rotations_at_once), TEST(test_prune),
        TEST(test_prune_of_several),  TEST(test_bad_files),
    };

    return cmocka_run_group_tests_name("signing_keys", tests, NULL, NULL);
}
