/* The device grant (RFC 8628): a program without a browser shows a short code, which a person types in elsewhere. */
#ifndef ORGD_DEVICE_H
#define ORGD_DEVICE_H

#include "domain/access/secret.h"
#include "domain/accounts/session.h"
#include "grant.h"

#define DEVICE_USER_CODE_SIZE 10 /* "WDJB-MJHT" and the NUL */
#define DEVICE_LIFETIME_S 600

/* What asks: `client` is the id of a client, registered or not. */
struct device_request {
    struct text client;
    struct id device; /* nil: make one */
    struct text user_agent;
    struct text address;
};

struct device_codes {
    char device_code[SECRET_TEXT_SIZE];
    char user_code[DEVICE_USER_CODE_SIZE];
    int64_t interval_s;
};

int device_start(const struct call *call, const struct device_request *request, struct device_codes *out,
                 struct error *err) NODISCARD;

/* What waits for a decision. */
struct device_pending {
    struct id id;
    struct text client;
    struct text user_agent;
    struct text address;
};

/* 1 if something waits under this code (any case, hyphens and blanks do not count), 0 if nothing does, -1. */
int device_find(const struct call *call, struct text user_code, struct device_pending *out,
                struct error *err) NODISCARD;

/* Lets the device in, or not. ERR_NOT_FOUND if that had been decided before, or the code has expired. */
int device_decide(const struct call *call, const struct id *id, const struct session *session, bool is_approved,
                  struct error *err) NODISCARD;

struct device_grant {
    struct granted granted;
    struct id device;
    struct text user_agent;
    struct text address;
};

/* Answers a poll of this client: the grant, which is made then and uses the code up. Refuses in the words of RFC 8628,
 * 3.5: ERR_AUTHORIZATION_PENDING, ERR_SLOW_DOWN, ERR_ACCESS_DENIED, ERR_EXPIRED_TOKEN; ERR_INVALID_GRANT if the code is
 * unknown to this client, or used. */
int device_poll(const struct call *call, struct text device_code, struct text client, struct device_grant *out,
                struct error *err) NODISCARD;

#endif
