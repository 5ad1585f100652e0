-- Answers that were given to requests with an Idempotency-Key, so that a repetition gets the same answer and does nothing
-- twice. A row is written in the transaction of the request itself, counts for a day, and is then removed by the courier.
CREATE TABLE IF NOT EXISTS orgd_idempotency (
    account_id BINARY(16) NOT NULL COMMENT 'whose request it was; may be gone',
    key_digest BINARY(32) NOT NULL COMMENT 'of the key, which the client chose',
    request_digest BINARY(32) NOT NULL COMMENT 'of method, path, query and body, which must be the same',
    status INT UNSIGNED NOT NULL,
    headers TEXT NOT NULL COMMENT 'those that tell about the answer, as HTTP writes them',
    body MEDIUMTEXT NOT NULL,
    created DATETIME(6) NOT NULL,
    PRIMARY KEY (created, account_id, key_digest),
    UNIQUE KEY orgd_idempotency_key (account_id, key_digest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';
