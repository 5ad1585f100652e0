/* Users that come from elsewhere, or go there. Check all of them before one is written:
 *
 *     if (account_import_check(call, &list[i], err) < 0)
 *         … err says what is wrong with this one …
 *     account_import_find_twins(call, list, count);
 *
 * Each is written in a transaction of its own, by account_import_write(). */
#ifndef ORGD_ACCOUNT_IMPORT_H
#define ORGD_ACCOUNT_IMPORT_H

#include "account.h"

struct account_import {
    struct account account;    /* without id and time */
    struct text password_hash; /* as crypt(5) writes it; without data: none */
    size_t twin;               /* 1 and the place of one before it with the same name or verified address; 0: none */
    bool exists;               /* there is a user of that name */
};

/* Checks one by the rules of account_create_user() and password_hash_check(), and notes whether it exists. A hash takes
 * as long as a sign-in. Fails with ERR_VALIDATION, with ERR_EXISTS if the verified address belongs to another user, or
 * because the database does not answer. */
int account_import_check(const struct call *call, struct account_import *user, struct error *err) NODISCARD;

/* Notes which of them are the same. */
void account_import_find_twins(const struct call *call, struct account_import *list, size_t count);

/* Creates the user, with password and standing. Fails as account_create_user() does. */
int account_import_write(const struct call *call, const struct account_import *user, struct error *err) NODISCARD;

/* Lists all users with the hashes of their passwords, by name, in the arena. Returns their number, or -1. */
int64_t account_export(const struct call *call, struct account_import **out, struct error *err) NODISCARD;

#endif
