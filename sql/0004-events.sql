-- What happened: one row for each change and for each security event, written in the transaction of the change itself. The
-- rows of a chain (an organization's, an account's, or the service's) are tied together by digests, so that who changes,
-- removes or inserts one is found out by 'orgctl event verify'.

-- The end of each chain. Every write in an organization raises its number, so that two of them are in order on all nodes of
-- a cluster.
CREATE TABLE IF NOT EXISTS orgd_event_chains (
    id BINARY(16) NOT NULL COMMENT 'of the organization or account, which may be gone; the service''s: FF in all octets',
    sequence BIGINT UNSIGNED NOT NULL COMMENT 'of its last event; from 1, without gaps',
    occurred_at DATETIME(6) NOT NULL COMMENT 'likewise',
    hash BINARY(32) NOT NULL COMMENT 'likewise',
    pruned_sequence BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of the last event that was removed for its age; 0: none was',
    pruned_occurred_at DATETIME(6) NULL COMMENT 'likewise',
    pruned_hash BINARY(32) NULL COMMENT 'likewise',
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

CREATE TABLE IF NOT EXISTS orgd_events (
    chain_id BINARY(16) NOT NULL,
    occurred_at DATETIME(6) NOT NULL COMMENT 'grows with sequence, and so is unique within a chain',
    sequence BIGINT UNSIGNED NOT NULL,
    id BINARY(16) NOT NULL,
    action VARCHAR(64) NOT NULL COMMENT 'resource.verb',
    actor_type VARCHAR(32) NOT NULL,
    actor_id BINARY(16) NULL COMMENT 'of a user or service account; may be gone, as all that an event names',
    actor_name VARCHAR(512) NULL,
    actor_credential_id BINARY(16) NULL,
    organization_id BINARY(16) NULL,
    organization_name VARCHAR(50) NULL COMMENT 'as it was then, like all names here',
    targets TEXT NOT NULL COMMENT 'a JSON list of {"id", "name", "type"}',
    request_id VARCHAR(64) NULL,
    address VARCHAR(64) NULL,
    user_agent VARCHAR(200) NULL,
    changes MEDIUMTEXT NOT NULL COMMENT 'a JSON object: {field: {"after", "before"}}',
    count BIGINT UNSIGNED NOT NULL COMMENT 'of a refusal: how often, in ten minutes at most; else 1',
    version TINYINT UNSIGNED NOT NULL COMMENT 'of what hash is made of',
    hash BINARY(32) NOT NULL COMMENT 'of this event and of the hash before it',
    -- Not NULL while there is none: a row that grew when it got one would move within its page, and where pages are full
    -- that costs more than the event itself. Who gives positions sees to it that they are unique.
    position BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'among all events, given soon after the commit; 0: not yet',
    PRIMARY KEY (chain_id, occurred_at),
    UNIQUE KEY orgd_events_id (id),
    KEY orgd_events_position (position),
    KEY orgd_events_chain_action (chain_id, action, occurred_at),
    KEY orgd_events_chain_actor (chain_id, actor_id, occurred_at),
    KEY orgd_events_action (action, position),
    KEY orgd_events_actor (actor_id, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- The ends of chains as the signing keys have signed them: the last one of each month. Somebody who changes an event and
-- makes all hashes anew does not fit them.
CREATE TABLE IF NOT EXISTS orgd_event_heads (
    chain_id BINARY(16) NOT NULL,
    month INT UNSIGNED NOT NULL COMMENT 'YYYYMM',
    sequence BIGINT UNSIGNED NOT NULL COMMENT 'of the event that was the last one',
    occurred_at DATETIME(6) NOT NULL COMMENT 'likewise',
    hash BINARY(32) NOT NULL COMMENT 'likewise',
    signed_at DATETIME(6) NOT NULL,
    signature TEXT NOT NULL COMMENT 'a JWS in compact form, which says all that',
    PRIMARY KEY (chain_id, month)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';
INSERT IGNORE INTO orgd_leases (name, holder, expires, done)
VALUES ('event_heads', REPEAT('\0', 16), '2000-01-01', '2000-01-01');

-- Finds events by what they are about.
CREATE TABLE IF NOT EXISTS orgd_event_targets (
    target_id BINARY(16) NOT NULL,
    chain_id BINARY(16) NOT NULL,
    occurred_at DATETIME(6) NOT NULL,
    position BIGINT UNSIGNED NULL COMMENT 'of the event',
    PRIMARY KEY (target_id, chain_id, occurred_at),
    KEY orgd_event_targets_event (chain_id, occurred_at),
    KEY orgd_event_targets_position (target_id, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Events get their positions from one process at a time.
INSERT IGNORE INTO orgd_leases (name, holder, expires, done)
VALUES ('positions', REPEAT('\0', 16), '2000-01-01', UTC_TIMESTAMP(6));

-- How often somebody was refused whom the service knows: the first refusal is an event at once, and the others of the next
-- ten minutes are counted here, and become one event then. Rows that strangers cause are of what exists alone.
CREATE TABLE IF NOT EXISTS orgd_event_refusals (
    subject_id BINARY(16) NOT NULL COMMENT 'the account, key, grant or client; may be gone, like all that is named here',
    action VARCHAR(64) NOT NULL COMMENT 'of the event',
    began DATETIME(6) NOT NULL COMMENT 'when the last event was written',
    pending BIGINT UNSIGNED NOT NULL COMMENT 'refusals that are in no event yet; the rest is of the last of them',
    reason VARCHAR(32) NULL,
    subject_name VARCHAR(64) NULL,
    account_id BINARY(16) NULL,
    account_name VARCHAR(64) NULL,
    organization_id BINARY(16) NULL,
    organization_name VARCHAR(50) NULL,
    request_id VARCHAR(64) NULL,
    address VARCHAR(64) NULL,
    user_agent VARCHAR(200) NULL,
    PRIMARY KEY (subject_id, action),
    KEY orgd_event_refusals_began (began)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';
