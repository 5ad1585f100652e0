-- The tables of orgd 0.1: accounts and their credentials, organizations and memberships.
--
-- Runs on MariaDB 10.5 and later. Every name starts with orgd_, since the database may hold the tables of other programs.
-- Every statement can be run again: MariaDB commits each DDL statement by itself, so a migration that was cut off is
-- repeated as a whole. A table's comment says that it is orgd's: one of the same name without it is somebody else's, and
-- refused. Times are UTC. Ids are UUIDs as 16 bytes; views.sql shows them as text.

-- Who may call: people, and service accounts of organizations.
CREATE TABLE IF NOT EXISTS orgd_accounts (
    id BINARY(16) NOT NULL,
    kind ENUM('user', 'service') NOT NULL,
    name VARCHAR(64) NOT NULL COMMENT 'of a user: the user name',
    name_key VARBINARY(1041) NOT NULL COMMENT 'what makes names the same, made by orgd; then, of a service account, FF and organization_id',
    email VARCHAR(254) NULL,
    email_key VARBINARY(254) NULL COMMENT 'of a verified address: what makes addresses the same, made by orgd; else NULL',
    full_name VARCHAR(200) NULL,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    is_superuser BOOLEAN NOT NULL DEFAULT FALSE,
    organization_id BINARY(16) NULL COMMENT 'of a service account: where it belongs',
    organizations_owned INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'kept by every statement that changes owners',
    organization_limit INT UNSIGNED NULL COMMENT 'NULL: the configured default',
    created DATETIME(6) NOT NULL,
    updated DATETIME(6) NOT NULL,
    ended DATETIME(6) NULL COMMENT 'deleted then; the rows that belong to it are being removed',
    PRIMARY KEY (id),
    UNIQUE KEY orgd_accounts_name_key (name_key),
    UNIQUE KEY orgd_accounts_email_key (email_key),
    KEY orgd_accounts_ended (ended),
    UNIQUE KEY orgd_accounts_standing (id, is_active, is_superuser),
    KEY orgd_accounts_organization (organization_id),
    CONSTRAINT orgd_accounts_verified_has_address CHECK (email_key IS NULL OR email IS NOT NULL),
    CONSTRAINT orgd_accounts_service_belongs CHECK ((kind = 'service') = (organization_id IS NOT NULL)),
    CONSTRAINT orgd_accounts_service_named_within CHECK (kind = 'user' OR ended IS NOT NULL
        OR RIGHT(name_key, 17) = CONCAT(UNHEX('FF'), organization_id)),
    CONSTRAINT orgd_accounts_service_is_limited CHECK (kind = 'user' OR (NOT is_superuser AND organizations_owned = 0))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Everything that opens the API is one row: an API key, a personal access token, a browser's session, the grant that a
-- person gave to a client (whose access and refresh tokens name it), a person known to another issuer. Ending the row ends
-- them all with the next request.
--
-- Every request asks whether its credential and the account behind it are active. The account's part of the answer stands
-- here too, so that a request reads one table less; the foreign key keeps it equal, whoever changes the account. A row that
-- has ended has no standing (NULL) and so leaves that foreign key: what the account does later does not touch it. It stays
-- until the courier removes it. What it belongs to ends for it too, without touching it: a key asks its organization, a
-- grant its client.
CREATE TABLE IF NOT EXISTS orgd_credentials (
    id BINARY(16) NOT NULL,
    account_id BINARY(16) NOT NULL,
    account_is_active BOOLEAN NULL DEFAULT TRUE COMMENT 'of the account, kept by the foreign key; NULL: it has ended',
    account_is_superuser BOOLEAN NULL DEFAULT FALSE COMMENT 'likewise',
    organization_id BINARY(16) NULL COMMENT 'of a service account''s: the organization of that account',
    kind ENUM('api_key', 'personal_token', 'session', 'grant', 'external') NOT NULL,
    name VARCHAR(64) NULL COMMENT 'of keys and tokens that people manage; others have none',
    client VARCHAR(64) NULL COMMENT 'of a grant: the id of the client, registered or not',
    client_id BINARY(16) NULL COMMENT 'of a grant: the client, if it was registered then',
    session_id BINARY(16) NULL COMMENT 'of a grant that has not ended: the session in which it was given',
    secret_digest BINARY(32) NOT NULL COMMENT 'SHA-256 of 256 random bits; of a grant: a random salt',
    refresh_number BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of a grant: which refresh token is the current one',
    retained_digest BINARY(32) NULL COMMENT 'the secret before the last rotation',
    retained_until DATETIME(6) NULL COMMENT 'and how long it still counts',
    generation BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'stands in its access tokens; goes up when they are to end',
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    created DATETIME(6) NOT NULL,
    rotated DATETIME(6) NULL,
    expires DATETIME(6) NULL COMMENT 'of sessions and grants, unless used before; of keys and tokens, or NULL: never; of what has ended: a day before that',
    PRIMARY KEY (id),
    UNIQUE KEY orgd_credentials_name (account_id, name),
    KEY orgd_credentials_standing (account_id, account_is_active, account_is_superuser),
    KEY orgd_credentials_session (session_id),
    KEY orgd_credentials_organization (organization_id),
    KEY orgd_credentials_client (client_id),
    KEY orgd_credentials_expires (expires),
    CONSTRAINT orgd_credentials_standing FOREIGN KEY (account_id, account_is_active, account_is_superuser)
        REFERENCES orgd_accounts (id, is_active, is_superuser) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT orgd_credentials_retained CHECK ((retained_digest IS NULL) = (retained_until IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Who people are to other issuers: issuer and subject, octet by octet. While an identity belongs to an account it has a row
-- of kind 'external' in orgd_credentials, under the same id. One that was unlinked stays, so that nothing but an operator
-- links it again.
CREATE TABLE IF NOT EXISTS orgd_identities (
    id BINARY(16) NOT NULL,
    digest BINARY(32) NOT NULL COMMENT 'SHA-256 of issuer, a zero octet, and subject',
    issuer VARBINARY(2048) NOT NULL COMMENT 'its URL, as its tokens say it',
    subject VARBINARY(255) NOT NULL COMMENT 'in UTF-8',
    account_id BINARY(16) NULL COMMENT 'NULL: unlinked',
    linked DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY orgd_identities_digest (digest),
    KEY orgd_identities_account (account_id, linked, id),
    CONSTRAINT orgd_identities_account FOREIGN KEY (account_id) REFERENCES orgd_accounts (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

CREATE TABLE IF NOT EXISTS orgd_organizations (
    id BINARY(16) NOT NULL,
    name VARCHAR(50) NOT NULL COMMENT 'NFC',
    name_key VARBINARY(1024) NOT NULL COMMENT 'what makes names the same, made by orgd',
    description VARCHAR(256) NULL,
    logo_url VARCHAR(2048) NULL,
    links MEDIUMTEXT NULL COMMENT 'a JSON list of {"title", "url"}, as answers carry it',
    owner_id BINARY(16) NOT NULL,
    subscription_status ENUM('trialing', 'active', 'canceled') NOT NULL,
    trial_end DATETIME(6) NULL,
    revision BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'goes up with each change; the ETag',
    created DATETIME(6) NOT NULL,
    updated DATETIME(6) NOT NULL,
    ended DATETIME(6) NULL COMMENT 'deleted then; the rows that belong to it are being removed',
    PRIMARY KEY (id),
    UNIQUE KEY orgd_organizations_name_key (name_key),
    KEY orgd_organizations_created (ended, created, id),
    KEY orgd_organizations_owner (owner_id, ended, created, id),
    CONSTRAINT orgd_organizations_owner FOREIGN KEY (owner_id) REFERENCES orgd_accounts (id),
    CONSTRAINT orgd_organizations_links CHECK (links IS NULL OR JSON_VALID(links)),
    CONSTRAINT orgd_organizations_trial CHECK (subscription_status <> 'trialing' OR trial_end IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Who belongs to which organization, and as what; for users and service accounts alike. organization_created repeats
-- orgd_organizations.created, which never changes, so that a member's list is read in order from one index.
CREATE TABLE IF NOT EXISTS orgd_memberships (
    organization_id BINARY(16) NOT NULL,
    account_id BINARY(16) NOT NULL,
    role ENUM('admin', 'manager', 'viewer', 'billing_admin', 'member') NOT NULL,
    organization_created DATETIME(6) NOT NULL,
    PRIMARY KEY (organization_id, account_id),
    KEY orgd_memberships_account (account_id, organization_created, organization_id),
    CONSTRAINT orgd_memberships_organization FOREIGN KEY (organization_id) REFERENCES orgd_organizations (id)
        ON DELETE CASCADE,
    CONSTRAINT orgd_memberships_account FOREIGN KEY (account_id) REFERENCES orgd_accounts (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Service accounts and their keys go with their organization. Added here, since the tables refer to each other.
ALTER TABLE orgd_accounts ADD CONSTRAINT orgd_accounts_organization
    FOREIGN KEY IF NOT EXISTS (organization_id) REFERENCES orgd_organizations (id) ON DELETE CASCADE;
ALTER TABLE orgd_credentials ADD CONSTRAINT orgd_credentials_organization
    FOREIGN KEY IF NOT EXISTS (organization_id) REFERENCES orgd_organizations (id) ON DELETE CASCADE;

-- Work that one process does at a time, on whichever host and database node.
CREATE TABLE IF NOT EXISTS orgd_leases (
    name VARCHAR(64) NOT NULL COMMENT 'of the work',
    holder BINARY(16) NOT NULL COMMENT 'who does it',
    expires DATETIME(6) NOT NULL COMMENT 'by the clock of the database; the holder puts it off',
    done DATETIME(6) NOT NULL COMMENT 'when it was done last, to ten minutes; at first when it could have begun',
    PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';
INSERT IGNORE INTO orgd_leases (name, holder, expires, done)
VALUES ('purge', REPEAT('\0', 16), '2000-01-01', UTC_TIMESTAMP(6));
