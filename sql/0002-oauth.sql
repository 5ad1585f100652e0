-- OAuth2: passwords of people who sign in, the clients they let in, and what the grants keep. Whatever opens the API is a
-- row of orgd_credentials (0001-organizations.sql).

CREATE TABLE IF NOT EXISTS orgd_passwords (
    account_id BINARY(16) NOT NULL,
    hash VARBINARY(512) NOT NULL COMMENT 'as crypt(5) writes it',
    cost INT UNSIGNED NOT NULL COMMENT 'how long the hash takes, in about microseconds: every sign-in takes as long',
    sign_ins BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'makes a sign-in and a new password write the same row',
    changed DATETIME(6) NOT NULL,
    PRIMARY KEY (account_id),
    KEY orgd_passwords_cost (cost),
    CONSTRAINT orgd_passwords_account FOREIGN KEY (account_id) REFERENCES orgd_accounts (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- How often a user name, an address or the like was guessed at, under the digest of what it is.
CREATE TABLE IF NOT EXISTS orgd_attempts (
    bucket BINARY(32) NOT NULL,
    failures INT UNSIGNED NOT NULL,
    last DATETIME(6) NOT NULL,
    PRIMARY KEY (bucket),
    KEY orgd_attempts_last (last)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

CREATE TABLE IF NOT EXISTS orgd_clients (
    id BINARY(16) NOT NULL,
    name VARCHAR(64) NOT NULL,
    name_key VARBINARY(1024) NOT NULL COMMENT 'what makes names the same, made by orgd',
    secret_digest BINARY(32) NULL COMMENT 'NULL: a public client',
    redirect_uris TEXT NOT NULL COMMENT 'separated by blanks',
    has_device_grant BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'may use the device grant, under its own name',
    is_trusted BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'people are not asked for their consent',
    is_resource_server BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'may ask about all tokens, and gets none',
    created DATETIME(6) NOT NULL,
    ended DATETIME(6) NULL COMMENT 'deleted then; the rows that belong to it are being removed',
    PRIMARY KEY (id),
    UNIQUE KEY orgd_clients_name_key (name_key),
    KEY orgd_clients_ended (ended),
    CONSTRAINT orgd_clients_resource_server CHECK (NOT is_resource_server OR (secret_digest IS NOT NULL AND
        redirect_uris = '' AND NOT has_device_grant AND NOT is_trusted))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

CREATE TABLE IF NOT EXISTS orgd_authorization_codes (
    id BINARY(16) NOT NULL,
    digest BINARY(32) NOT NULL,
    client_id BINARY(16) NOT NULL,
    account_id BINARY(16) NOT NULL,
    session_id BINARY(16) NOT NULL,
    redirect_uri VARCHAR(2048) NOT NULL,
    challenge VARCHAR(128) NULL COMMENT 'PKCE, S256; NULL: none was sent',
    wrong_verifiers INT UNSIGNED NOT NULL DEFAULT 0,
    used DATETIME(6) NULL,
    grant_id BINARY(16) NULL COMMENT 'what it was exchanged for',
    expires DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY orgd_authorization_codes_expires (expires),
    CONSTRAINT orgd_authorization_codes_client FOREIGN KEY (client_id) REFERENCES orgd_clients (id) ON DELETE CASCADE,
    CONSTRAINT orgd_authorization_codes_account FOREIGN KEY (account_id) REFERENCES orgd_accounts (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

CREATE TABLE IF NOT EXISTS orgd_device_codes (
    id BINARY(16) NOT NULL,
    digest BINARY(32) NOT NULL COMMENT 'of the device code',
    user_digest BINARY(32) NOT NULL COMMENT 'of the code that a person types',
    client VARCHAR(64) NOT NULL COMMENT 'its id, registered or not',
    client_id BINARY(16) NULL COMMENT 'the client, if it was registered then',
    device BINARY(16) NOT NULL COMMENT 'the id that the client gave itself, or got from us',
    user_agent VARCHAR(200) NOT NULL,
    address VARCHAR(64) NOT NULL,
    status ENUM('pending', 'approved', 'denied', 'used') NOT NULL DEFAULT 'pending',
    account_id BINARY(16) NULL COMMENT 'who approved it',
    session_id BINARY(16) NULL,
    poll_interval INT UNSIGNED NOT NULL COMMENT 'seconds',
    polled DATETIME(6) NULL,
    expires DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY orgd_device_codes_user (user_digest),
    KEY orgd_device_codes_expires (expires),
    CONSTRAINT orgd_device_codes_client FOREIGN KEY (client_id) REFERENCES orgd_clients (id) ON DELETE CASCADE,
    CONSTRAINT orgd_device_codes_account FOREIGN KEY (account_id) REFERENCES orgd_accounts (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- A grant to a registered client counts as long as the client does. Added here, since clients come after grants.
ALTER TABLE orgd_credentials ADD CONSTRAINT orgd_credentials_client
    FOREIGN KEY IF NOT EXISTS (client_id) REFERENCES orgd_clients (id) ON DELETE CASCADE;
